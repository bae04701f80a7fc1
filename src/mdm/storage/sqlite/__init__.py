"""SQLite: one file a dataset, loaded and read through ADBC.

Integers, booleans and durations are integers; floats have no declared type, since REAL turns -0.0 into 0; everything
that SQLite has no type for is text: dates and times in ISO 8601, instants in UTC, decimals with all their digits.
SQLite knows no NaN: it is NULL to a query, and ``mdm_nan`` remembers where it was.
"""

from mdm.storage.sqlite.backend import SqliteBackend

__all__ = ["SqliteBackend"]
