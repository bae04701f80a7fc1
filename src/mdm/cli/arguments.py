"""The options that every command takes may stand anywhere on the line; here they are found and brought to its front."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mdm.errors import Problem, UsageError

_EXAMPLES = {"--set": "--set performance.batch_size=500", "--config": "--config ./mdm.yaml"}


@dataclass(frozen=True, slots=True)
class Line:
    """A command line: the values of ``--set`` and ``--config`` in their order, and everything else."""

    options: tuple[tuple[str, str], ...]
    rest: tuple[str, ...]

    @property
    def config_file(self) -> str | None:
        """The last file that was named, if any."""
        return next((value for name, value in reversed(self.options) if name == "--config"), None)

    @property
    def assignments(self) -> tuple[str, ...]:
        """The ``KEY=VALUE`` texts."""
        return tuple(value for name, value in self.options if name == "--set")

    @property
    def arguments(self) -> list[str]:
        """The line with those options in front."""
        return [part for option in self.options for part in option] + list(self.rest)


def hoisted(arguments: Sequence[str]) -> Line:
    """Take *arguments* apart; what follows ``--`` stays where it is. Raises `UsageError` where a value is missing."""
    options: list[tuple[str, str]] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif name in _EXAMPLES:
            options.append((name, value if equals else _next(words, name)))
        else:
            rest.append(word)
    return Line(tuple(options), tuple(rest))


def _next(words: Iterator[str], name: str) -> str:
    value = next(words, "")
    if not value:
        raise UsageError(Problem("a value is missing", name, f"write for example {_EXAMPLES[name]}"))
    return value
