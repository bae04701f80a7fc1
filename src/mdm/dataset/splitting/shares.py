"""How many rows each part has, and what its target is like."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import polars as pl

from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.splitting.recipe import TEST
from mdm.dataset.splitting.result import Part
from mdm.dataset.splitting.thresholds import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdm.storage.change import Change


def parts_of(change: Change, names: Sequence[str]) -> tuple[Part, ...]:
    """Return the parts of a dataset in the order of *names*; a test part that the files had comes last."""
    target, problem = change.info.target, change.info.problem_type
    if target is not None and problem == "regression":
        return _in_order(_with_means(change, target), names)
    columns = [SPLIT_COLUMN] if target is None or problem == "none" else [SPLIT_COLUMN, target]
    counts = counted(_frames(change, columns), columns).sort(columns)
    return _in_order([_with_shares(part) for part in counts.partition_by(SPLIT_COLUMN)], names)


def _frames(change: Change, columns: list[str]) -> Iterator[pl.DataFrame]:
    for batch in change.read(columns):
        yield cast("pl.DataFrame", pl.from_arrow(batch))


def _with_shares(counts: pl.DataFrame) -> Part:
    name, rows = counts[SPLIT_COLUMN][0], int(counts["n"].sum())
    if counts.width == 2:
        return Part(name, rows, {})
    known = counts.filter(pl.nth(1).is_not_null())
    total = int(known["n"].sum())
    return Part(name, rows, {_text(value): n / total for _, value, n in known.iter_rows()})


def _with_means(change: Change, target: str) -> list[Part]:
    sums = [
        frame.group_by(SPLIT_COLUMN).agg(
            pl.len().alias("rows"),
            pl.col(target).cast(pl.Float64).sum().alias("sum"),
            pl.col(target).count().alias("n"),
        )
        for frame in _frames(change, [SPLIT_COLUMN, target])
    ]
    total = pl.concat(sums).group_by(SPLIT_COLUMN).agg(pl.all().sum())
    return [Part(name, rows, {}, sum_ / n if n else None) for name, rows, sum_, n in total.iter_rows()]


def _in_order(parts: list[Part], names: Sequence[str]) -> tuple[Part, ...]:
    found = {part.name: part for part in parts}
    order = dict.fromkeys([*names, TEST])
    return tuple(found[name] for name in order if name in found)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
