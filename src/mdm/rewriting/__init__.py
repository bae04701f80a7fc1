"""References to the names of 1.x outside the configuration: variables in files of all kinds, and Python code.

A parser says where a file names what (`occurrences`), one place decides what becomes of it (`deciding`), and all files
are written together, after a copy of each (`copies`). What cannot be decided is left as it is and listed.
"""
