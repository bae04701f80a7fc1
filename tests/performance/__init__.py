"""Speed as counts (modules, calls of Python, calls of the file system), which no busy machine can change."""
