"""The storage of a backend, with both of its implementations: the name of a dataset says which one is for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa

from mdm.errors import Problem, StorageError
from mdm.routes.rewinding import Rewinding
from mdm.routes.standing import Standing
from mdm.storage import registry
from mdm.storage.info import DATA, DatasetInfo
from mdm.storage.store import Storage
from mdm.testing.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mdm.config.models import MDMConfig
    from mdm.storage.change import Change, Edit
    from mdm.storage.info import Table

T = TypeVar("T")

FLAG: Final = "use_new_backend"
SAMPLE: Final = 0.1
"""Share of the calls that change something after which both implementations are compared."""

SAMPLE_OF_LOOKS: Final = 0.01
"""The share of the others."""

_FIRST_ROWS: Final = 100


def open_storage(config: MDMConfig, backend: str) -> Storage:
    """Return the storage of *backend*, routed; no file or server is touched yet. Errors as for the registry's."""
    return RoutedStorage(config, registry.open_storage(config, backend))


class RoutedStorage(Storage):
    """The datasets of one backend: both implementations read and write the same files and schemas.

    Where *fast* fails and the flags allow it, the plain implementation does the work anew: what *fast* began is undone
    by its transaction, and what it has taken of a stream is given again. A stream that is read falls back until its
    first batch is there. Names, sizes, removing and queries are the database's own: there is one way only.
    """

    def __init__(self, config: MDMConfig, fast: Storage) -> None:
        super().__init__(fast.backend, config.performance)
        self._config = config
        self._fast = fast
        self._plain: Storage | None = None
        self._standing = Standing(config)
        self._routes: dict[str, Route[..., Any]] = {}

    def close(self) -> None:
        """Give up connections."""
        for storage in (self._fast, self._plain):
            if storage is not None:
                storage.close()

    def info(self, name: str) -> DatasetInfo:
        """Return what is known of a dataset."""
        return self._do("info", name, lambda storage: storage.info(name))

    def create(self, info: DatasetInfo, tables: Mapping[str, pa.RecordBatchReader], **options: Any) -> DatasetInfo:
        """Register a dataset with its tables; see `Storage.create`, also for the *options*."""
        return self._write("create", info.name, tables, lambda storage, given: storage.create(info, given, **options))

    def append(self, name: str, rows: pa.RecordBatchReader, table: str = DATA, edit: Edit | None = None) -> DatasetInfo:
        """Add rows to a table; see `Storage.append`. They are not added again where they may be in already."""
        seen: list[Table | None] = []

        def added(storage: Storage, given: Mapping[str, pa.RecordBatchReader]) -> DatasetInfo:
            if self._standing.get("auto_fallback"):
                seen.append(storage.info(name).table(table))
                if seen[0] != seen[-1]:
                    hint = f"see 'mdm dataset info {name}' before they are added again"
                    raise StorageError(Problem("the rows may have been added before the connection broke", name, hint))
            return storage.append(name, given[table], table, edit)

        return self._write("append", name, {table: rows}, added)

    def put(self, name: str, table: str, rows: pa.RecordBatchReader, edit: Edit | None = None) -> DatasetInfo:
        """Put a table beside the others of a dataset; see `Storage.put`."""
        return self._write(
            "put", name, {table: rows}, lambda storage, given: storage.put(name, table, given[table], edit)
        )

    def update(self, name: str, edit: Edit) -> DatasetInfo:
        """Change what is known of a dataset; see `Storage.update`."""
        return self._do("update", name, lambda storage: storage.update(name, edit))

    @contextmanager
    def change(self, name: str, done: str = "changed") -> Iterator[Change]:
        """Change a dataset in several steps, by the implementation that the flag picks; see `Storage.change`.

        It is not done anew where it fails: the steps are the caller's.
        """
        chosen = self._fast if self._standing.is_enabled(FLAG, name) else self._plain_storage()
        with chosen.change(name, done) as change:
            yield change

    def read(
        self, name: str, table: str = DATA, columns: Sequence[str] | None = None, rows: int | None = None
    ) -> pa.RecordBatchReader:
        """Stream a table; see `Storage.read`."""
        return self._do("read", name, lambda storage: _begun(storage.read(name, table, columns, rows)))

    def _write(
        self,
        verb: str,
        name: str,
        tables: Mapping[str, pa.RecordBatchReader],
        work: Callable[[Storage, Mapping[str, pa.RecordBatchReader]], DatasetInfo],
    ) -> DatasetInfo:
        with Rewinding(tables, self._config.paths.temp_path) as streams:
            falls_back = bool(self._standing.get("auto_fallback"))
            return self._do(
                verb, name, lambda storage: work(storage, streams.given(keep=falls_back and storage is self._fast))
            )

    def _do(self, verb: str, name: str, work: Callable[[Storage], T]) -> T:
        if verb not in self._routes:
            self._routes[verb] = self._route(verb)
        result: T = self._routes[verb](name, work)
        return result

    def _route(self, verb: str) -> Route[..., Any]:
        return Route(
            FLAG,
            lambda _, work: work(self._plain_storage()),
            lambda _, work: work(self._fast),
            name=f"backend.{verb}",
            subject=lambda name, _: name,
            sample=SAMPLE_OF_LOOKS if verb in {"info", "read"} else SAMPLE,
            probes=(
                lambda name, _: glance(self._plain_storage(), name),
                lambda name, _: glance(self._fast, name),
            ),
            flags=self._standing,
        )

    def _plain_storage(self) -> Storage:
        if self._plain is None:
            from mdm.reference.opening import open_plain_storage

            self._plain = open_plain_storage(self._config, self.backend.name)
        return self._plain


def glance(storage: Storage, name: str) -> dict[str, Any]:
    """Return what *storage* says of a dataset, and the first rows of each table."""
    info = storage.info(name)
    found: dict[str, Any] = {"info": info}
    for table in info.tables:
        batch = next(iter(storage.read(name, table.name, rows=_FIRST_ROWS)), None)
        found[table.name] = [] if batch is None else batch.to_pylist()
    return found


def _begun(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """Return *reader* with its first batch read: what goes wrong goes wrong now."""
    first = next(reader, None)
    return pa.RecordBatchReader.from_batches(reader.schema, chain([] if first is None else [first], reader))
