"""Rows of Python values as record batches: each column takes the narrowest type that holds all of its values."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_INT64 = range(-(2**63), 2**63)


def types_of(rows: Iterable[Mapping[str, Any]]) -> dict[str, pa.DataType]:
    """Return a type for each key, in the order in which they appear; read all *rows* to know."""
    seen: dict[str, set[type]] = {}
    for row in rows:
        for name, value in row.items():
            kinds = seen.setdefault(name, set())
            if value is not None:
                kinds.add(_kind(value))
    return {name: _common(kinds) for name, kinds in seen.items()}


def batches_of(
    rows: Iterable[Mapping[str, Any]], schema: pa.Schema, count: int, limit: int
) -> Iterator[pa.RecordBatch]:
    """Yield *rows* in batches of *count*, or fewer where their texts would take over *limit* bytes."""
    waiting: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += sum(len(value) if isinstance(value, str) else 8 for value in row.values())
        if len(waiting) == count or size > limit:
            yield _batch(waiting, schema)
            waiting, size = [], 0
    if waiting:
        yield _batch(waiting, schema)


def _kind(value: object) -> type:
    if type(value) is int and value not in _INT64:
        return str
    return type(value)


def _common(kinds: set[type]) -> pa.DataType:
    match kinds:
        case _ if kinds == {bool}:
            return pa.bool_()
        case _ if kinds == {int}:
            return pa.int64()
        case _ if kinds and kinds <= {int, float}:
            return pa.float64()
        case _ if kinds == {date}:
            return pa.date32()
        case _ if kinds and kinds <= {date, datetime}:
            return pa.timestamp("us")
    return pa.string()


def _batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for each in schema:
        values = [row.get(each.name) for row in rows]
        if each.type == pa.string():
            values = [None if value is None else _text(value) for value in values]
        elif each.type == pa.float64():
            values = [None if value is None else float(value) for value in values]
        elif pa.types.is_timestamp(each.type):
            values = [_moment(value) for value in values]
        arrays.append(pa.array(values, each.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _moment(value: date | None) -> date | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001  # sheets know no zones


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case dict() | list() | bool():
            return json.dumps(value, ensure_ascii=False)
    return str(value)
