"""The pages, run from the top to the bottom in a home that is empty.

``console``: a line ``$ mdm ...`` is run and has to succeed; the lines below it are what it prints, ``...`` stands for
any lines, or for any text at the end of one. ``sh``: its commands have to succeed, unless the comment says ``exit code
1``; where one asks, the answer is yes.
``python``: a program of its own, or a file that its first line names. ``text``: what the last command printed.

``<!-- home: FOLDER -->`` and ``<!-- here: FOLDER -->`` say what lies in the home and in the current folder,
``<!-- checkout: FOLDER -->`` that this folder of the repository does, ``<!-- before: COMMAND -->`` what was done there.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from tools.documentation.commands import commands, options_of

from tests.unit.cli.conftest import Home, Result, home, server

from .blocks import Command, File, Printed, Python, blocks

__all__ = ["home", "server"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_SAID = re.compile(r"^<!-- (home|here|checkout|before): (.+) -->$", re.MULTILINE)


@pytest.mark.parametrize("page", [p for p in PAGES if list(blocks(p.read_text()))], ids=lambda page: str(page.name))
def test_its_commands_and_snippets_do_what_it_says(home: Home, page: Path) -> None:
    text = page.read_text()
    prepare(home, _SAID.findall(text))
    last = Result(0, "", "")
    for block in blocks(text):
        match block:
            case File(path, content):
                home.write(content, path).parent.chmod(0o700)
            case Printed(shown):
                assert shown == last.out
            case Python(program):
                last = home.ok("-c", program)
            case Command():
                last = carry_out(home, block)


def carry_out(home: Home, command: Command) -> Result:
    result = home.run(*command.words, *(yes(command.words) if command.printed is None else []), **command.variables)
    assert result.code == command.code, (command.words, result.err)
    if command.printed is not None:
        assert re.fullmatch(command.printed, result.out), f"{shlex.join(command.words)} prints:\n{result.out}"
    return result


def prepare(home: Home, said: Iterable[tuple[str, str]]) -> None:
    for what, value in said:
        if what == "before":
            home.ok(*shlex.split(value)[1:])
        else:
            place = {"home": home.folder.parent, "here": home.here, "checkout": home.here / value}[what]
            shutil.copytree(ROOT / value, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def yes(words: tuple[str, ...]) -> list[str]:
    """Return what answers the question that a command asks on a terminal, if it asks any."""
    asks = any(words[: len(command)] == command for command in asking())
    return ["--yes"] if asks and "--yes" not in words else []


@cache
def asking() -> list[tuple[str, ...]]:
    found = ((tuple(words.split()[1:]), options_of(words, command)) for words, command in commands())
    return [words for words, options in found if any(name.startswith("--yes") for name, _ in options)]
