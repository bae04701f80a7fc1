"""``mdm dataset features`` as a process."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from .conftest import Home

TEXT = "id,age,city,note,y\n" + "".join(f"{100 + n},{n % 7 or ''},c{n % 3},,{n % 2}\n" for n in range(60))


@pytest.fixture
def registered(home: Home) -> Home:
    (home.here / "rows.csv").write_text(TEXT)
    home.ok("dataset", "register", "rows", "rows.csv", "--target", "y", "--id", "id")
    return home


def test_it_shows_what_was_made_and_what_was_left_out(registered: Home) -> None:
    lines = registered.ok("dataset", "features", "rows", "--set", "features.numeric_aggregations=mean,std").out
    assert lines == (
        "rows: 2 features of 60 rows, fitted on 60 rows by polars\n"
        "\n"
        "family       columns  features  for example\n"
        "numeric      0        0\n"
        "categorical  2        2         age__code, city__code\n"
        "datetime     0        0\n"
        "text         0        0\n"
        "custom       0        0\n"
        "\n"
        "left out  family  why\n"
        "note      text    all missing\n"
    )


def test_json_holds_every_name(registered: Home) -> None:
    found = registered.ok("dataset", "features", "rows", "--families", "categorical", "--json").json
    assert found == {
        "name": "rows",
        "engine": "polars",
        "rows": 60,
        "fitted_rows": 60,
        "reused": False,
        "families": {"categorical": {"columns": ["age", "city"], "features": ["age__code", "city__code"]}},
        "left_out": [],
    }
    again = registered.ok("dataset", "features", "rows", "--families", "categorical")
    assert "they were made before" in again.out
    assert (
        registered.ok("dataset", "features", "rows", "--refit", "--engine", "duckdb", "--json").json["engine"]
        == "duckdb"
    )


def test_the_table_is_exported(registered: Home) -> None:
    missing = registered.run("dataset", "export", "rows", "--table", "features")
    assert (missing.code, "has no table 'features'" in missing.err) == (2, True)
    registered.ok("dataset", "features", "rows")
    registered.ok("dataset", "export", "rows", "--table", "features", "--output", "made.parquet")
    assert pl.read_parquet(registered.here / "made.parquet").shape == (60, 2)
    assert registered.ok("dataset", "head", "rows", "--rows", "1", "--json").json[0]["id"] == 100


@pytest.mark.parametrize(("option", "made"), [(("--features",), True), (("--no-features",), False), ((), False)])
def test_register_makes_features_when_it_is_asked(home: Home, option: tuple[str, ...], made: bool) -> None:
    (home.here / "rows.csv").write_text(TEXT)
    result = home.ok("dataset", "register", "rows", "rows.csv", *option)
    assert ("features of 60 rows" in result.out) is made
    assert ("features" in home.ok("dataset", "info", "rows", "--json").json["notes"]) is made


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("row",), "there is no dataset 'row'"),
        (("rows", "--families", "words"), "unknown family words"),
        (("rows", "--engine", "dask"), "dask"),
        (("rows", "--families", "datetime"), "no column makes a feature"),
    ],
)
def test_what_is_wrong_is_said(registered: Home, arguments: tuple[str, ...], message: str) -> None:
    result = registered.run("dataset", "features", *arguments)
    assert (result.code, result.out, message in result.err) == (2, "", True)


def test_a_custom_feature_that_does_not_work_is_warned_of(registered: Home) -> None:
    folder = registered.folder / "config" / "custom_features"
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    (folder / "mine.py").write_text("def mine(frame):\n    return frame.nothing\n")
    result = registered.ok("dataset", "features", "rows")
    where = Path("~/.mdm/config/custom_features/mine.py:2")
    assert f"warning: mine.py: mine: left out\n  hint: {where}: AttributeError" in result.err
