"""Calls the functions of custom features on batches."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from mdm.config.layers import shown_path
from mdm.errors import Problem
from mdm.features.custom.scripts import find_scripts
from mdm.features.custom.working import CustomError, Workers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from mdm.features.feature import Feature


class Caller:
    """The functions of *features* in the files of *folder*, which have to be those that were fitted."""

    def __init__(self, features: Sequence[Feature], folder: Path) -> None:
        self._workers = Workers()
        self._calls: list[tuple[Path, str, list[str]]] = []
        found = {script.path.name: script for script in find_scripts(folder)[0]} if features else {}
        for (name, function), group in groupby(features, lambda each: (each.values["file"], each.column)):
            outputs = list(group)
            script = found.get(name)
            if script is None or script.digest != outputs[0].values["digest"]:
                what = "is not there any more" if script is None else "has changed"
                problem = Problem(f"{what} since it was fitted", shown_path(folder / name), "fit anew with --refit")
                raise CustomError(problem, folder / name, function)
            self._calls.append((script.path, function, [each.values["output"] for each in outputs]))

    def columns(self, rows: pa.RecordBatch) -> list[pa.Array]:
        """Return the features of *rows*, in their order; raises CustomError."""
        arrays: list[Any] = []
        for path, function, outputs in self._calls:
            made = self._workers.call(path, function, rows)
            if made.schema.names != outputs:
                message = f"{function} returns {', '.join(made.schema.names)}, and before {', '.join(outputs)}"
                raise CustomError(Problem(message, shown_path(path), "return the same of all rows"), path, function)
            arrays += made.columns
        return arrays

    def close(self) -> None:
        """End the processes."""
        self._workers.close()
