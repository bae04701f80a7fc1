"""The plain backends by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from mdm.storage.store import Storage

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig

_BACKENDS: Final = {
    "sqlite": "PlainSqliteBackend",
    "duckdb": "PlainDuckdbBackend",
    "postgresql": "PlainPostgresqlBackend",
}


def open_plain_storage(config: MDMConfig, backend: str) -> Storage:
    """Return the storage of *backend*, written and read the plain way; nothing is touched yet."""
    kind = getattr(import_module(f"mdm.reference.{backend}"), _BACKENDS[backend])
    return Storage(kind(config), config.performance)
