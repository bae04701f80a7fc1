"""PostgreSQL: one schema a dataset in the configured database, and a catalog, ``mdm.datasets``, that a team shares.

Loaded by binary COPY, read as CSV that the server writes. Only what every PostgreSQL has is used.
"""

from mdm.storage.postgresql.backend import PostgresqlBackend

__all__ = ["PostgresqlBackend"]
