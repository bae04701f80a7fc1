"""What the columns of a dataset are like, as tables."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mdm.cli.dataset.parameters import InBackend, Name, client_of
from mdm.cli.listing import output_format, print_rows
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json

if TYPE_CHECKING:
    from mdm.dataset.statistics import ColumnStatistics

_BLOCKS = " ▁▂▃▄▅▆▇█"
_SHOWN_QUANTILES = ("0.25", "0.75")
_LONGEST = 24


def stats(
    ctx: typer.Context,
    name: Name,
    columns: Annotated[
        list[str] | None, typer.Option("--column", metavar="COLUMN", help="This column alone; repeatable.")
    ] = None,
    backend: InBackend = None,
    as_json: Json = False,
) -> None:
    """Show what the values of each column are like; more quantiles with --json.

    \b
    Example:
      mdm dataset stats titanic
      mdm dataset stats titanic --column Age --json
    """
    with client_of(ctx) as client:
        found = client.stats(name, columns, backend)
        form = output_format(client.config.cli, as_json=as_json)
        names = client.config.features.numeric_aggregations
    if form == "json":
        out_json([_json(each) for each in found])
        return
    numbers = [each for each in found if each.is_numeric]
    others = [each for each in found if not each.is_numeric]
    form = "table" if form == "csv" else form  # two tables are no CSV
    if numbers:
        header = ("column", "count", "missing", "distinct", *names, "25 %", "75 %", "")
        print_rows(form, header, [_numbers(each, names) for each in numbers])
    if numbers and others:
        out()
    if others:
        print_rows(form, ("column", "count", "missing", "distinct", "values"), [_others(each) for each in others])


def _json(column: "ColumnStatistics") -> dict[str, Any]:
    return {**asdict(column), "top": [{"value": value, "count": count} for value, count in column.top]}


def _counts(column: "ColumnStatistics") -> tuple[Any, ...]:
    return (column.name, column.count, column.missing, column.distinct)


def _numbers(column: "ColumnStatistics", names: list[Any]) -> tuple[Any, ...]:
    aggregates = [_short(column.aggregates[name]) for name in names]
    quantiles = [_short(column.quantiles[share]) for share in _SHOWN_QUANTILES]
    return (*_counts(column), *aggregates, *quantiles, _blocks(column.histogram))


def _others(column: "ColumnStatistics") -> tuple[Any, ...]:
    return (*_counts(column), "; ".join(filter(None, (_range(column), _lengths(column), _top(column)))))


def _range(column: "ColumnStatistics") -> str:
    return f"{column.aggregates['min']} to {column.aggregates['max']}" if column.aggregates else ""


def _lengths(column: "ColumnStatistics") -> str:
    if not column.lengths or column.top:
        return ""
    low, mean, high = (column.lengths[name] for name in ("min", "mean", "max"))
    return f"{low} to {high} characters, {mean:.4g} on average"


def _top(column: "ColumnStatistics") -> str:
    return "" if "min" in column.aggregates else ", ".join(f"{_cut(value)} {count}" for value, count in column.top)


def _cut(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _short(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return "" if value is None else f"{value:.5g}"


def _blocks(histogram: tuple[int, ...]) -> str:
    """Return one block a bin, as high as the bin is full; a bin that holds anything is seen."""
    most = max(histogram, default=0)
    return "".join(_BLOCKS[-(-8 * number // most)] for number in histogram)
