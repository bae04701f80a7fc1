"""Splits a dataset: every row gets the name of its part, in a column that is stored with the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from mdm.dataset.reading.source import SPLIT_COLUMN
from mdm.dataset.registration import DETECTION, detection_of
from mdm.dataset.splitting.keys import key_of_name, keys_of_rows
from mdm.dataset.splitting.recipe import TEST, Recipe
from mdm.dataset.splitting.result import SPLIT, Split, split_of
from mdm.dataset.splitting.shares import parts_of
from mdm.dataset.splitting.thresholds import counted, thresholds
from mdm.errors import DatasetError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdm.storage.change import Change
    from mdm.storage.info import DatasetInfo

_MOST_STRATA: Final = 1000


def split(change: Change, recipe: Recipe, *, tested: bool) -> Split:
    """Split the rows of *change* as *recipe* says; with *tested* those that are in the part ``test`` stay there."""
    if not (table := change.info.table()) or not table.rows:
        raise DatasetError(Problem(f"the dataset {change.info.name!r} has no rows to split"))
    parts = _Divider(change, recipe, tested).parts()
    names = pl.Series([*recipe.names, TEST])
    schema = pa.schema([(SPLIT_COLUMN, pa.string())])
    batches = (_named(part, names, schema) for part in parts)
    change.widen(pa.RecordBatchReader.from_batches(schema, batches))
    done = Split(recipe, parts_of(change, recipe.names))
    _check(done)
    change.edit(lambda info: _noted(info, done))
    return done


def split_again(change: Change) -> None:
    """Split by the recipe that the dataset was split by, if it was; few of the old rows change their part."""
    if (before := split_of(change.info)) is not None:
        split(change, before.recipe, tested=tested_by_files(change))


def tested_by_files(change: Change) -> bool:
    """Say whether files of a competition have said which rows the test part is."""
    detection, before = detection_of(change.info), split_of(change.info)
    if detection is None or SPLIT_COLUMN not in detection.schema.names or (before and TEST in before.recipe.names):
        return False
    return any([pc.any(pc.equal(batch[SPLIT_COLUMN], TEST)).as_py() for batch in change.read([SPLIT_COLUMN])])  # noqa: C419 (to its end)


@dataclass(frozen=True, slots=True)
class _Divider:
    """Finds the part of each row, as a number; what reads, reads one or two columns in batches."""

    change: Change
    recipe: Recipe
    tested: bool

    def parts(self) -> list[pl.Series]:
        """Return the numbers of the parts, a byte a row; the first that the recipe does not have stands for test."""
        found = self._by_group() if self.recipe.method == "group" else self._by_key()
        kept = len(self.recipe.shares)
        return [
            frame.select(pl.when("open").then("part").otherwise(kept).cast(pl.UInt8).alias("part"))["part"]
            for frame in found
        ]

    def _by_key(self) -> Iterator[pl.DataFrame]:
        low, highest = self._range()
        strata = counted((frame.filter("open") for frame in self._rows(low)), ["stratum"]).sort("stratum")
        if len(strata) > _MOST_STRATA:
            hint = "choose a column with fewer, or leave --stratify away"
            raise DatasetError(
                Problem(f"has {len(strata)} different values, too many to stratify by", self._place, hint)
            )
        ends = self.recipe.boundaries()
        cuts = thresholds(lambda: (frame.filter("open") for frame in self._rows(low)), highest, strata, ends)
        begun = [(pl.col("key") >= pl.col(f"t{number}")).fill_null(False) for number in range(len(ends))]
        for frame in self._rows(low):
            joined = frame.join(cuts, on="stratum", how="left", nulls_equal=True, maintain_order="left")
            yield joined.select("open", pl.sum_horizontal(each.cast(pl.UInt8) for each in begun).alias("part"))

    def _by_group(self) -> Iterator[pl.DataFrame]:
        groups = counted((frame.filter("open") for frame in self._rows()), ["stratum"])
        keys = [key_of_name(self.recipe.seed, str(value)) for value in groups["stratum"]]
        ordered = groups.with_columns(pl.Series("key", keys, pl.UInt64)).sort("key")
        middle = (pl.col("n").cum_sum() - pl.col("n") / 2) / pl.col("n").sum()
        begun = [(middle >= end).cast(pl.UInt8) for end in self.recipe.boundaries()]
        parts = ordered.select("stratum", pl.sum_horizontal(begun).alias("part"))
        for frame in self._rows():
            joined = frame.join(parts, on="stratum", how="left", nulls_equal=True, maintain_order="left")
            yield joined.select("open", "part")

    def _range(self) -> tuple[int, int]:
        """Return which time is the first, and the highest key."""
        if self.recipe.method != "time":
            return 0, 2**64 - 1
        times = [self._times(batch) for _, batch in self._batches([cast("str", self.recipe.column)])]
        known = [(int(each.min()), int(each.max())) for each in times if each.len() > each.null_count()]  # type: ignore[arg-type]
        low = min((first for first, _ in known), default=0)
        return low, max((last for _, last in known), default=0) - low + 1

    def _rows(self, low: int = 0) -> Iterator[pl.DataFrame]:
        """Yield rows as ``stratum``, ``key``, and whether they are ``open``: to be given a part."""
        column = self.recipe.column
        columns = [name for name in (column, SPLIT_COLUMN if self.tested else None) if name]
        start = 0
        for count, batch in self._batches(columns):
            everywhere = pl.repeat(True, count, eager=True)
            yield pl.DataFrame(
                {
                    "stratum": self._stratum(batch, count),
                    "key": self._key(batch, low, start, count),
                    "open": _open(batch) if self.tested else everywhere,
                }
            )
            start += count

    def _batches(self, columns: list[str]) -> Iterator[tuple[int, pl.DataFrame]]:
        if columns:
            yield from ((len(batch), cast("pl.DataFrame", pl.from_arrow(batch))) for batch in self.change.read(columns))
            return
        table = self.change.info.table()
        rows, step = table.rows if table else 0, 2**16
        yield from ((min(step, rows - start), pl.DataFrame()) for start in range(0, rows, step))

    def _stratum(self, batch: pl.DataFrame, count: int) -> pl.Series:
        if self.recipe.column is None or self.recipe.method == "time":
            return pl.repeat(0, count, eager=True)
        return batch[self.recipe.column]

    def _key(self, batch: pl.DataFrame, low: int, start: int, count: int) -> pl.Series:
        if self.recipe.method != "time":
            return keys_of_rows(self.recipe.seed, start, count)
        from_first = pl.lit(self._times(batch)).cast(pl.Int128) - pl.lit(low - 1, pl.Int128)
        return pl.select(from_first.cast(pl.UInt64).fill_null(0))[:, 0]  # what has no time is early

    def _times(self, batch: pl.DataFrame) -> pl.Series:
        times = batch[cast("str", self.recipe.column)]
        if not (times.dtype.is_temporal() or times.dtype.is_integer()):
            hint = "choose a column of dates, times or whole numbers"
            raise DatasetError(Problem("holds no times", self._place, hint))
        return times.to_physical().cast(pl.Int64)

    @property
    def _place(self) -> str:
        return f"column {self.recipe.column}"


def _open(batch: pl.DataFrame) -> pl.Series:
    return (batch[SPLIT_COLUMN] != TEST).fill_null(True)


def _named(part: pl.Series, names: pl.Series, schema: pa.Schema) -> pa.RecordBatch:
    texts = names.gather(part).to_arrow().cast(pa.string())
    return pa.RecordBatch.from_arrays([texts], schema=schema)


def _noted(info: DatasetInfo, done: Split) -> DatasetInfo:
    """Keep how the dataset was split; where the files had the column of the parts, it holds others now."""
    notes = {**info.notes, SPLIT: done.as_dict()}
    if (detection := detection_of(info)) is not None:
        columns = tuple(
            replace(each, missing=0, distinct=len(done.parts), exact=True) if each.name == SPLIT_COLUMN else each
            for each in detection.columns
        )
        notes[DETECTION] = replace(detection, columns=columns).as_dict()
    return replace(info, notes=notes)


def _check(done: Split) -> None:
    found = {part.name for part in done.parts if part.rows}
    if empty := [name for name in done.recipe.names if name not in found]:
        hint = "take a larger share, fewer folds, or another column"
        raise DatasetError(Problem(f"no row is in {', '.join(empty)}", hint=hint))
