"""Names of datasets, tables and columns: which are taken, and how they are written in SQL."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from mdm.errors import DatasetError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mdm.storage.backend import Backend

_DATASET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
_TABLE: Final = re.compile(r"(?!mdm_|sqlite_)[a-z][a-z0-9_]{0,62}")
_MOST_SHOWN: Final = 5


def check_dataset_name(name: str) -> None:
    """Raise DatasetError unless *name* is fit for a file and for a schema of PostgreSQL."""
    if not _DATASET.fullmatch(name):
        hint = "1 to 63 letters, digits, dots, hyphens and underscores, starting with a letter or digit"
        raise DatasetError(Problem(f"{name!r} is not a name for a dataset", hint=hint))


def check_table_name(name: str) -> None:
    """Raise DatasetError unless *name* is fit for a table; ``mdm_`` is for the tables of the storage itself."""
    if not _TABLE.fullmatch(name):
        hint = "1 to 63 lower-case letters, digits and underscores, starting with a letter, not with mdm_ or sqlite_"
        raise DatasetError(Problem(f"{name!r} is not a name for a table", hint=hint))


def check_columns(names: Sequence[str], backend: Backend) -> None:
    """Raise DatasetError, with every problem, unless a table of *backend* can have columns of these names.

    Two that differ in case only are one name to SQLite and DuckDB, so they are refused everywhere.
    """
    most, longest = backend.most_columns, backend.longest_name
    problems = [_problem(name, place) for place, name in enumerate(names, 1) if not name or "\0" in name]
    if twice := [name for name, count in Counter(name.lower() for name in names).items() if count > 1]:
        hint = "names have to differ in more than case; rename columns in the source"
        problems.append(Problem(f"columns of the same name: {_shown(twice)}", hint=hint))
    if not names:
        problems.append(Problem("a table without columns cannot be stored"))
    if len(names) > most:
        hint = "use another backend, or fewer columns"
        problems.append(Problem(f"{len(names)} columns: {backend.name} takes at most {most}", hint=hint))
    if long := [name for name in names if len(name.encode()) > longest]:
        message = f"names of columns that are longer than {longest} bytes, the limit of {backend.name}: {_shown(long)}"
        problems.append(Problem(message, hint="use another backend, or shorter names"))
    if problems:
        raise DatasetError(*problems)


def quoted(name: str) -> str:
    """Return *name* as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def listed(names: Iterable[str]) -> str:
    """Return *names* as a list of identifiers of SQL."""
    return ", ".join(map(quoted, names))


def _problem(name: str, place: int) -> Problem:
    message = f"the name of column {place} {'holds a NUL character' if name else 'is empty'}"
    return Problem(message, hint="name it in the source")


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_MOST_SHOWN]))
    return shown if len(names) <= _MOST_SHOWN else f"{shown} and {len(names) - _MOST_SHOWN} more"
