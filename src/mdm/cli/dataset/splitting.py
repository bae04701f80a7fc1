"""Splitting datasets into parts."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mdm.cli.dataset.parameters import InBackend, Name, client_of
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json
from mdm.cli.render import table

if TYPE_CHECKING:
    from mdm.dataset.splitting import Split

_MOST_VALUES = 5  # of the target, in a table


def split(
    ctx: typer.Context,
    name: Name,
    test: Annotated[
        float | None, typer.Option("--test", metavar="SHARE", help="Of the rows; 0.2 where nothing is said.")
    ] = None,
    validation: Annotated[float | None, typer.Option("--validation", metavar="SHARE", help="Of the rows.")] = None,
    folds: Annotated[
        int | None, typer.Option("--folds", metavar="N", help="So many parts of the same size, fold1 to foldN.")
    ] = None,
    stratify: Annotated[
        str | None,
        typer.Option("--stratify", metavar="COLUMN", help="Each value has the same share in all parts."),
    ] = None,
    time: Annotated[
        str | None, typer.Option("--time", metavar="COLUMN", help="The latest rows become the test part.")
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", metavar="COLUMN", help="Rows of one value stay in one part.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another one gives another split.")] = 0,
    backend: InBackend = None,
    as_json: Json = False,
) -> None:
    """Split a dataset into parts, kept with it in the column mdm_split; the same data and seed give the same parts.

    Test rows that a competition came with stay what they are; the others are split.

    \b
    Example:
      mdm dataset split titanic --test 0.2 --validation 0.1 --stratify Survived
      mdm dataset split titanic --folds 5 --seed 7
      mdm dataset export titanic --part train
    """
    with client_of(ctx) as client:
        done = client.split(
            name,
            test=test,
            validation=validation,
            folds=folds,
            stratify=stratify,
            time=time,
            group=group,
            seed=seed,
            backend=backend,
        )
        target = client.info(name, backend).target
    if as_json:
        out_json({"name": name, **done.as_dict()})
        return
    out(f"{name}: {done.recipe}")
    out()
    print_parts(done, target)


def print_parts(done: "Split", target: str | None) -> None:
    """Print the parts, and what the target is like in each."""
    total = sum(part.rows for part in done.parts)
    values = list(dict.fromkeys(value for part in done.parts for value in part.shares))[:_MOST_VALUES]
    means = [f"mean {target}"] if any(part.mean is not None for part in done.parts) else []
    rows = [
        (
            part.name,
            str(part.rows),
            _percent(part.rows / total),
            *(_percent(part.shares.get(value)) for value in values),
            *(["" if part.mean is None else f"{part.mean:.5g}"] if means else []),
        )
        for part in done.parts
    ]
    table(("part", "rows", "share", *(f"{target}={value}" for value in values), *means), rows)


def _percent(share: float | Any) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
