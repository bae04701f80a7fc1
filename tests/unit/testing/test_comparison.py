"""What the comparison promises: fair runs, differences by place, no crash, and reports without secrets."""

from __future__ import annotations

import collections
import dataclasses
import json
import math
import threading
import time
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from mdm.errors import FileError
from mdm.testing.comparison import MISSING, ComparisonResult, ComparisonTester, Difference, differences

if TYPE_CHECKING:
    from pathlib import Path


@dataclasses.dataclass
class Point:
    x: float
    tags: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    x: float
    tags: tuple[str, ...] = ()


class Settings(BaseModel):
    pool: dict[str, int]
    password: SecretStr = SecretStr("hunter2")


@pytest.fixture
def tester() -> ComparisonTester:
    return ComparisonTester()


def compare(old: object, new: object) -> ComparisonResult:
    return ComparisonTester().compare("test", lambda: old, lambda: new)


def fail(*args: object, kind: type[Exception] = ValueError) -> None:
    raise kind(*args)


# --- what is equal


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (1, 1.0),
        (math.nan, float("nan")),
        ([{"a": math.nan}], [{"a": float("nan")}]),
        (Decimal("NaN"), Decimal("NaN")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (collections.OrderedDict(a=1), {"a": 1}),
        ({1, 2}, frozenset({2, 1})),
        (Point(1, ("a",)), Place(1, ("a",))),
        (Settings(pool={"a": 1}), Settings(pool={"a": 1})),
        (None, None),
        (b"a", b"a"),
    ],
)
def test_equal_results_pass(old: object, new: object) -> None:
    result = compare(old, new)
    assert result.passed
    assert result.differences == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (1, 2, [("", 1, 2)]),
        (1, True, [("", 1, True)]),
        ([1], (1,), [("", [1], (1,))]),
        ("ab", "ac", [("", "ab", "ac")]),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 3}]}}, [("a.b[1].c", 2, 3)]),
        ({"a": 1}, {"b": 1}, [("a", 1, MISSING), ("b", MISSING, 1)]),
        ({"mdm.cli": 1, 2: 1}, {"mdm.cli": 2, 2: 2}, [("['mdm.cli']", 1, 2), ("[2]", 1, 2)]),
        ([1, 2], [1], [("[1]", 2, MISSING)]),
        ({"s": {1, 2}}, {"s": {2, 3}}, [("s{1}", 1, MISSING), ("s{3}", MISSING, 3)]),
        (Point(1), Place(2), [("x", 1, 2)]),
        (Settings(pool={"a": 1}), Settings(pool={"a": 2}), [("pool.a", 1, 2)]),
        (collections.deque([1]), collections.deque([2]), [("[0]", 1, 2)]),
        (0.0, math.nan, [("", 0.0, math.nan)]),
    ],
)
def test_differences_are_told_by_place(old: object, new: object, expected: list[tuple[str, object, object]]) -> None:
    result = compare(old, new)
    assert not result.passed
    assert result.differences == tuple(Difference(*each) for each in expected)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(trees)
def test_whatever_it_is_it_equals_its_copy(tree: object) -> None:
    result = ComparisonTester().compare("copy", lambda each: each, lambda each: each, args=[tree])
    assert result.passed


@given(trees, trees)
def test_differences_are_the_same_from_both_sides(one: object, other: object) -> None:
    there = {(each.path, repr(each.old), repr(each.new)) for each in differences(one, other)}
    back = {(each.path, repr(each.new), repr(each.old)) for each in differences(other, one)}
    assert there == back


def test_structures_that_hold_themselves_end() -> None:
    one: list[Any] = [1]
    other: list[Any] = [1]
    one.append(one)
    other.append(other)
    assert compare(one, other).passed
    other[0] = 2
    assert [each.path for each in differences(one, other)] == ["[0]"]


def test_the_list_of_differences_is_bounded() -> None:
    assert len(differences(range(10**6), range(1, 10**6))) == 1000


# --- errors


def test_an_error_on_one_side_is_a_difference(tester: ComparisonTester) -> None:
    result = tester.compare("test", lambda: 1, lambda: fail("boom"))
    assert (result.passed, result.old_result, result.new_result, result.old_error) == (False, 1, None, None)
    assert isinstance(result.new_error, ValueError)
    assert result.differences == (Difference("", 1, result.new_error),)
    assert result.performance_delta is None
    assert not tester.compare("test", lambda: fail("boom"), lambda: None).passed


@pytest.mark.parametrize(
    ("args", "kind", "passed"),
    [(("a", 1), ValueError, True), (("b", 1), ValueError, False), (("a", 1), TypeError, False)],
)
def test_the_same_error_on_both_sides_is_equal(
    tester: ComparisonTester, args: tuple[object, ...], kind: type[Exception], passed: bool
) -> None:
    result = tester.compare("test", lambda: fail("a", 1), lambda: fail(*args, kind=kind))
    assert result.passed is passed
    assert bool(result.differences) is not passed


def test_leaving_the_program_is_an_error_too_but_an_interrupt_is_not(tester: ComparisonTester) -> None:
    def leave() -> None:
        raise SystemExit(3)

    def interrupt() -> None:
        raise KeyboardInterrupt

    assert isinstance(tester.compare("test", leave, lambda: None).old_error, SystemExit)
    with pytest.raises(KeyboardInterrupt):
        tester.compare("test", interrupt, lambda: None)


def test_a_function_may_compare_instead(tester: ComparisonTester) -> None:
    assert tester.compare("near", lambda: 1.0, lambda: 1.1, compare_func=lambda old, new: abs(old - new) < 0.2).passed
    result = tester.compare("far", lambda: 1.0, lambda: 1.0, compare_func=lambda old, new: False)
    assert result.differences == (Difference("", 1.0, 1.0),)


def test_a_comparison_that_raises_fails_the_test(tester: ComparisonTester) -> None:
    class Odd:
        def __eq__(self, other: object) -> bool:
            raise RuntimeError

        __hash__ = None  # type: ignore[assignment]

    by_function = tester.compare("test", lambda: 1, lambda: 1, compare_func=lambda old, new: fail("boom"))
    by_itself = tester.compare("test", Odd, Odd)
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    too_deep = tester.compare("test", lambda: deep, lambda: [[deep]])
    for result, error in ((by_function, ValueError), (by_itself, RuntimeError), (too_deep, RecursionError)):
        assert not result.passed
        assert isinstance(result.compare_error, error)
    assert len(tester.results) == 3
    while deep:  # taken apart by hand: to free it in one go would need as deep a stack
        deep = deep.pop()


# --- runs


def test_one_run_cannot_influence_another(tester: ComparisonTester) -> None:
    given = [3, 1, 2]
    lock = threading.Lock()

    def change(items: list[int], *, more: dict[str, int], lock: threading.Lock) -> list[int]:
        items.append(len(more))
        more["a"] = 1
        return sorted(items)

    more: dict[str, int] = {}
    result = tester.compare("test", change, change, (given,), {"more": more, "lock": lock}, repeat=3)
    assert result.passed
    assert result.old_result == [0, 1, 2, 3]
    assert (given, more) == ([3, 1, 2], {})


@pytest.mark.parametrize("repeat", [1, 2, 5])
def test_each_is_called_as_often_as_asked_and_in_turn(tester: ComparisonTester, repeat: int) -> None:
    calls: list[str] = []
    tester.compare("test", lambda: calls.append("old"), lambda: calls.append("new"), repeat=repeat)
    assert calls == (["old", "new", "new", "old"] * 3)[: 2 * repeat]


def test_durations_are_seconds_and_the_delta_percent(tester: ComparisonTester) -> None:
    result = tester.compare("test", lambda: time.sleep(0.01), lambda: time.sleep(0.04), repeat=4)
    assert result.old_duration >= 0.01
    assert result.new_duration >= 0.04
    assert result.performance_delta is not None
    assert result.performance_delta == pytest.approx((result.new_duration / result.old_duration - 1) * 100)


def test_the_memory_delta_is_that_of_the_peaks(tester: ComparisonTester) -> None:
    result = tester.compare("test", lambda: len(bytearray(1_000)), lambda: len(bytearray(5_000_000)), compare_func=max)
    assert result.memory_delta is not None
    assert 4_900_000 < result.memory_delta < 5_100_000


# --- what is kept


def test_the_summary_counts_and_names(tester: ComparisonTester) -> None:
    assert tester.summary() == {
        "total": 0, "passed": 0, "failed": 0, "failed_tests": [], "mean_performance_delta": None,
    }  # fmt: skip
    tester.compare("good", lambda: 1, lambda: 1)
    tester.compare("bad", lambda: 1, lambda: 2)
    tester.compare("worse", lambda: 1, fail)
    summary = tester.summary()
    deltas = [each.performance_delta for each in tester.results[:2]]
    assert summary.pop("mean_performance_delta") == pytest.approx(sum(filter(None, deltas)) / 2)
    assert summary == {"total": 3, "passed": 1, "failed": 2, "failed_tests": ["bad", "worse"]}


def test_results_are_kept_as_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "new" / "results.jsonl"
    ComparisonTester(file).compare("one", lambda: {"a": 1}, lambda: {"a": 2})
    ComparisonTester(file).compare("two", lambda: 1, lambda: fail("boom"))
    one, two = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (one["test_name"], one["passed"]) == ("one", False)
    assert one["differences"] == [{"path": "a", "old": "1", "new": "2"}]
    assert one["old_error"] is None
    assert two["new_error"] == "ValueError: boom"
    assert two["performance_delta"] is None


def test_results_that_cannot_be_kept_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="cannot keep the result"):
        ComparisonTester(tmp_path).compare("one", lambda: 1, lambda: 1)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not {"src", "href", "onclick"} & {name for name, _ in attrs}


def test_the_page_is_escaped_and_needs_nothing_else(tester: ComparisonTester, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>{0}\udcff"
    tester.compare(evil, lambda: {evil: evil}, lambda: {evil: "&"})
    tester.compare("error", lambda: fail(evil), lambda: 1)
    tester.compare("func", lambda: 1, lambda: 1, compare_func=lambda old, new: fail(evil))
    tester.to_html(tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert not {"script", "link", "img", "iframe"} & set(tags.found)
    assert "url(" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "color-scheme: light dark" in page
    assert page.count("<h2>") == 3


def test_no_secret_is_kept_or_shown(tmp_path: Path) -> None:
    tester = ComparisonTester(tmp_path / "results.jsonl")
    address = "postgresql://me:hunter2@host/db"
    tester.compare("a", lambda: {"api": {"key": "hunter2"}}, dict)
    tester.compare("b", lambda: {"database": {"password": "hunter2"}}, lambda: {"database": {"password": "x"}})
    tester.compare("c", lambda: Settings(pool={}), lambda: fail(address))
    tester.compare("d", lambda: {"url": address, "tokens": {"hunter2"}}, lambda: {"tokens": set()})
    tester.compare("e", lambda: [Point(1), {"api_key": ["hunter2"]}], list)
    tester.to_html(tmp_path / "page.html")
    for name in ("results.jsonl", "page.html"):
        assert "hunter2" not in (tmp_path / name).read_text(encoding="utf-8")
    assert "hunter2" not in "".join(map(repr, tester.results))
