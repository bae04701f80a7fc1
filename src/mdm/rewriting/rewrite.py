"""A rewriting of many files as a plan: what each is and will be, and what a person has to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mdm.core.files import read_bytes
from mdm.core.transaction import Change
from mdm.errors import FileError, Problem
from mdm.rewriting.deciding import Decided
from mdm.rewriting.files import Sources, sources
from mdm.rewriting.kinds import parser_of
from mdm.rewriting.occurrences import Listed, Parsed, Parser, Source, named_in, unread
from mdm.rewriting.settling import settled


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What becomes of the files that name something, and what cannot be read."""

    looked_at: int
    files: tuple[Decided, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def changed(self) -> tuple[Decided, ...]:
        """The files to be written."""
        return tuple(file for file in self.files if file.is_changed)

    def changes(self) -> list[Change]:
        """Return the files as they will be; raises `FileError` where one is not any more as it was read."""
        for file in self.changed:
            _check_unchanged(file.source)
        return [Change(file.source.path, file.source.encoded(file.after)) for file in self.changed]


def plan_variables(paths: Iterable[Path]) -> Rewriting:
    """Return how legacy variables are renamed below *paths*, in everything but Python code; nothing is written."""
    found = sources(paths, python=False)
    named = [source for source in found.read if any(True for _ in named_in(source.text))]
    return _plan(found, named, parser_of)


def plan_code(paths: Iterable[Path]) -> Rewriting:
    """Return how Python code below *paths* is moved to the new configuration; nothing is written.

    Raises `UsageError` where LibCST is not installed.
    """
    from mdm.rewriting.code import parse

    found = sources(paths, python=True)
    named = [source for source in found.read if "mdm" in source.text.lower()]
    return _plan(found, named, lambda _: parse)


def _plan(found: Sources, named: Sequence[Source], parser: Callable[[Source], Parser]) -> Rewriting:
    def parse(source: Source) -> Parsed:
        return _parsed(source, parser(source))

    decided, unsettled = settled([(source, parse(source)) for source in named], parse)
    telling = tuple(file for file in decided if file.is_changed or file.listed)
    passed_over = tuple(map(_passed_over, found.passed_over))
    return Rewriting(len(found.read), (*telling, *passed_over), (*found.problems, *unsettled))


def _passed_over(problem: Problem) -> Decided:
    reason = Listed(0, "", f"not looked at: {problem.message}", problem.hint)
    return Decided(Source(Path(problem.where), "", b""), "", (reason,), ("", ""))


def _parsed(source: Source, parse: Parser) -> Parsed:
    try:
        return parse(source)
    except RecursionError:
        return unread(Listed(0, "", "nested too deeply to be read", "change it by hand"))


def _check_unchanged(source: Source) -> None:
    try:
        same = read_bytes(source.path) == source.data
    except FileNotFoundError:
        same = False
    if not same:
        raise FileError(Problem("was changed meanwhile; nothing was written", str(source.path), "run it again"))
