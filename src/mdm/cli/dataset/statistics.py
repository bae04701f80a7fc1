"""What the columns of a dataset are like, as tables or as a page."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mdm.cli.asking import agreed
from mdm.cli.dataset.cells import OTHERS, header, numbers, others
from mdm.cli.dataset.parameters import InBackend, Name, client_of
from mdm.cli.listing import output_format, print_rows
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json, Yes, application
from mdm.config.layers import shown_path
from mdm.core.files import write_atomic
from mdm.errors import FileError

if TYPE_CHECKING:
    from mdm.dataset.statistics import ColumnStatistics

_BLOCKS = " ▁▂▃▄▅▆▇█"


def stats(
    ctx: typer.Context,
    name: Name,
    columns: Annotated[
        list[str] | None, typer.Option("--column", metavar="COLUMN", help="This column alone; repeatable.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write them as one page with plots.")
    ] = None,
    backend: InBackend = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Show what the values of each column are like; more quantiles with --json, plots with --html.

    \b
    Example:
      mdm dataset stats titanic
      mdm dataset stats titanic --column Age --json
      mdm dataset stats titanic --html titanic.html
    """
    if html is not None and html.exists() and not agreed(application(ctx), f"replace {shown_path(html)}?", yes=yes):
        raise FileError("nothing was written")
    with client_of(ctx, as_json=as_json) as client:
        found = client.stats(name, columns, backend)
        form = output_format(client.config.cli, as_json=as_json)
        names = client.config.features.numeric_aggregations
        if html is not None:
            from mdm.cli.dataset.page import page

            drawn = page(client.info(name, backend), client.size(name, backend), found, names, datetime.now(UTC))
            write_atomic(html, drawn.encode("utf-8", "backslashreplace"))
    if as_json or (form == "json" and html is None):
        out_json([_json(each) for each in found])
    elif html is not None:
        out(f"written: {shown_path(html)}")
    else:
        _print(found, "table" if form == "csv" else form, names)  # two tables are no CSV


def _print(found: "tuple[ColumnStatistics, ...]", form: str, names: list[Any]) -> None:
    numeric = [(*numbers(each, names), _blocks(each.histogram)) for each in found if each.is_numeric]
    rest = [others(each) for each in found if not each.is_numeric]
    if numeric:
        print_rows(form, (*header(names), ""), numeric)
    if numeric and rest:
        out()
    if rest:
        print_rows(form, OTHERS, rest)


def _json(column: "ColumnStatistics") -> dict[str, Any]:
    return {**asdict(column), "top": [{"value": value, "count": count} for value, count in column.top]}


def _blocks(histogram: tuple[int, ...]) -> str:
    """Return one block a bin, as high as the bin is full; a bin that holds anything is seen."""
    most = max(histogram, default=0)
    return "".join(_BLOCKS[-(-8 * number // most)] for number in histogram)
