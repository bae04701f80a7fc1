"""What was detected: values that can be shown, kept as JSON, and used to read more rows of the kind."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from mdm.config.layers import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mdm.dataset.detection.kinds import Kind
    from mdm.dataset.detection.target import ProblemType

_TYPES = {
    str(each): each
    for each in (
        *(pa.bool_(), pa.int64(), pa.float64(), pa.string(), pa.date32()),
        *(pa.timestamp("us"), pa.timestamp("us", "UTC")),
    )
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. *type* is the Arrow type as text, *format* how text was read to get it.

    *distinct* counts different values; it is an estimate (to some percent) unless *exact*.
    """

    name: str
    kind: Kind
    type: str
    format: str
    missing: int
    distinct: int
    exact: bool

    @property
    def arrow_type(self) -> pa.DataType:
        """The type of the values."""
        return _TYPES[self.type]


@dataclass(frozen=True, slots=True)
class Detection:
    """What a table holds; *notices* say what to look at, such as a column that gives the target away."""

    rows: int
    columns: tuple[Column, ...]
    target: str | None
    problem_type: ProblemType
    id_columns: tuple[str, ...]
    notices: tuple[Notice, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The schema of the batches that are read by this detection."""
        return pa.schema([(each.name, each.arrow_type) for each in self.columns])

    def column(self, name: str) -> Column:
        """Return a column; KeyError where there is none of that name."""
        for each in self.columns:
            if each.name == name:
                return each
        raise KeyError(name)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as mappings and lists that JSON knows."""
        plain = asdict(self)
        return plain | {name: list(plain[name]) for name in ("columns", "id_columns", "notices")}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """Return what :meth:`as_dict` gave."""
        return cls(
            **{
                **kept,
                "columns": tuple(Column(**each) for each in kept["columns"]),
                "id_columns": tuple(kept["id_columns"]),
                "notices": tuple(Notice(**each) for each in kept["notices"]),
            }
        )
