"""What is known of a dataset, as it is kept beside its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from mdm.errors import Problem, StorageError

DATA = "data"
"""The table of a dataset that has one table."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that data came from: where it lay, ``sha256:...`` of its bytes, and how many they were."""

    path: str
    checksum: str
    size: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its Arrow type as text, ``timestamp[us, tz=UTC]`` for example."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a dataset, and how many rows it has."""

    name: str
    columns: tuple[Column, ...]
    rows: int = 0


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A dataset: what the user says of it, what was detected, and what the storage keeps up to date itself.

    *tables* and *revision* are the storage's own: what a caller puts there is replaced. The *revision* is another one
    after each change of the rows, so that what was computed of them can be told from what is out of date. *kinds* says
    what columns mean (``categorical``, ``text``, ``identifier`` ...), *notes* holds JSON values that later steps want
    to find again.
    """

    name: str
    created: datetime
    backend: str = ""
    sources: tuple[Source, ...] = ()
    description: str = ""
    tags: tuple[str, ...] = ()
    target: str | None = None
    problem_type: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    revision: str = ""

    def table(self, name: str = DATA) -> Table | None:
        """Return the table of this name; none where there is none."""
        return next((table for table in self.tables if table.name == name), None)

    def with_table(self, table: Table) -> Self:
        """Return this with *table* in place of the one of its name, or as one more."""
        if self.table(table.name) is None:
            return replace(self, tables=(*self.tables, table))
        return replace(self, tables=tuple(table if one.name == table.name else one for one in self.tables))

    def to_json(self) -> str:
        """Return this as JSON; `info_of_json` reads it."""
        return _adapter().dump_json(self).decode()


def info_of_json(text: str, where: str) -> DatasetInfo:
    """Return what `DatasetInfo.to_json` wrote; raises StorageError, naming *where*, for anything else."""
    try:
        return _adapter().validate_json(text)
    except ValidationError as error:
        hint = "it was written by another program, or by a newer version of this one"
        message = f"the description of the dataset cannot be read: {error.errors()[0]['msg'].lower()}"
        raise StorageError(Problem(message, where, hint)) from None


@cache
def _adapter() -> TypeAdapter[DatasetInfo]:
    return TypeAdapter(DatasetInfo)
