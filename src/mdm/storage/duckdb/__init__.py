"""DuckDB: one file a dataset. It has a type for nearly all that Arrow has.

One process may write to a file, or several may read it; who comes late waits ``database.connection_timeout``.
"""

from mdm.storage.duckdb.backend import DuckdbBackend

__all__ = ["DuckdbBackend"]
