"""The page of the status: complete in itself, and readable in a real browser, in light and dark, wide and narrow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .browser import Browser, contrast, find_browser
from .conftest import Home
from .test_status import Installation

BROWSER = find_browser()


@pytest.fixture
def page(home: Home) -> str:
    """The page of a home with a past."""
    (home.folder.parent / "past").mkdir()
    past = Installation(home.folder.parent / "past")
    for days, share in ((30, 10), (20, 50), (5, 100)):
        past.flag("backend_rollout_percentage", share, days)
    for days in range(1, 40):
        past.count("config.access.new" if days < 20 else "config.access.legacy", days)
    for key in ("performance.batch_size", "database.postgresql_password"):
        past.count("config.shadow.mismatch", 12, key=key)
    past.count("config.fallback", 15)
    (past.folder / "settings.json").write_text('{"paths": {"datasets_path": "/<b>a long path</b>/%s"}}' % ("x" * 150))
    home.ok("config", "status", "--html", str(home.here / "page.html"), MDM_HOME_DIR=str(past.folder))
    return (home.here / "page.html").read_text(encoding="utf-8")


def test_it_needs_nothing_else(page: str) -> None:
    assert not re.search(r"<script|<link|<img|@import|url\(|src=|href=|https?:", page)
    assert "<b>a long path" not in page
    assert "&lt;b&gt;a long path" in page


def test_it_says_what_the_table_says(page: str) -> None:
    assert "It is not safe to finish yet" in page
    assert all(f"<figcaption>{title}" in page for title in ("Accesses a day", "Mismatches and fallbacks", "Rollout"))
    assert page.count("<rect") == 39 + 2


def test_a_home_without_a_past(home: Home) -> None:
    home.ok("config", "status", "--html", "page.html")
    assert (home.here / "page.html").read_text().count("<svg") == 3


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; tools/environment.sh installs one where it may")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("width", "columns"), [(1280, 3), (800, 2), (400, 1)])
def test_it_is_readable(page: str, tmp_path: Path, width: int, columns: int, dark: bool) -> None:
    measured = Browser(BROWSER or "", tmp_path).measure(page, width, dark=dark)
    assert measured["dark"] is dark
    assert measured["content"] <= measured["width"] == width  # nothing has to be scrolled to the side
    assert measured["columns"] == columns
    assert measured["resources"] == []
    assert measured["outside"] == []
    assert measured["bars"] == 39 + 2
    assert min(measured["small"]) > 9  # pixels
    faint = [text for text, colour, behind in measured["colours"] if contrast(colour, behind) < 4.5]
    assert faint == []
