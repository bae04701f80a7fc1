"""Which dataset lies in which backend."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from mdm.errors import DatasetError, Problem
from mdm.storage.files import DatasetFiles
from mdm.storage.names import check_dataset_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdm.config.models import MDMConfig
    from mdm.storage.store import Storage

_FILES: Final = ("sqlite", "duckdb")
_SERVER: Final = "postgresql"


class Catalog:
    """All datasets that *config* leads to: files of either kind first, then those of a server; *opener* opens them.

    The server is asked only where it is the default backend, or is named: a command on a file waits for no network.
    """

    def __init__(self, config: MDMConfig, opener: Callable[[MDMConfig, str], Storage]) -> None:
        self._config = config
        self._opener = opener
        self._open: dict[str, Storage] = {}

    def storage(self, backend: str | None = None) -> Storage:
        """Return the storage of *backend*; none: the default one. It stays open until this is closed."""
        name = backend or self._config.database.default_backend
        if name not in self._open:
            self._open[name] = self._opener(self._config, name)
        return self._open[name]

    def storages(self, backend: str | None = None) -> Iterator[Storage]:
        """Yield the storages in which a dataset is looked for, in that order; *backend* names the only one."""
        yield from map(self.storage, self._backends(backend))

    def holder(self, name: str, backend: str | None = None) -> Storage | None:
        """Return the first storage that has a dataset of this name; raises DatasetError where it cannot be a name."""
        check_dataset_name(name)
        places = (self.storage(each) for each in self._backends(backend) if self._may_hold(each, name))
        return next((storage for storage in places if name in storage.names()), None)

    def find(self, name: str, backend: str | None = None) -> Storage:
        """Return the storage that has this dataset; raises DatasetError, with the nearest name, where none has."""
        if (storage := self.holder(name, backend)) is not None:
            return storage
        names = [known for storage in self.storages(backend) for known in storage.names()]
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]}?" if close else "'mdm dataset list' shows which there are"
        raise DatasetError(Problem(f"there is no dataset {name!r}", hint=hint))

    def _backends(self, backend: str | None) -> list[str]:
        if backend:
            return [backend]
        default = self._config.database.default_backend
        return [*_FILES, *([default] if default == _SERVER else [])]

    def _may_hold(self, backend: str, name: str) -> bool:
        """Say whether to ask *backend*: where no file has the name, there is no need to load its driver."""
        return backend not in _FILES or name in DatasetFiles(self._config.paths.datasets_path, f".{backend}", 0).names()

    def close(self) -> None:
        """Give up connections."""
        for storage in self._open.values():
            storage.close()
        self._open.clear()
