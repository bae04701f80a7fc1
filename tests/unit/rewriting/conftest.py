"""Rewriting texts without a disk, and the two systems that read a legacy home."""

from __future__ import annotations

from pathlib import Path

from mdm.rewriting.deciding import Decided, decide
from mdm.rewriting.kinds import parser_of
from mdm.rewriting.occurrences import Source


def decided(files: dict[str, str]) -> dict[str, Decided]:
    """Return what becomes of files with these names and texts."""
    sources = [Source(Path(name), text, text.encode()) for name, text in files.items()]
    return {str(d.source.path): d for d in decide([(source, parser_of(source)(source)) for source in sources])}


def rewritten(name: str, text: str) -> str:
    """Return the text of one file after it was rewritten."""
    return decided({name: text})[name].after


def left(name: str, text: str) -> list[str]:
    """Return the names that one file leaves to a person."""
    return [place.name for place in decided({name: text})[name].listed]
