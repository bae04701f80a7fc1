"""Detects what a table holds, in one pass over all of its rows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from mdm.config.layers import Notice
from mdm.dataset.detection.candidates import Candidates
from mdm.dataset.detection.hashes import Hashes
from mdm.dataset.detection.kinds import kind_of, unique
from mdm.dataset.detection.leakage import Association, Associations
from mdm.dataset.detection.overrides import Overrides
from mdm.dataset.detection.profile import ColumnProfile, Facts
from mdm.dataset.detection.result import Column, Detection
from mdm.dataset.detection.sketch import Distinct
from mdm.dataset.detection.target import problem_of, target_of
from mdm.dataset.detection.typed import converted
from mdm.dataset.reading.source import SPLIT_COLUMN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mdm.config.models import DatasetsConfig
    from mdm.dataset.reading.source import Source

ROWS: Final = 1 << 14
"""Rows that are looked at together: what a batch costs does not count then."""

_SKETCH = 4096


def detect(source: Source, settings: DatasetsConfig, overrides: Overrides | None = None) -> Detection:
    """Return what *source* holds: types that fit all of its rows, kinds, target, problem and what looks wrong.

    What *overrides* say is not questioned; raises :class:`~mdm.errors.UsageError` for columns and types that do not
    exist, :class:`~mdm.errors.FileError` for values that do not fit a type that was given.
    """
    return Detector(source, settings, overrides or Overrides()).finish()


@dataclass
class Detector:
    """Reads *source*, *chunk* rows at a time, and says at any time what has been in it so far."""

    source: Source
    settings: DatasetsConfig
    overrides: Overrides
    chunk: int = ROWS

    def __post_init__(self) -> None:
        names = self.source.schema.names
        self.overrides.check(names)
        self.target = self._choose_target(names)
        self.rows = 0
        self.columns = {each.name: self._profile(each) for each in self.source.schema}
        others = [name for name in names if name not in {self.target, SPLIT_COLUMN}]
        self.associations = Associations(self.target or "", {name: Association() for name in others})
        fixed = {name: form for name in names if (form := self.overrides.fixed(name))}
        self._rows = converted(self.source, fixed, self.chunk)

    def batches(self) -> Iterator[tuple[pa.RecordBatch, list[pa.Array | None]]]:
        """Take the rows that are left; yield them with each column as what all of its values so far may be.

        There is none in place of a column of which only text, or nothing, is known.
        """
        with ThreadPoolExecutor(self.source.performance.max_workers) as pool:
            for batch in self._rows:
                yield batch, self._take(batch, pool.map)

    def forms(self) -> dict[str, tuple[str, pa.DataType]]:
        """Return in which format and type each column would be read, by what is known of it now."""
        return {name: (facts.form, facts.type) for name, facts in self._facts().items()}

    def finish(self) -> Detection:
        """Take the rows that are left, and return what was detected."""
        for _ in self.batches():
            pass
        return self.result()

    def result(self) -> Detection:
        """Return what was detected."""
        facts = self._facts()
        columns = tuple(self._column(each) for each in facts.values())
        target = facts.get(self.target) if self.target else None
        problem = self.overrides.problem_type or (problem_of(target, self.settings) if target else "none")
        notices = (*self.source.notices, *self._ambiguous(facts), *self._leaks())
        return Detection(self.rows, columns, self.target, problem, self._ids(facts, columns), notices)

    def _take(self, batch: pa.RecordBatch, run: Callable[..., Iterable[pa.Array | None]]) -> list[pa.Array | None]:
        self.rows += batch.num_rows
        hashes = Hashes(batch)
        found = list(run(lambda each: each.take(batch.column(each.name), hashes[each.name]), self.columns.values()))
        if self.target is not None:
            pairs = zip(self.columns, found, strict=True)
            numbers = {name: array for name, array in pairs if array is not None and _countable(array.type)}
            self.associations.take(batch, hashes, numbers)
        return found

    def _facts(self) -> dict[str, Facts]:
        return {name: self._settled(each.facts()) for name, each in self.columns.items()}

    def _choose_target(self, names: list[str]) -> str | None:
        if self.overrides.target is not None:
            return self.overrides.target or None
        return self.source.target or target_of(names)

    def _profile(self, column: pa.Field) -> ColumnProfile:
        said = self.overrides.types.get(column.name)
        fixed = self.overrides.fixed(column.name)
        dates_only = said in {"date", "datetime"}
        candidates = Candidates(
            plain=not self.source.typed and not dates_only and not fixed,
            dated=not fixed and (dates_only or self.settings.detect_datetime) and column.name != SPLIT_COLUMN,
        )
        size = max(_SKETCH, self.settings.categorical_threshold + 2)
        return ColumnProfile(column.name, fixed[1] if fixed else column.type, candidates, Distinct(size))

    def _settled(self, facts: Facts) -> Facts:
        """Give a column that is said to hold dates or times the type of those."""
        fixed, said = self.overrides.fixed(facts.name), self.overrides.types.get(facts.name)
        if fixed:
            return replace(facts, form=fixed[0], type=fixed[1])
        if said not in {"date", "datetime"}:
            return facts
        form = "ymd" if pa.types.is_string(facts.type) else facts.form
        return replace(facts, form=form, type=pa.date32() if said == "date" else pa.timestamp("us"))

    def _column(self, facts: Facts) -> Column:
        kind = self.overrides.kind(facts.name) or kind_of(facts, self.settings)
        return Column(facts.name, kind, str(facts.type), facts.form, facts.missing, facts.distinct, facts.exact)

    def _ids(self, facts: dict[str, Facts], columns: tuple[Column, ...]) -> tuple[str, ...]:
        if self.overrides.id_columns is not None:
            return self.overrides.id_columns
        if self.source.ids:
            return self.source.ids
        return tuple(each.name for each in columns if each.kind == "identifier" and unique(facts[each.name]))

    def _ambiguous(self, facts: dict[str, Facts]) -> Iterator[Notice]:
        for each in facts.values():
            if each.ambiguous and each.form in {"dmy", "mdy"} and not self.overrides.fixed(each.name):
                first = "day" if each.form == "dmy" else "month"
                hint = f"--types {each.name}=date:dmy or date:mdy"
                yield Notice("ambiguous", f"day and month cannot be told apart, read {first} first", each.name, hint)

    def _leaks(self) -> Iterator[Notice]:
        for name, association in self.associations.columns.items():
            if self.target and (why := association.verdict(self.columns[name], self.columns[self.target])):
                yield Notice("leakage", f"gives the target {self.target} away: {why}", name, "leave it out of features")


def _countable(kind: pa.DataType) -> bool:
    return bool(pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind))
