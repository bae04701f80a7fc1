"""The process that parses a text which might end it: ``python -m mdm.rewriting.code.trial`` with the text as input."""

from __future__ import annotations

import sys
from pathlib import Path

from mdm.rewriting.code import read
from mdm.rewriting.occurrences import Source

if __name__ == "__main__":
    data = sys.stdin.buffer.read()
    read(Source(Path("-"), data.decode(), data))
