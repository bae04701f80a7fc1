"""The page of performance shows what was measured, and what it shows was measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks import page, plots, tables
from benchmarks.__main__ import SUBJECTS
from benchmarks.measure import Lacking, compared
from benchmarks.results import Comparison, Cost, Curve, LeftOut, Limit, Result, read, shown, write

COSTS: dict[str, Cost] = {"peer": {"cpu": 2.0}, "MDM": {"cpu": 3.0}}


def told(*limits: Limit) -> str:
    return "\n".join(tables.of_comparison(Comparison("work", COSTS, 1, "peer", limits=limits)))


def test_its_tables_are_those_of_the_results() -> None:
    text = page.PAGE.read_text()
    assert page.rendered(text, read(page.RESULTS)) == text, "python -m benchmarks.page"


def test_its_plots_are_those_of_the_results() -> None:
    drawn = {path.stem: path.read_text() for path in page.PLOTS.glob("*.svg")}
    assert drawn == {subject: plots.plot(result) for subject, result in read(page.RESULTS).items()}


def test_every_subject_is_on_it() -> None:
    assert sorted(re.findall(r"<!-- table: (\w+) -->", page.PAGE.read_text())) == sorted(SUBJECTS)
    assert sorted(read(page.RESULTS)) == sorted(SUBJECTS)


def test_a_figure_that_was_changed_is_put_right() -> None:
    result = Result("load", [Comparison("work", COSTS, 1, "peer")], [], "two cores")
    text = page.rendered("a\n<!-- table: load -->\n<!-- end -->\nb", {"load": result})
    assert "| **MDM** | 3 s (1.50x) |  |" in text
    assert page.rendered(text.replace("3 s", "2 s"), {"load": result}) == text


@pytest.mark.parametrize(
    ("limit", "cell"),
    [
        (Limit("MDM", 2, "peer"), "2x |"),
        (Limit("MDM", 1.4, "peer"), "1.4x, **missed** |"),
        (Limit("MDM", 2.5), "2.5 s, **missed** |"),
        (Limit("MDM", 1, "nobody"), "1x of nobody |"),
    ],
)
def test_a_limit_that_is_missed_is_shown(limit: Limit, cell: str) -> None:
    assert cell in told(limit)


def test_a_curve_that_is_too_steep_is_shown() -> None:
    curve = Curve("sort", "rows", [(1, 0.1), (10, 1.0), (100, 20.0)], 1.15)
    assert "1.30, **limit 1.15 missed**" in "\n".join(tables.of_curves([curve]))


def test_a_way_that_cannot_be_measured_is_left_out_and_said_to_be() -> None:
    def lacking() -> Cost:
        raise Lacking("the command x is not installed")

    def failing() -> Cost:
        raise ValueError("no")

    found = compared("work", {"x": lacking, "y": failing, "MDM": lambda: {"cpu": 1.0}}, 3, "x")

    assert found.left_out == [LeftOut("x", "the command x is not installed", False), LeftOut("y", "no", True)]
    assert found.costs == {"MDM": {"cpu": 1.0}}
    assert "left out: the command x is not installed" in "\n".join(tables.of_comparison(found))


def test_medians_of_ways_in_turn() -> None:
    order: list[str] = []
    costs = {"a": iter((5.0, 1.0, 2.0)), "b": iter((1.0, 1.0, 9.0))}

    def way(name: str) -> Cost:
        order.append(name)
        return {"cpu": next(costs[name])}

    found = compared("work", {name: lambda name=name: way(name) for name in costs}, 3)  # type: ignore[misc]

    assert order == ["a", "b"] * 3
    assert found.costs == {"a": {"cpu": 2.0}, "b": {"cpu": 1.0}}


def test_results_come_back_from_json(tmp_path: Path) -> None:
    comparison = Comparison("work", COSTS, 1, "peer", ["cpu"], [Limit("MDM", 1, "peer")], [LeftOut("x", "y", True)])
    result = Result("load", [comparison], [Curve("sort", "rows", [[1, 2.0], [10, 3.0]], 1.15)], "two cores")  # type: ignore[list-item]
    write(result, tmp_path)
    assert read(tmp_path) == {"load": result}


@pytest.mark.parametrize(("seconds", "text"), [(2e-9, "2 ns"), (0.0456, "45.6 ms"), (12.34, "12.3 s"), (0, "0 ns")])
def test_times_are_shown_in_their_unit(seconds: float, text: str) -> None:
    assert shown(seconds, "cpu") == text
