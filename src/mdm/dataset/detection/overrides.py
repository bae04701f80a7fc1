"""What the user knows better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, cast, get_args

import pyarrow as pa

from mdm.dataset.detection.kinds import Kind
from mdm.dataset.detection.target import ProblemType
from mdm.errors import Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIXED: Final = {
    "integer": ("whole", pa.int64()),
    "float": ("float", pa.float64()),
    "boolean": ("boolean", pa.bool_()),
    "text": ("text", pa.string()),
    **{f"date:{order}": (order, pa.date32()) for order in ("ymd", "dmy", "mdy")},
    **{f"datetime:{order}": (order, pa.timestamp("us")) for order in ("ymd", "dmy", "mdy")},
}
TYPES: Final = (*_FIXED, "date", "datetime", "category", "identifier")
"""What a column can be said to be; ``date:dmy`` also says that the day comes first."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is not to be detected. *types* are by column, each of :data:`TYPES`; a target of ``""`` means none."""

    types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    target: str | None = None
    problem_type: ProblemType | None = None
    id_columns: tuple[str, ...] | None = None

    def check(self, names: Sequence[str]) -> None:
        """Raise UsageError for columns that are not there, and for types and problems that are none."""
        said = [*self.types, *(self.id_columns or ()), *([self.target] if self.target else [])]
        problems = [_unknown("column", name, names) for name in dict.fromkeys(said) if name not in names]
        problems += [_unknown("type", each, TYPES) for each in self.types.values() if each not in TYPES]
        if self.problem_type is not None and self.problem_type not in (known := get_args(ProblemType)):
            problems.append(_unknown("kind of problem", self.problem_type, known))
        if problems:
            raise UsageError(*problems)

    def fixed(self, name: str) -> tuple[str, pa.DataType] | None:
        """Return format and type of a column, where what is said of it settles them."""
        return _FIXED.get(self.types.get(name, ""))

    def kind(self, name: str) -> Kind | None:
        """Return the kind that a column is said to have, if any."""
        said = self.types.get(name)
        return cast("Kind", said.split(":")[0]) if said else None


def _unknown(what: str, name: str, known: Sequence[str]) -> Problem:
    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known[:20])}"
    return Problem(f"unknown {what} {name}", hint=hint)
