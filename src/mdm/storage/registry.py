"""The backends by name. What a backend needs is imported when it is opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from mdm.errors import DatasetError, Problem, StorageError

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig
    from mdm.storage.store import Storage

BACKENDS: Final = {
    "sqlite": ("SqliteBackend", "data"),
    "duckdb": ("DuckdbBackend", "data"),
    "postgresql": ("PostgresqlBackend", "postgresql"),
}
"""For each module of this package that is a backend: its class, and the extra that brings what it needs."""


def open_storage(config: MDMConfig, backend: str | None = None) -> Storage:
    """Return the storage of *backend* (none: ``database.default_backend``); no file or server is touched yet.

    Raises StorageError, naming the extra to install, where a package is missing.
    """
    name = backend or config.database.default_backend
    if name not in BACKENDS:
        raise DatasetError(Problem(f"Invalid backend: {name}", hint=f"choose one of {', '.join(BACKENDS)}"))
    kind, extra = BACKENDS[name]
    try:
        from mdm.storage.store import Storage

        return Storage(getattr(import_module(f"mdm.storage.{name}"), kind)(config), config.performance)
    except ModuleNotFoundError as error:
        missing = str(error.name).partition(".")[0]
        if missing == "mdm":
            raise
        hint = f"pip install 'ml-data-manager[{extra}]'"
        raise StorageError(Problem(f"the backend {name} needs the package {missing}", hint=hint)) from None
