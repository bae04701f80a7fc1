"""Values as numbers of 64 bits, by which different ones are told apart."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


class Hashes:
    """The hashes of the values of a *batch*, column by column; gaps have one too."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        import polars as pl

        self._found = cast("pl.DataFrame", pl.from_arrow(batch)).select(pl.all().hash())

    def __getitem__(self, name: str) -> pa.Array:
        """Return the hashes of a column."""
        return self._arrays[name]

    def again(self, name: str) -> pa.Array:
        """Return the hashes of the hashes of a column."""
        return self._found[name].hash(1).to_arrow()

    @cached_property
    def _arrays(self) -> dict[str, pa.Array]:
        return {series.name: series.to_arrow() for series in self._found}
