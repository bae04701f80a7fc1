"""Looking at datasets. Nothing here changes one."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mdm.cli.config.findings import count
from mdm.cli.dataset.parameters import InBackend, Name, Rows, client_of
from mdm.cli.dataset.showing import as_json as json_of
from mdm.cli.dataset.showing import print_info, rows_of
from mdm.cli.listing import is_paged, output_format, print_rows
from mdm.cli.output import err, out, out_json
from mdm.cli.parameters import Json

if TYPE_CHECKING:
    import pyarrow as pa

    from mdm.storage.info import DatasetInfo

_COLUMNS = ("name", "rows", "columns", "target", "problem", "backend", "tags", "registered")
_ORDERS = {
    "name": lambda info: info.name,
    "rows": lambda info: -rows_of(info),
    "registered": lambda info: -info.created.timestamp(),
}


def listing(
    ctx: typer.Context,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Those with this tag; repeatable.")
    ] = None,
    backend: InBackend = None,
    sort: Annotated[
        Literal["name", "rows", "registered"], typer.Option("--sort", help="The largest, or newest, first.")
    ] = "name",
    rows: Rows = None,
    as_json: Json = False,
) -> None:
    """List the datasets, a page of them; all with --json.

    \b
    Example:
      mdm dataset list --tag kaggle --sort rows
    """
    with client_of(ctx) as client:
        found = [info for info in client.list(backend) if set(tags or ()) <= set(info.tags)]
        settings = client.config.cli
    found.sort(key=_ORDERS[sort])
    form = output_format(settings, as_json=as_json)
    if not found and is_paged(form):
        out("no dataset is registered" if not (tags or backend) else "there is no such dataset")
        return
    most = settings.page_size if rows is None and is_paged(form) else rows
    print_rows(form, _COLUMNS, [_row(info) for info in found[:most]])
    if most is not None and len(found) > most:
        err(f"{count(len(found) - most, 'more dataset')}; --rows {len(found)} shows all")


def info(ctx: typer.Context, name: Name, backend: InBackend = None, as_json: Json = False) -> None:
    """Show what is known of a dataset: its columns, its target, and the files that it came from.

    \b
    Example:
      mdm dataset info titanic
    """
    with client_of(ctx) as client:
        found, size = client.info(name, backend), client.size(name, backend)
    out_json(json_of(found, size)) if as_json else print_info(found, size)


def head(ctx: typer.Context, name: Name, rows: Rows = None, backend: InBackend = None, as_json: Json = False) -> None:
    """Show the first rows of a dataset.

    \b
    Example:
      mdm dataset head titanic --rows 5
    """
    with client_of(ctx) as client:
        settings = client.config.cli
        most = settings.page_size if rows is None else rows
        reader = client.reader(name, rows=max(1, most), backend=backend)
        print_rows(output_format(settings, as_json=as_json), reader.schema.names, _first(reader, most))


def sql(
    ctx: typer.Context,
    name: Name,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="One SELECT; the table is data.")],
    rows: Rows = None,
    backend: InBackend = None,
    as_json: Json = False,
) -> None:
    """Show the result of a query that reads, in the SQL of the backend; all of it with --json.

    \b
    Example:
      mdm dataset sql titanic "SELECT Sex, avg(Survived) FROM data GROUP BY Sex"
    """
    with client_of(ctx) as client:
        settings = client.config.cli
        form = output_format(settings, as_json=as_json)
        most = settings.page_size if rows is None and is_paged(form) else rows
        reader = client.query(name, query, backend=backend)
        found = _first(reader, None if most is None else most + 1)
        print_rows(form, reader.schema.names, found[:most])
    if most is not None and len(found) > most:
        err(f"there are more rows; --rows N shows N of them instead of {most}")


def _row(info: "DatasetInfo") -> tuple[object, ...]:
    columns = len(info.tables[0].columns) if info.tables else 0
    said = (info.target, info.problem_type if info.target else None)
    return (info.name, rows_of(info), columns, *said, info.backend, info.tags, info.created)


def _first(reader: "pa.RecordBatchReader", most: int | None) -> list[tuple[object, ...]]:
    """Return the rows of *reader*, the first *most* of them; no more is read than that takes."""
    found: list[tuple[object, ...]] = []
    while most is None or len(found) < most:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found[:most]
