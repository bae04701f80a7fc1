"""Statements: what transactions on files have in common, and the log of what ``database.echo_sql`` asks for."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from mdm.core.log import log
from mdm.storage.names import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

T = TypeVar("T")

SLOW: Final = 5.0
"""Seconds after which a statement is told of, whether statements are logged or not."""


@dataclass(frozen=True, slots=True)
class Echo:
    """Logs each statement at DEBUG with its duration, where *enabled*. Parameters and rows are never part of it."""

    enabled: bool

    @contextmanager
    def __call__(self, sql: str) -> Iterator[None]:
        """Log *sql* when the block ends, in whatever way."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._tell(sql, time.perf_counter() - begun)

    def over(self, sql: str, found: Iterable[T]) -> Iterator[T]:
        """Yield what *sql* has *found*, and log it at the end; what the reader does meanwhile does not count."""
        seconds, rest = 0.0, iter(found)
        try:
            while True:
                begun = time.perf_counter()
                try:
                    item = next(rest)
                except StopIteration:
                    return
                finally:
                    seconds += time.perf_counter() - begun
                yield item
        finally:
            self._tell(sql, seconds)

    def _tell(self, sql: str, seconds: float) -> None:
        if self.enabled:
            log("DEBUG", "{ms} ms: {sql}", ms=round(1000 * seconds, 1), sql=sql.strip())
        if seconds >= SLOW:
            first = sql.split(maxsplit=1)[0]
            message = "a statement took {seconds} s: {sql} ... (database.echo_sql shows all of it)"
            log("INFO", message, seconds=round(seconds, 1), sql=first)


class FileSession(ABC):
    """What one transaction does alike whichever database the file is of."""

    @abstractmethod
    def execute(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Execute one statement, and return its rows."""

    def load(self) -> str:
        """Return the description."""
        return str(self.execute("SELECT document FROM mdm_dataset")[0][0])

    def save(self, document: str) -> None:
        """Replace the description."""
        self.execute("UPDATE mdm_dataset SET document = ?", document)

    def create_table(self, table: str, columns: Sequence[tuple[str, str]]) -> None:
        """Create a table."""
        self.execute(f"CREATE TABLE {quoted(table)} ({', '.join(f'{quoted(name)} {sql}' for name, sql in columns)})")

    def drop_table(self, table: str) -> None:
        """Remove a table."""
        self.execute(f"DROP TABLE {quoted(table)}")
