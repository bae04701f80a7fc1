"""The rows of ``table.yaml``: what is put where, what is run, and what has to come of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
TABLE = FOLDER / "table.yaml"
CASES = FOLDER / "cases"


@dataclass(frozen=True)
class Case:
    """One row; the words are explained at the head of the table."""

    name: str
    code: int
    put: str = "mdm.yaml"
    file: str = ""
    make: dict[str, Any] = field(default_factory=dict)
    also: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    run: str = "config validate"
    text: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    backup: str = ""
    terminal: bool = False
    writes: bool = False

    @property
    def content(self) -> Path | None:
        """The file that is put in place; none where it is made by a recipe, or there is none."""
        if not self.put or self.make:
            return None
        return next(iter([CASES / self.file] if self.file else sorted(CASES.glob(f"{self.name}.*"))))


@cache
def cases() -> tuple[Case, ...]:
    """Return all rows."""
    return tuple(_case(row) for row in yaml.load(TABLE.read_bytes(), yaml.CSafeLoader))


def _case(row: dict[str, Any]) -> Case:
    text = row.pop("text", ())
    return Case(**row, text=(text,) if isinstance(text, str) else tuple(text))
