"""Queries that people write: what it means that one is refused."""

from __future__ import annotations

from mdm.errors import DatasetError, Problem


def not_a_query(reason: str = "it does not only read") -> DatasetError:
    """Return the error for a text that is not one query on the tables of a dataset."""
    hint = "write one SELECT statement; the table is data, and 'mdm dataset info' shows its columns"
    return DatasetError(Problem(f"the query is refused: {reason}", hint=hint))
