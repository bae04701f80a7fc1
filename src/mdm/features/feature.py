"""What was fitted: features that can be computed of any row, and columns that give none. All of it is plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal, TypeAlias

from pydantic import TypeAdapter, ValidationError

from mdm.errors import Problem, StorageError

Family: TypeAlias = Literal["numeric", "categorical", "datetime", "text", "custom"]

FAMILIES: Final[tuple[Family, ...]] = ("numeric", "categorical", "datetime", "text", "custom")
"""In the order in which their features stand in the table."""

FORMAT: Final = 2
"""Of what is kept; another one is fitted anew."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the feature table: what its *family* makes of *column*, by what was fitted (*values*).

    *kind* is the family's own word for the computation, `mdm.features.numeric` for example tells them.
    """

    name: str
    family: Family
    column: str
    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column, or a part of it, of which no feature is made, and why."""

    column: str
    family: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """Everything that is needed to compute the same features again.

    *rows* are those of the table when it was fitted: the features of a target encoding differ for rows added later.
    *trained* of them are of the training part. *families* are those that were asked for, *columns* the inputs with
    their Arrow types. Who keeps it says what it depends on (*basis*: a digest of each thing), and of which *revision*
    of the data the table of features was made, and when it was *fitted*.
    """

    features: tuple[Feature, ...]
    left_out: tuple[LeftOut, ...]
    families: tuple[Family, ...]
    columns: Mapping[str, str]
    rows: int
    trained: int
    engine: str
    basis: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    fitted: str = ""
    format: int = FORMAT

    def as_dict(self) -> dict[str, Any]:
        """Return everything as mappings and lists that JSON knows; `fit_of_dict` reads them."""
        kept: dict[str, Any] = _adapter().dump_python(self, mode="json")
        return kept


def fit_of_dict(kept: Any, where: str) -> Fit | None:
    """Return what `Fit.as_dict` gave; none for one of another format, StorageError for what is none at all."""
    if isinstance(kept, dict) and kept.get("format") != FORMAT:
        return None
    try:
        return _adapter().validate_python(kept)
    except ValidationError:
        hint = "make the features again with --refit"
        raise StorageError(Problem("what is kept of the features cannot be read", where, hint)) from None


@cache
def _adapter() -> TypeAdapter[Fit]:
    return TypeAdapter(Fit)
