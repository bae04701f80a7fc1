"""The backends: whether the default one, and the ones that were asked for, can be used."""

from __future__ import annotations

from collections.abc import Iterator

from mdm.app import Application
from mdm.cli.config.findings import count
from mdm.cli.doctor.finding import Check, Finding
from mdm.errors import InvalidConfigError, StorageError

_TIMEOUT = 5
"""Seconds to wait for a server, whatever the configuration allows for work."""


def backends(asked: str | None) -> Check:
    """Return the check of the default backend, and of the one that is *asked* for."""

    def check(app: Application) -> Iterator[Finding]:
        try:
            config = app.load().config
        except InvalidConfigError:
            return  # told elsewhere
        config.database.connection_timeout = min(config.database.connection_timeout, _TIMEOUT)
        for name in dict.fromkeys([config.database.default_backend, asked or config.database.default_backend]):
            from mdm.storage.registry import open_storage

            try:
                storage = open_storage(config, name)
                try:
                    datasets = count(len(storage.names()), "dataset")
                finally:
                    storage.close()
                yield Finding("backend", "ok", f"{name}: can be used; {datasets}")
            except StorageError as error:
                for problem in error.problems:
                    yield Finding("backend", "error", f"{name}: {problem}", problem.hint)

    return check
