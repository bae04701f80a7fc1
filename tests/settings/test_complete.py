"""Every setting of the schema has a test that changes it alone and observes its effect."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from mdm.config.models import MDMConfig

HERE: Final = Path(__file__).parent

WHAT_TO_DO: Final = """settings without a test of their effect: {settings}
Add to a file of tests/settings a test that changes the setting alone and looks at what a user would see, marked
    @pytest.mark.setting("section.field")
A setting that changes nothing has no place in the schema."""


def marked(source: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield the settings that are named by marks in *source*, with their places."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="mark"), attr="setting"), args=arguments):
                for each in arguments:
                    place = f"{where}:{each.lineno}"
                    assert isinstance(each, ast.Constant), f"{place}: the mark has to name its setting as a plain text"
                    yield str(each.value), place


@pytest.fixture(scope="module")
def places() -> dict[str, list[str]]:
    """Where each setting is tested, by the text of the files: a process that runs some of the tests sees all marks."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(HERE.glob("test_*.py")):
        if path != Path(__file__):
            for key, place in marked(path.read_text(encoding="utf-8"), path.name):
                found[key].append(place)
    return found


def test_every_setting_is_tested(places: dict[str, list[str]]) -> None:
    missing = [key for key in MDMConfig.schema() if key not in places]
    assert not missing, WHAT_TO_DO.format(settings=", ".join(missing))


def test_no_mark_names_a_setting_that_is_not_there(places: dict[str, list[str]]) -> None:
    unknown = [f"{where}: {key}" for key in places.keys() - set(MDMConfig.schema()) for where in places[key]]
    assert not unknown, f"marks that name no setting: {', '.join(sorted(unknown))}"


def test_marks_are_found() -> None:
    source = """
@pytest.mark.setting("a.b", "a.c")
def test() -> None: ...
CASES = [pytest.param(1, marks=pytest.mark.setting("d"))]
"""
    assert list(marked(source, "t.py")) == [("a.b", "t.py:2"), ("a.c", "t.py:2"), ("d", "t.py:4")]
    with pytest.raises(AssertionError, match=r"t\.py:1: the mark has to name"):
        list(marked("pytest.mark.setting(key)", "t.py"))
