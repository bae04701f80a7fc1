"""The page of the statistics: complete in itself, harmless whatever the data hold, readable in a real browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from mdm.cli.dataset.page import page
from mdm.client import Client
from mdm.config.models import MDMConfig
from tests.cutover.browser import Browser, contrast, find_browser

BROWSER = find_browser()
HOSTILE = ("<script>alert(1)</script>", '"q"\' & <b>', "x" * 200, "</title></svg>", "\u202eabc", "a\tb", "=1+1")
ROWS = 60


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of columns of every kind, with names and values from an enemy."""
    folder = tmp_path_factory.mktemp("page")
    columns: dict[str, list[object]] = {name: [f"W<i>{n % 3}" * 9 for n in range(ROWS)] for name in HOSTILE}
    columns |= {
        "numbers": [n**3 / 7 for n in range(ROWS)],
        "inf": [float("inf"), 0.0, *(n / 7 for n in range(ROWS - 2))],
    }
    columns |= {"constant": [5] * ROWS, "empty": [None] * ROWS, "flag": [n % 2 == 0 for n in range(ROWS)]}
    columns |= {
        "day": [datetime(2024, 1, 1 + n % 28, tzinfo=UTC) for n in range(ROWS)],
        "all": [f"n{n}" for n in range(ROWS)],
    }
    pl.DataFrame(columns).write_parquet(folder / "rows.parquet")
    with Client(MDMConfig(paths={"home": folder / "home"})) as client:
        info = client.register("rows", folder / "rows.parquet", description="<script>alert('d')</script>")
        asked = client.config.features.numeric_aggregations
        return page(info, client.size("rows"), client.stats("rows"), asked, datetime.now(UTC))


def test_it_needs_nothing_else_and_nothing_of_the_data_is_html(drawn: str) -> None:
    policy = re.search(
        r'http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'sha256-', drawn
    )
    assert policy is not None
    assert not re.search(r"<script|<link|<img|<i>|<b>|@import|url\(|src=|href=|https?:|\u202e", drawn)
    assert drawn.count("</title>") == drawn.count("<title>")
    assert "<figcaption>&lt;script&gt;alert(1)&lt;/script&gt;</figcaption>" in drawn


def test_every_column_says_what_it_is_like(drawn: str) -> None:
    figures = dict(re.findall(r'<figcaption>(.*?)</figcaption><p class="soft">(.*?)</p>', drawn))
    assert figures["empty"] == "no value, all are missing"
    assert figures["constant"] == "one value"
    assert figures["all"] == "60 values, all different"
    assert figures["flag"] == "60 values, 2 different"
    assert all(end in drawn for end in (">2024-01-01 00:00:00</text>", ">29340</text>", ">largest finite</text>"))
    assert len(figures) == 14


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; tools/environment.sh installs one where it may")
@pytest.mark.parametrize(("width", "columns", "dark"), [(1280, 3, False), (400, 1, True)])
def test_it_is_readable(drawn: str, tmp_path: Path, width: int, columns: int, dark: bool) -> None:
    measured = Browser(BROWSER or "", tmp_path).measure(drawn, width, dark=dark)
    assert measured["dark"] is dark
    assert measured["content"] <= measured["width"] == width  # nothing has to be scrolled to the side
    assert measured["columns"] == columns
    assert (measured["resources"], measured["outside"]) == ([], [])
    assert min(measured["small"]) > 9  # pixels
    assert [text for text, colour, behind in measured["colours"] if contrast(colour, behind) < 4.5] == []
