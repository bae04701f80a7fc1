"""What goes in comes out: the same types, the same values to the last bit, in the same order, in every backend."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.storage.types import plain_schema
from tests.unit.storage.conftest import Open, new

Values: TypeAlias = st.SearchStrategy[Any]

DAY = 86_400
FIRST, LAST = -719_162, 2_932_896  # days of 0001-01-01 and 9999-12-31
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
BYTES = st.binary(max_size=8)
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def integers(kind: pa.DataType) -> Values:
    if pa.types.is_signed_integer(kind):
        return st.integers(-(2 ** (kind.bit_width - 1)), 2 ** (kind.bit_width - 1) - 1)
    return st.integers(0, min(2**kind.bit_width, 2**63) - 1)


def instants(unit: str) -> Values:
    if unit == "ns":  # microseconds: what PostgreSQL keeps too
        return st.integers(-(2**63 - 10**9) // 1000 + 1, (2**63 - 10**9) // 1000 - 1).map(lambda number: number * 1000)
    return st.integers(FIRST * DAY * PER_SECOND[unit], (LAST + 1) * DAY * PER_SECOND[unit] - 1)


def times(unit: str) -> Values:
    step = 1000 if unit == "ns" else 1
    return st.integers(0, DAY * PER_SECOND[unit] // step - 1).map(lambda number: number * step)


TYPES: list[tuple[pa.DataType, Values]] = [
    (pa.null(), st.none()),
    (pa.bool_(), st.booleans()),
    *((kind, integers(kind)) for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64())),
    *((kind, integers(kind)) for kind in (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())),
    *((kind, st.floats(width=kind.bit_width)) for kind in (pa.float16(), pa.float32(), pa.float64())),
    *(
        (kind, TEXTS)
        for kind in (pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()))
    ),
    *((kind, BYTES) for kind in (pa.binary(), pa.large_binary())),
    (pa.binary(3), st.binary(min_size=3, max_size=3)),
    (pa.date32(), st.integers(FIRST, LAST)),
    (pa.date64(), st.integers(FIRST, LAST).map(lambda day: day * DAY * 1000)),
    *((pa.timestamp(unit), instants(unit)) for unit in PER_SECOND),
    *((pa.timestamp(unit, "Europe/Berlin"), instants(unit)) for unit in PER_SECOND),
    (pa.timestamp("us", "UTC"), instants("us")),
    *((pa.duration(unit), integers(pa.int64())) for unit in PER_SECOND),
    *((pa.time32(unit), times(unit)) for unit in ("s", "ms")),
    *((pa.time64(unit), times(unit)) for unit in ("us", "ns")),
    (pa.decimal128(38, 3), st.integers(-(10**38) + 1, 10**38 - 1).map(lambda number: Decimal(f"{number}e-3"))),
    (pa.decimal128(5, 0), st.integers(-99_999, 99_999).map(Decimal)),
    (pa.decimal128(20, 19), st.integers(-(10**20) + 1, 10**20 - 1).map(lambda number: Decimal(f"{number}e-19"))),
]
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=15)


@st.composite
def tables(draw: Callable[[Values], Any]) -> pa.Table:
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique_by=lambda name: name.casefold()))
    count = draw(st.integers(0, 8))
    columns = []
    for _ in names:
        kind, values = draw(st.sampled_from(TYPES))
        columns.append(column(draw(st.lists(st.none() | values, min_size=count, max_size=count)), kind))
    return pa.table(columns, names)


def column(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_temporal(kind):
        return pa.array(values, pa.int32() if kind.bit_width == 32 else pa.int64()).view(kind)
    return pa.array(values, kind)


def exact(table: pa.Table) -> list[list[str]]:
    """Return every value so that NaN equals NaN, and -0.0 does not equal 0.0."""
    return [[repr(value) for value in numbers(column.combine_chunks()).to_pylist()] for column in table.columns]


def numbers(column: pa.Array) -> pa.Array:
    if pa.types.is_temporal(column.type):
        return column.view(pa.int32() if column.type.bit_width == 32 else pa.int64())
    return column


@given(table=tables(), cuts=st.integers(1, 8), rows=st.integers(1, 8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(opened: Open, table: pa.Table, cuts: int, rows: int) -> None:
    with opened({"duckdb_threads": 1}) as storage:
        storage.create(new(), {"data": table.to_reader(cuts)}, replace=True)
        storage.append("titanic", table.to_reader(cuts))
        batches = list(storage.read("titanic", rows=rows))

        assert [len(batch) for batch in batches[:-1]] == [rows] * (len(batches) - 1)
        found = pa.Table.from_batches(batches, storage.read("titanic").schema)
        assert found.schema == plain_schema(table.schema)
        assert exact(found) == exact(pa.concat_tables([table, table]))


@given(values=st.lists(st.none() | st.floats(), min_size=1, max_size=3000))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_missing_and_not_a_number_stay_apart_over_many_batches(opened: Open, values: list[float | None]) -> None:
    table = pa.table({"a": pa.array((values * 3000)[:2500], pa.float64()), "b": pa.array(range(2500))})
    with opened(performance={"batch_size": 100}) as storage:
        storage.create(new(), {"data": table.to_reader()}, replace=True)

        assert exact(storage.read("titanic").read_all()) == exact(table)
        assert exact(storage.read("titanic", columns=["b", "a"], rows=7).read_all().select(["a", "b"])) == exact(table)
