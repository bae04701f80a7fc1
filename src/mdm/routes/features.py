"""Features, with both of their implementations: the name of the dataset says which one is for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from mdm.errors import MdmError
from mdm.features.computing import by_engine
from mdm.features.fitting import Work
from mdm.features.making import Made, make, table_of
from mdm.features.new_rows import transform
from mdm.features.wish import families_of
from mdm.reference.features import make_plainly, plainly, transform_plainly
from mdm.routes.standing import Standing
from mdm.routes.storage import SAMPLE, SAMPLE_OF_LOOKS
from mdm.testing.routing import Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdm.config.models import MDMConfig
    from mdm.features.computing import Opener
    from mdm.features.feature import Fit
    from mdm.features.table import Table
    from mdm.features.wish import Wish
    from mdm.storage.store import Storage

FLAG: Final = "use_new_features"

_FIRST_ROWS: Final = 1000
_CLOSE: Final = 1e-9


class FeatureMaker:
    """Makes features in a program whose configuration is *config*.

    An engine that is named does the work itself, whatever the flags say, and nobody stands in for it.
    """

    def __init__(self, config: MDMConfig) -> None:
        self._config = config
        standing = Standing(config)
        self._make: Route[[Storage, str, Wish], Made] = Route(
            FLAG,
            lambda storage, name, wish: make_plainly(storage, name, config, wish),
            lambda storage, name, wish: make(storage, name, config, wish),
            name="features.make",
            subject=lambda storage, name, wish: name,  # noqa: ARG005 (it is called as they are)
            sample=SAMPLE,
            probes=(self._glance(plainly), self._glance(by_engine)),
            flags=standing,
        )
        self._transform: Route[[str, Fit, pa.Table], pa.Table] = Route(
            FLAG,
            lambda _, fitted, rows: transform_plainly(fitted, rows, config),
            lambda _, fitted, rows: transform(fitted, rows, config),
            name="features.transform",
            subject=lambda name, fitted, rows: name,  # noqa: ARG005
            sample=SAMPLE_OF_LOOKS,
            probes=(
                lambda _, fitted, rows: _columns(transform_plainly(fitted, rows[:_FIRST_ROWS], config)),
                lambda _, fitted, rows: _columns(transform(fitted, rows[:_FIRST_ROWS], config)),
            ),
            flags=standing,
        )

    def make(self, storage: Storage, name: str, wish: Wish) -> Made:
        """Make the feature table of a dataset; see `mdm.features.making.make`."""
        return make(storage, name, self._config, wish) if wish.engine else self._make(storage, name, wish)

    def transform(self, name: str, fitted: Fit, rows: pa.Table) -> pa.Table:
        """Return the features of *rows*, by what was fitted on a dataset; see `mdm.features.new_rows.transform`."""
        return self._transform(name, fitted, rows)

    def _glance(self, opener: Opener) -> Any:
        def seen(storage: Storage, name: str, wish: Wish) -> dict[str, Any]:
            return glance(_first_rows(table_of(storage, storage.info(name))), self._config, wish, opener)

        return seen


def glance(table: Table, config: MDMConfig, wish: Wish, opener: Opener) -> dict[str, Any]:
    """Return the features that *opener* gives of a table, but for the user's own functions; or why there are none."""
    families = [family for family in families_of(wish, config) if family != "custom"]
    try:
        with opener(Work(table, families, config), "polars", Path()) as computer:
            fitted = computer.fit()
            made = pa.Table.from_batches(computer.computed(fitted))
    except MdmError as error:
        return {"refused": str(error)}
    return {"features": _columns(made), "left out": fitted.left_out}


@dataclass(frozen=True, eq=False)
class _Numbers:
    """A column; sums in another order differ in their last digits."""

    values: pa.ChunkedArray

    def equals(self, other: _Numbers) -> bool:
        mine, theirs = (each.values.to_numpy().astype(float) for each in (self, other))
        same = self.values.type == other.values.type and len(mine) == len(theirs)
        return same and np.allclose(mine, theirs, rtol=_CLOSE, atol=_CLOSE, equal_nan=True)


def _columns(table: pa.Table) -> dict[str, Any]:
    return {
        "names": table.schema.names,
        **{name: _Numbers(column) for name, column in zip(table.schema.names, table.columns, strict=True)},
    }


def _first_rows(table: Table) -> Table:
    """Return the first rows of *table* as a table of their own."""
    first = next(table.read(table.schema.names, _FIRST_ROWS), None)

    def read(columns: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        if first is not None:
            yield from (first.select(columns)[start : start + rows] for start in range(0, len(first), rows))

    return replace(table, rows=0 if first is None else len(first), read=read)
