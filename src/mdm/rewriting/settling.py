"""Decisions that hold: what is to be written is parsed and decided again first, and must not change any more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mdm.errors import Problem
from mdm.rewriting.deciding import Decided, decide
from mdm.rewriting.occurrences import Parsed, Source, named_in


def settled(
    files: Sequence[tuple[Source, Parsed]], parse: Callable[[Source], Parsed]
) -> tuple[tuple[Decided, ...], tuple[Problem, ...]]:
    """Return what becomes of *files*, and which stay as they are because their new text would not hold.

    What such a file names keeps its name everywhere, so that the files go on fitting each other.
    """
    files, kept = list(files), frozenset[str]()
    problems: list[Problem] = []
    while True:
        decided = decide(files, kept)
        unsettled = _unsettled(files, decided, parse, kept)
        if not unsettled:
            return decided, tuple(problems)
        for number, reason in unsettled:
            source = files[number][0]
            files[number] = source, Parsed()
            kept |= {name for name, _ in named_in(source.text)}
            problems.append(Problem(f"not rewritten: {reason}", str(source.path), "change it by hand"))


def _unsettled(
    files: Sequence[tuple[Source, Parsed]],
    decided: Sequence[Decided],
    parse: Callable[[Source], Parsed],
    kept: frozenset[str],
) -> list[tuple[int, str]]:
    """Return the numbers of the files whose new text cannot be read, or would change once more."""
    after = [_again(parsed, file, parse) for (_, parsed), file in zip(files, decided, strict=True)]
    unread = [number for number, (_, parsed) in enumerate(after) if not parsed.is_read and decided[number].is_changed]
    if unread:
        return [(number, "its new text could not be read") for number in unread]
    return [
        (number, "its new text would change once more")
        for number, file in enumerate(decide(after, kept))
        if file.is_changed
    ]


def _again(parsed: Parsed, file: Decided, parse: Callable[[Source], Parsed]) -> tuple[Source, Parsed]:
    source = file.source.with_text(file.after)
    return source, parse(source) if file.is_changed else parsed
