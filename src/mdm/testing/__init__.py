"""Tools to run two implementations side by side."""
