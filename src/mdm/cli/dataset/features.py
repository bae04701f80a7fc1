"""Making features of a dataset, and what is shown of them."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mdm.cli.config.findings import count
from mdm.cli.dataset.parameters import InBackend, Name, client_of
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json
from mdm.cli.render import table
from mdm.cli.reporting import warn

if TYPE_CHECKING:
    from mdm.features.making import Made

_MOST_SHOWN = 3


def features(
    ctx: typer.Context,
    name: Name,
    families: Annotated[
        str | None,
        typer.Option(
            "--families", metavar="LIST", help="Of numeric,categorical,datetime,text,custom; or the settings'."
        ),
    ] = None,
    engine: Annotated[
        Literal["polars", "duckdb", "pyspark"] | None,
        typer.Option(
            "--engine", help="What computes; polars, or duckdb for a table above performance.memory_limit_mb."
        ),
    ] = None,
    refit: Annotated[bool, typer.Option("--refit", help="Fit anew, whatever was fitted before.")] = False,
    backend: InBackend = None,
    as_json: Json = False,
) -> None:
    """Make a table of features beside the data: numbers to train a model on, a row for each row.

    They are fitted on the rows whose mdm_split is train, on all where there are no parts. The settings of the section
    features say which. Once fitted, they are computed in the same way of rows that are added, until --refit.

    \b
    Example:
      mdm dataset features titanic
      mdm dataset features titanic --families numeric,categorical --refit
      mdm dataset export titanic --table features --output features.parquet
    """
    chosen: Any = None if families is None else [each.strip() for each in families.split(",") if each.strip()]
    with client_of(ctx) as client:
        made = client.make_features(name, chosen, engine, refit=refit, backend=backend)
    for each in made.fit.left_out:
        if each.family == "custom":
            warn(f"{each.column}: left out", each.reason)
    out_json(_json(made)) if as_json else print_made(made)


def print_made(made: "Made") -> None:
    """Print how many features each family gives, and what was left out."""
    fit = made.fit
    fitted = f"fitted on {count(fit.trained, 'row')} by {fit.engine}"
    out(f"{made.name}: {count(len(fit.features), 'feature')} of {count(made.rows, 'row')}, {fitted}")
    if made.reused:
        out("they were made before, of the same data and settings; --refit makes them anew")
    out()
    rows = [(family, str(len(columns)), str(len(names)), _some(names)) for family, columns, names in _groups(made)]
    table(["family", "columns", "features", "for example"], rows)
    if fit.left_out:
        out()
        table(["left out", "family", "why"], [(each.column, each.family, each.reason) for each in fit.left_out])


def _groups(made: "Made") -> list[tuple[str, list[str], list[str]]]:
    groups: list[tuple[str, list[str], list[str]]] = []
    for family in made.fit.families:
        of_it = [feature for feature in made.fit.features if feature.family == family]
        columns = list(dict.fromkeys(feature.column for feature in of_it))
        groups.append((family, columns, [feature.name for feature in of_it]))
    return groups


def _some(names: list[str]) -> str:
    return ", ".join(names[:_MOST_SHOWN]) + (" ..." if len(names) > _MOST_SHOWN else "")


def _json(made: "Made") -> dict[str, Any]:
    fit = made.fit
    return {
        "name": made.name,
        "engine": fit.engine,
        "rows": made.rows,
        "fitted_rows": fit.trained,
        "reused": made.reused,
        "families": {family: {"columns": columns, "features": names} for family, columns, names in _groups(made)},
        "left_out": [{"column": each.column, "family": each.family, "reason": each.reason} for each in fit.left_out],
    }
