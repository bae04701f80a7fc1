"""Datasets: reading files as streams of Arrow record batches, and detecting what is in them (extra ``data``)."""

from __future__ import annotations

from mdm.errors import Problem
from mdm.integrations.extras import MissingExtraError

try:
    import polars as pl  # noqa: F401
    import pyarrow as pa  # noqa: F401
except ImportError as error:
    hint = "pip install 'ml-data-manager[data]'"
    raise MissingExtraError(Problem(f"the package {error.name} is not installed", "mdm.dataset", hint)) from None
