"""Twice as much takes at most twice as long: counted, at four sizes, for each thing that can be large."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.reliability.ptrace import why_not
from tests.reliability.tracer import run

from .counting import SIZES, calls_of, growth
from .homes import Home, code_of, datasets, legacy_files, new_file, odd_file

LINEAR = 1.15  # n log n included


@pytest.mark.parametrize(
    ("prepare", "action", "once", "each"),
    [
        pytest.param(new_file, Home.load, 1_600, 20, id="load the new file"),
        pytest.param(new_file, Home.set, 4_000, 145, id="set in the new file"),
        pytest.param(odd_file, Home.load, 1_900, 60, id="load a file that is not plain"),
        pytest.param(odd_file, Home.set, 6_200, 440, id="set in a file that is not plain"),
        pytest.param(legacy_files, Home.load, 17_000, 105, id="load legacy files"),
        pytest.param(legacy_files, Home.migrate, 170_000, 270, id="migrate settings"),
        pytest.param(datasets, Home.migrate, 170_000, 55, id="migrate beside datasets"),
    ],
)
def test_calls_grow_with_the_size(
    tmp_path: Path, prepare: Callable[[Home, int], None], action: Callable[[Home], None], once: int, each: int
) -> None:
    counts = []
    for size in (10, *SIZES):  # the first one builds what is built once in a process
        home = Home(tmp_path / str(size))
        prepare(home, size)
        counts.append(calls_of(partial(action, home)))

    assert growth(counts[1:]) <= LINEAR, counts
    assert counts[-1] - counts[-2] <= each * (SIZES[-1] - SIZES[-2]), counts
    assert counts[1] <= once + each * SIZES[0], counts


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.parametrize(
    ("prepare", "action", "once", "each"),
    [
        pytest.param(new_file, Home.set, 8, 0, id="set"),
        pytest.param(legacy_files, Home.migrate, 63, 0, id="migrate settings"),
        pytest.param(datasets, Home.migrate, 67, 3, id="migrate beside datasets"),
    ],
)
def test_changes_of_files_are_few(
    tmp_path: Path, prepare: Callable[[Home, int], None], action: Callable[[Home], None], once: int, each: int
) -> None:
    counts = []
    for size in (5, 10, 20):
        home = Home(tmp_path / str(size))
        prepare(home, size)
        done = run(partial(code_of, action, home), home.folder)
        assert done.code == 0, done.err
        counts.append(len(done.calls))

    assert counts[2] - counts[1] == 2 * (counts[1] - counts[0]) <= 10 * each
    assert counts[0] <= once + 5 * each, counts


def test_the_measure_knows_a_square() -> None:
    def calls(size: int, power: int) -> int:
        return calls_of(lambda: [abs(number) for number in range(size**power)])

    sizes = (10, 20, 40, 80)
    assert growth([calls(size, 1) for size in sizes]) == pytest.approx(1, abs=0.01)
    assert growth([calls(size, 2) for size in sizes]) == pytest.approx(2, abs=0.01)
