"""What MDM does with a dataset, as work for a process of its own: the dataset ``bench`` in a home.

*limit* is ``performance.memory_limit_mb``, *database* the section of that name, where it is not the usual one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdm.client import Client
    from mdm.features.feature import Family

NAME = "bench"
USUAL = 1024


def register(csv: str, home: str, backend: str, database: dict[str, Any] | None = None, limit: int = USUAL) -> None:
    with client(home, limit, database) as one:
        one.register(NAME, csv, backend=backend, force=True)


def stats(home: str, limit: int = USUAL) -> None:
    with client(home, limit) as one:
        one.stats(NAME)


def features(home: str, limit: int, families: Sequence[Family], engine: str | None = None) -> None:
    with client(home, limit) as one:
        one.make_features(NAME, families, engine, refit=True)


def export(
    home: str, out: str, limit: int = USUAL, backend: str | None = None, database: dict[str, Any] | None = None
) -> None:
    with client(home, limit, database) as one:
        one.export(NAME, out, metadata=False, backend=backend)


def client(home: str, limit: int, database: dict[str, Any] | None = None) -> Client:
    from mdm.client import Client
    from mdm.config.models import MDMConfig

    performance = {"cache_enabled": False, "memory_limit_mb": limit}
    return Client(MDMConfig(paths={"home": home}, database=database or {}, performance=performance))
