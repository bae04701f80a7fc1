"""The blocks of a page that are run, and what each of them means."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile

_BLOCK = re.compile(r"^```(console|sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# ~/\.mdm/(\S+)\n")
_CODE = re.compile(r"#.* exit code (\d)")
_VARIABLE = re.compile(r"\w+=")
_NOT_OURS = ("make", "pip", "python")


@dataclass(frozen=True)
class Command:
    """A line of ``sh`` or ``console``: what is run, with which variables, how it ends, and a pattern of what it prints."""

    words: tuple[str, ...]
    variables: dict[str, str]
    code: int = 0
    printed: str | None = None


@dataclass(frozen=True)
class Python:
    """A block of ``python``: a program of its own."""

    text: str


@dataclass(frozen=True)
class File:
    """A block of ``python`` that begins with its path below ``~/.mdm``."""

    path: str
    text: str


@dataclass(frozen=True)
class Printed:
    """A block of ``text``: what the command before it prints."""

    text: str


def blocks(page: str) -> Iterator[Command | Python | File | Printed]:
    """Yield what the *page* says, in its order."""
    for language, text in _BLOCK.findall(page):
        match language:
            case "console":
                yield from _console(text)
            case "sh":
                yield from (command for line in text.splitlines() if (command := _command(line)))
            case "python":
                path = _FILE.match(text)
                yield File(path[1], text) if path else Python(text)
            case "text":
                yield Printed(text)


def _console(text: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        if command := _command(line):
            yield replace(command, printed=_pattern(printed))


def _command(line: str) -> Command | None:
    words = shlex.split(line, comments=True)
    variables = dict(word.split("=", 1) for word in takewhile(_VARIABLE.match, words))
    words = words[len(variables) :]
    if not words or words[0] in _NOT_OURS:
        return None
    assert words[0] == "mdm", line
    said = _CODE.search(line)
    return Command(tuple(words[1:]), variables, int(said[1]) if said else 0)


def _pattern(printed: str) -> str:
    lines = [
        r"(?:[^\n]*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", "[^\n]*") + "\n"
        for line in printed.splitlines()
    ]
    return "".join(lines)
