"""Which custom features there are: tried on the first batch of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.config.layers import shown_path
from mdm.features.custom.scripts import find_scripts
from mdm.features.custom.working import CustomError, Workers
from mdm.features.feature import Feature, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from mdm.config.models import MDMConfig
    from mdm.features.custom.scripts import Script
    from mdm.features.table import Table


def fit(table: Table, config: MDMConfig) -> Iterator[Feature | LeftOut]:
    """Yield the features of the functions in the user's files, and what is wrong with the others."""
    scripts, refused = find_scripts(config.paths.custom_features_path)
    yield from refused
    if not scripts:
        return
    first = next(table.batches(table.inputs, config.performance.feature_batch_size), None)
    if first is None:
        return
    with Workers() as workers:
        for script in scripts:
            yield from _of_script(script, first, workers)


def failed(error: CustomError) -> LeftOut:
    """Return what is left out because of *error*."""
    [problem] = error.problems
    name = f"{error.path.name}: {error.function}" if error.function else error.path.name
    return LeftOut(name, "custom", str(problem))


def _of_script(script: Script, first: pa.RecordBatch, workers: Workers) -> Iterator[Feature | LeftOut]:
    try:
        functions = workers.functions(script.path)
    except CustomError as error:
        yield failed(error)
        return
    if not functions:
        yield LeftOut(script.path.name, "custom", f"{shown_path(script.path)}: has no public function")
    for function in functions:
        try:
            made = workers.call(script.path, function, first, trial=True)
        except CustomError as error:
            yield failed(error)
            continue
        for name in made.schema.names:
            values = {"file": script.path.name, "digest": script.digest, "output": name}
            yield Feature(f"{function}__{name}", "custom", function, "function", values)
