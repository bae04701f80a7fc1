"""Files are read once where their first rows tell the types, and what is stored is the same as with two readings."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.config.models import DatasetsConfig, MDMConfig
from mdm.dataset.detection import Detection, Detector, Overrides, detect
from mdm.dataset.reading import Source
from mdm.dataset.registration import detection_of, store
from mdm.dataset.summing import Summing
from mdm.errors import FileError
from mdm.storage.info import DatasetInfo
from mdm.storage.registry import open_storage

from .conftest import opened, values

COMMON = ["1", "2", "3.5", "x", "a b", "", "true", "2024-01-31", "1/2/2024", "007", "9" * 20]
RARE = [*COMMON, "13/2/2024", "2/13/2024", "1.2.2024", "2024-01-31 10:00", "2024-01-31T10:00Z", " 3", "-0", "inf"]
SAID = ["integer", "float", "text", "date", "datetime", "date:dmy", "category"]


def stored(
    source: Source, overrides: Overrides, home: Path, chunk: int
) -> tuple[Detection | None, dict[str, Any], int]:
    """Return what was detected, what is read back, and how many rows were left out."""
    config = MDMConfig(paths={"home": home})
    with open_storage(config, "sqlite") as storage:
        detector = Detector(source, DatasetsConfig.of_defaults(), overrides, chunk)
        info = store(storage, detector, DatasetInfo("rows", datetime.now(UTC)), force=True)
        assert info == storage.info("rows")
        return detection_of(info), storage.read("rows").read_all().to_pydict(), int(info.notes["rejected"])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw two columns of a few common values and one rare one, and a third that is like the first."""
    size = draw(st.integers(1, 12))
    columns = [draw(st.lists(st.sampled_from(COMMON[at : at + 2]), min_size=size, max_size=size)) for at in (0, 3)]
    at = draw(st.integers(0, len(COMMON) - 1))
    columns[0] = [COMMON[at] if value == "2" else value for value in columns[0]]
    columns[draw(st.integers(0, 1))][draw(st.integers(0, size - 1))] = draw(st.sampled_from(RARE))
    return [*columns, columns[0]]


@settings(deadline=None, max_examples=30)
@given(tables(), st.integers(1, 5), st.none() | st.sampled_from(SAID))
def test_law_one_reading_gives_what_two_give(columns: list[list[str]], chunk: int, said: str | None) -> None:
    overrides = Overrides({"a": said} if said else {}, target="t")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        lines = [",".join([*row, "0"]) for row in zip(*columns, strict=True)]
        path.write_text("\n".join(["a,b,t,n", *lines]))
        source = opened(path, header=True, on_bad_row="skip", rejects=path.with_suffix(".one"))
        again = opened(path, header=True, on_bad_row="skip", rejects=path.with_suffix(".two"))
        detection = detect(again, DatasetsConfig.of_defaults(), overrides)
        expected = (detection, values(again, detection), again.rejected)
        assert stored(source, overrides, Path(folder), chunk) == expected
        assert _text(path.with_suffix(".one")) == _text(path.with_suffix(".two"))


@pytest.mark.parametrize(
    ("last", "readings"),
    [
        pytest.param("8,9", 1, id="like the others"),
        pytest.param("8,", 1, id="a gap"),
        pytest.param("8.5,9", 2, id="a fraction among integers"),
        pytest.param("x,9", 2, id="text among integers"),
    ],
)
def test_the_usual_file_is_read_once(tmp_path: Path, write: Callable[..., Path], last: str, readings: int) -> None:
    source = opened(write("rows.csv", "a,b\n" + "1,2\n" * 9 + last + "\n"))
    counted = Counting(source)
    found, _, _ = stored(replace(source, stream=counted), Overrides(), tmp_path, 2)
    assert counted.readings == readings
    assert found == detect(source, DatasetsConfig.of_defaults())


def test_a_bad_row_far_down_leaves_nothing(tmp_path: Path, write: Callable[..., Path]) -> None:
    source = opened(write("rows.csv", "a,b\n" + "1,2\n" * 9 + "1,2,3\n"))
    with pytest.raises(FileError, match="row 10: 3 values for 2 columns"):
        stored(source, Overrides(), tmp_path, 2)
    assert list((tmp_path / "datasets").iterdir()) == []


def test_a_checksum_that_nobody_waits_for_is_not_found(tmp_path: Path, write: Callable[..., Path]) -> None:
    endless = tmp_path / "endless.csv"
    with endless.open("wb") as file:
        file.truncate(1 << 40)  # takes no room, and hours
    source = replace(opened(write("rows.csv", "a,b\n1,2\n")), paths=(endless, endless))
    with Summing(source) as summing:
        pass
    with pytest.raises(CancelledError):  # the second file was not begun
        summing.sources()


def test_checksums_are_the_same_with_and_without_a_thread(write: Callable[..., Path]) -> None:
    source = opened(write("rows.csv", "a,b\n1,2\n"))
    with Summing(source) as beside, Summing(source, workers=1) as alone:
        assert beside.sources() == alone.sources()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("checksum")]


class Counting:
    """A stream that counts how often it is read from the start."""

    def __init__(self, source: Source) -> None:
        self.readings = 0
        self._source = source

    def __call__(self, chunk_size: int, chunk_bytes: int) -> Iterator[pa.RecordBatch]:
        self.readings += 1
        return self._source.stream(chunk_size, chunk_bytes)


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
