"""What computes: Polars, DuckDB where a table is larger than the memory, Spark where it is larger than the machine."""

from __future__ import annotations
