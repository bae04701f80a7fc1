"""What a backend has to do. Everything else, `Storage` does for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Stored:
    """How values of an Arrow type are stored: the *sql* type of the column, and the Arrow type that goes in and out."""

    sql: str
    arrow: pa.DataType


class Session(Protocol):
    """One transaction on the database of one dataset. Batches are in the stored types of their columns."""

    def load(self) -> str:
        """Return the description of the dataset; in a changing session, nobody else changes it from here on."""

    def save(self, document: str) -> None:
        """Put *document* in place of the description."""

    def create_table(self, table: str, columns: Sequence[tuple[str, str]]) -> None:
        """Create an empty table of columns with these names and SQL types."""

    def drop_table(self, table: str) -> None:
        """Remove a table with its rows."""

    def insert(self, table: str, batches: Iterable[pa.RecordBatch], start: int) -> None:
        """Add rows, batch by batch, to a table that has *start* rows so far."""

    def widen(self, table: str, other: str, columns: Sequence[str], added: Mapping[str, str]) -> None:
        """Give a table the columns *added*, with their SQL types, of the rows of *other*, one by one; *other* goes.

        *columns* are all that the table has then; what is among *added* and was there before is replaced.
        """

    def read(self, table: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
        """Yield the columns of *schema*, in the order in which rows were added, about *rows* at a time."""

    def query(self, sql: str, rows: int) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
        """Return the result of one query that reads."""


class Backend(Protocol):
    """A kind of database in which datasets are kept, each with its description, in one transaction."""

    @property
    def name(self) -> str:
        """The value of ``database.default_backend`` that chooses it."""

    @property
    def most_columns(self) -> int:
        """How many columns a table can have."""

    @property
    def longest_name(self) -> int:
        """How many bytes of UTF-8 the name of a column can have."""

    def stored(self, arrow: pa.DataType) -> Stored:
        """Return how values of *arrow*, one of `types.check_type`, are stored."""

    def names(self) -> list[str]:
        """Return the names of all datasets, sorted."""

    def where(self, name: str) -> str:
        """Return the place of a dataset, for messages: a file, or an address without password."""

    def new(self, name: str) -> AbstractContextManager[Session]:
        """Make a dataset: it is there when the block has ended, and not at all when the block raises or is killed.

        Raises DatasetError where there is one of this name, or of one that differs in case only.
        """

    def change(self, name: str) -> AbstractContextManager[Session]:
        """Change a dataset: all that the block does, or nothing. Raises DatasetError where there is none."""

    def look(self, name: str) -> AbstractContextManager[Session]:
        """Read a dataset as it is at one moment, and change nothing. Raises DatasetError where there is none."""

    def size(self, name: str) -> int:
        """Return the bytes that a dataset takes on disk."""

    def drop(self, name: str) -> None:
        """Remove a dataset; raises DatasetError where there is none."""

    def close(self) -> None:
        """Give up connections that are kept."""
