"""The command line: it asks, calls, and prints; what is done is done elsewhere."""
