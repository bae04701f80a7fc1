"""Searches: every word, any place, the best first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mdm.client import Client
from mdm.config.models import MDMConfig
from mdm.dataset.searching import search
from mdm.storage.info import Column, DatasetInfo, Table

from .conftest import Write


def known(name: str, *columns: str, **said: Any) -> DatasetInfo:
    table = Table("data", tuple(Column(each, "int64") for each in columns))
    return DatasetInfo(name, datetime.now(UTC), tables=(table,), **said)


INFOS = (
    known("titanic", "Age", "Fare", target="Survived", tags=("kaggle",), description="Who survived the disaster?"),
    known("ages", "n", tags=("made up",)),
    known("houses", "GarageArea", "Age", tags=("kaggle",), description="Prices of houses; the age is in years"),
    known("age", "n"),
    known("Größen", "straße"),
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("AGE", ["age", "ages", "houses", "titanic"]),
        ("kaggle age", ["houses", "titanic"]),
        ("surv", ["titanic"]),
        ("disaster", ["titanic"]),
        ("STRASSE grössen", ["Größen"]),
        ("kaggle nowhere", []),
        ("  ", []),
    ],
)
def test_every_word_is_found_somewhere_and_the_best_comes_first(text: str, names: list[str]) -> None:
    assert [found.info.name for found in search(INFOS, text)] == names


def test_it_says_where(tmp_path: Path, write: Write) -> None:
    [found] = search(INFOS, "age years")
    assert [(match.place, match.text[:10]) for match in found.matches] == [
        ("column", "Age"),
        ("column", "GarageArea"),
        ("description", "Prices of "),
    ]
    with Client(MDMConfig(paths={"home": tmp_path / "home"})) as client:
        client.register("one", write("a.csv", "a,b\n1,2\n"))
        client.register("two", write("b.csv", "b,c\n1,2\n"), backend="duckdb")
        assert [found.info.name for found in client.search("b")] == ["one", "two"]
        assert [found.info.name for found in client.search("b", "duckdb")] == ["two"]
