"""Tests of what the site is made of: links lead somewhere, and nothing that is public is missing in the references."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml
from tools.documentation.__main__ import foreign_assets, write_sources
from tools.documentation.commands import commands, commands_page, example_of, options_of
from tools.documentation.interface import PUBLIC
from tools.documentation.links import broken, moved
from tools.documentation.navigation import ROOT, pages
from tools.documentation.settings import legacy_page, settings_page, variables_page
from tools.documentation.tables import with_bars

from mdm.config.models import MDMConfig
from mdm.config.rules import legacy_variables, rules_by_key

WRITTEN = sorted(str(page.relative_to(ROOT)) for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", WRITTEN)
def test_its_links_lead_to_files_and_headings(page: str) -> None:
    assert not list(broken(ROOT, page))


def test_every_page_is_on_the_site() -> None:
    assert sorted(pages()) == WRITTEN


def test_a_broken_link_is_told(tmp_path: Path) -> None:
    text = "# A b, c!\n[1](#a-b-c) [2](#nowhere) [3](x.md) `[4](y.md)` [5](page.md#a-b-c) [6](https://example.org) ![7](z.svg)"
    (tmp_path / "page.md").write_text(text)
    assert list(broken(tmp_path, "page.md")) == ["#nowhere", "x.md", "z.svg"]


@pytest.mark.parametrize(
    ("link", "on_the_site"),
    [
        ("[a](../README.md#install)", "[a](index.md#install)"),
        ("[a](cutover.md)", "[a](cutover.md)"),
        ("[a](#here)", "[a](#here)"),
        ("[a](../examples)", "a"),
        ("[a](https://example.org)", "[a](https://example.org)"),
        ("`[a](../README.md)`", "`[a](../README.md)`"),
        ("![a](assets/a.svg)", "![a](assets/a.svg)"),
    ],
)
def test_links_are_moved(link: str, on_the_site: str) -> None:
    assert moved(link, "docs/page.md", {"README.md": "index.md", "docs/cutover.md": "cutover.md"}) == on_the_site


def test_bars_in_code_of_tables_stay_bars() -> None:
    assert with_bars(r"| `<a\|b>` | c\|d |") == r"| <code>&lt;a&#124;b&gt;</code> | c\|d |"
    assert with_bars(r"not `a\|b` in a row") == r"not `a\|b` in a row"


def test_every_setting_is_on_the_pages_of_settings_and_variables() -> None:
    settings, variables = settings_page(), variables_page()
    for key, setting in MDMConfig.schema().items():
        assert f"| `{key}` |" in settings
        assert f"| `{setting.env_name}` | `{key}` |" in variables


def test_every_variable_that_the_program_reads_is_explained() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r'"(MDM_[A-Z]+(?:_[A-Z]+)*)"', sources)) - {"MDM_LEGACY"} - legacy_variables().keys()
    assert read == {name for name in read if f"| `{name}` |" in variables_page()}
    assert "MDM_CONFIG_FILE" in read


def test_every_legacy_key_is_on_its_page_beside_its_new_one() -> None:
    rows = [line for line in legacy_page().splitlines() if line.startswith("| `")]
    for key, rule in rules_by_key().items():
        name = f"`{'.'.join(key)}`"
        assert any(name in row.split(" | ")[0] and f"`{rule.to[0]}`" in row.split(" | ")[1] for row in rows), name


def test_a_flag_that_was_turned_round_is_told() -> None:
    assert "| `use_legacy_storage` | `refactoring.use_new_backend` | the opposite |" in legacy_page()


def test_every_command_says_what_it_does_and_shows_it() -> None:
    page = commands_page()
    for words, command in commands():
        text, example = example_of(command)
        assert text, words
        assert f"\n## {words}\n" in page
        assert all(what for _, what in options_of(words, command)), words
        if not hasattr(command, "commands"):
            assert words in example, words
            assert example in page


def test_what_is_public_exists_and_has_a_docstring() -> None:
    for name in (name for names in PUBLIC.values() for name in names):
        assert found(name).__doc__, name


def found(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, last = name.rpartition(".")
        return getattr(importlib.import_module(module), last)


def test_what_the_builder_reads_is_whole(tmp_path: Path) -> None:
    write_sources(tmp_path)
    settings = yaml.safe_load((tmp_path / "mkdocs.yml").read_text())
    listed = [
        page for group in settings["nav"] for titles in group.values() for title in titles for page in title.values()
    ]
    assert sorted(listed) == sorted(page.name for page in (tmp_path / "docs").glob("*.md"))


def test_what_needs_the_network_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<script src="a.js"></script><a href="https://example.org">x</a>')
    (tmp_path / "b.html").write_text('<link rel=stylesheet href="https://example.org/font.css"><img src=//x/y.png>')
    assert [line.split()[0] for line in foreign_assets(tmp_path)] == ["b.html", "b.html"]
