"""The ``console`` blocks of the pages, run from the top to the bottom in a home that is empty.

A line ``$ mdm ...`` is run and has to succeed. The lines below it are what it prints; ``...`` stands for any lines, or
for any text at the end of one. ``<!-- home: FOLDER -->`` and ``<!-- here: FOLDER -->`` say what lies in the home and in
the current folder.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Home, home, server

__all__ = ["home", "server"]

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"^<!-- (home|here): (\S+) -->$", re.MULTILINE)


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """Yield the commands of a page with a pattern of what each prints."""
    for block in _BLOCK.findall(text):
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = command.partition("\n")
            yield shlex.split(line, comments=True), _pattern(printed)


def _pattern(printed: str) -> str:
    lines = [
        r"(?:[^\n]*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", "[^\n]*") + "\n"
        for line in printed.splitlines()
    ]
    return "".join(lines)


@pytest.mark.parametrize("page", [p for p in PAGES if _BLOCK.search(p.read_text())], ids=lambda page: str(page.name))
def test_its_commands_print_what_it_says(home: Home, page: Path) -> None:
    text = page.read_text()
    places = {"home": home.folder.parent, "here": home.here}
    for name, folder in _PLACE.findall(text):
        shutil.copytree(ROOT / folder, places[name], dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for words, pattern in commands(text):
        assert words[0] == "mdm", words
        result = home.run(*words[1:])
        assert result.code == 0, (words, result.err)
        assert re.fullmatch(pattern, result.out), f"{shlex.join(words)} prints:\n{result.out}"
