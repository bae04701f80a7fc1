"""The page on features: its blocks are run, and its output is what is shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from .conftest import Home

PAGE = Path(__file__).parents[3] / "docs" / "features.md"
BLOCK = re.compile(r"```(python|sh|text)\n(.*?)```", re.DOTALL)


def test_the_page_does_what_it_says(home: Home) -> None:
    shown = ""
    for language, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        if text.startswith("# ~/.mdm/"):
            home.write(text, text.splitlines()[0].removeprefix("# ~/.mdm/")).parent.chmod(0o700)
        elif language == "python":
            done = home.python("-c", text)
            assert done.code == 0, done.err
        elif language == "sh":
            shown = [home.ok(*shlex.split(line)[1:]).out for line in text.splitlines()][-1]
        else:
            assert text == shown
    assert shown
