"""Custom features: what they get and give, and what is said of those that do not work."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import polars as pl
import pytest

from mdm.errors import DatasetError
from mdm.features.custom import working
from mdm.features.custom.working import CustomError

from .conftest import Features, Make

Script: TypeAlias = Callable[..., Path]

GOOD = """
import polars as pl

def family(frame):
    print("noise that belongs to nobody's output")
    return frame.select(size=pl.col("sibsp") + pl.col("parch") + 1, alone=pl.col("sibsp") + pl.col("parch") == 0)

def _helper(frame):
    raise AssertionError
"""
SEES = """
import polars as pl

def sees(frame):
    return pl.DataFrame({"it": [set(frame.columns) == {"sibsp", "parch"}] * len(frame)})
"""
LATE = """
def late(frame):
    assert "x" not in frame["t"]
    return frame.select("n")
"""
FRAME = pl.DataFrame({"sibsp": [1, 0, 3] * 200, "parch": [0, 0, 2] * 200, "y": [0, 1, 1] * 200})


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Return what writes a file of custom features."""
    (tmp_path / "custom").mkdir(mode=0o700)

    def script(text: str, name: str = "mine.py") -> Path:
        path = tmp_path / "custom" / name
        path.write_text(text)
        path.chmod(0o600)
        return path

    return script


def made(make: Make, **settings: object) -> Features:
    return make(FRAME, target="y", families=["numeric", "custom"], performance={"feature_n_jobs": 1}, **settings)


def test_a_function_gives_features(make: Make, script: Script, capfd: pytest.CaptureFixture[str]) -> None:
    script(GOOD)
    found = made(make)
    assert [name for name in found.frame.columns if name.startswith("family")] == ["family__size", "family__alone"]
    assert (found["family__size"][:3], found["family__alone"][:3]) == ([2.0, 1.0, 6.0], [0.0, 1.0, 0.0])
    new = found.client.features("rows", pl.DataFrame({"sibsp": [4], "parch": [4]}))
    assert new["family__size"].to_list() == [9.0]
    assert capfd.readouterr().out == ""


def test_it_sees_neither_the_target_nor_the_parts(make: Make, script: Script) -> None:
    script(SEES)
    found = make(FRAME.with_columns(mdm_split=pl.lit("train")), target="y", families=["custom"])
    assert set(found["sees__it"]) == {1.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "x = 1\ndef bad(frame):\n    return frame.nothing()\n", r"mine.py:3: AttributeError: ", id="raises"
        ),
        pytest.param(
            "def bad(frame):\n    return len(frame)\n", r"mine.py:1: bad returns int, not a frame", id="number"
        ),
        pytest.param(
            "def bad(frame):\n    return frame.head(2)\n", r"mine.py:1: bad returns 2 rows of 600", id="length"
        ),
        pytest.param(
            "import polars as pl\ndef bad(frame):\n    return frame.select(pl.col('sibsp').cast(pl.String))\n",
            r"mine.py:2: bad returns 'sibsp' as String; features are numbers",
            id="text",
        ),
        pytest.param(
            "import polars as pl\ndef bad(frame):\n    return frame.select(pl.col('sibsp') / pl.col('sibsp').cum_sum().max())\n",
            r"mine.py:2: bad makes something else of a row when other rows are not there",
            id="other rows",
        ),
        pytest.param("def bad(frame:\n", r"mine.py:1: SyntaxError: ", id="syntax"),
        pytest.param("import nothing_of_the_kind\n", r"mine.py:1: ModuleNotFoundError: ", id="import"),
        pytest.param("import sys\ndef bad(frame):\n    sys.exit(3)\n", r"mine.py:3: SystemExit: 3", id="exit"),
        pytest.param("import os\ndef bad(frame):\n    os._exit(3)\n", r"mine.py: has ended the process", id="end"),
        pytest.param("x = 1\n", r"mine.py: has no public function", id="nothing"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_others_working(make: Make, script: Script, text: str, reason: str) -> None:
    script(text)
    script(GOOD, "other.py")
    found = made(make)
    assert {"sibsp__value", "family__size"} <= {*found.frame.columns}
    [left_out] = [each.reason for each in found.made.fit.left_out]
    assert reason in left_out


def test_one_that_takes_for_ever_is_ended(make: Make, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "TIME_LIMIT", 3.0)
    script("import time\ndef slow(frame):\n    time.sleep(1000)\n")
    script(GOOD, "other.py")
    found = made(make)
    assert found.left_out["mine.py: slow"].endswith("mine.py: the function slow takes longer than 3 s")
    assert "family__size" in found.frame.columns


def test_one_that_fails_in_a_later_batch_is_left_out_of_all(make: Make, script: Script) -> None:
    script(LATE)
    frame = pl.DataFrame({"t": [*["a"] * 250, "x"], "n": range(251)})
    found = make(frame, families=["numeric", "custom"], performance={"feature_batch_size": 100})
    assert not [name for name in found.frame.columns if name.startswith("late")]
    assert "mine.py:3: AssertionError" in found.left_out["mine.py: late"]
    assert len(found.frame) == 251


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_change_is_not_run(make: Make, script: Script, mode: int) -> None:
    script("raise SystemExit").chmod(mode)
    found = made(make)
    [reason] = found.left_out.values()
    assert reason == "others may change it; chmod go-w"


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give files away")
def test_a_file_of_somebody_else_is_not_run(make: Make, script: Script) -> None:
    os.chown(script(GOOD), 12345, 12345)
    assert [*made(make).left_out.values()] == ["belongs to somebody else"]


def test_a_folder_that_others_may_change_is_not_read(make: Make, script: Script) -> None:
    script(GOOD).parent.chmod(0o777)
    assert [*made(make).left_out.values()] == ["others may change it; chmod go-w"]


def test_new_rows_need_the_file_as_it_was(make: Make, script: Script) -> None:
    path = script(GOOD)
    found = made(make)
    path.write_text(GOOD + "\n")
    with pytest.raises(CustomError, match=r"has changed since it was fitted\n  hint: fit anew with --refit"):
        found.client.features("rows", FRAME)
    path.unlink()
    with pytest.raises(CustomError, match="is not there any more"):
        found.client.features("rows", FRAME)


def test_nothing_but_a_broken_one_is_an_error(make: Make, script: Script) -> None:
    script("def bad(frame): return None")
    with pytest.raises(DatasetError, match=r"no column makes a feature\n  hint: .*mine.py:1: bad returns NoneType"):
        make(FRAME, families=["custom"])
