"""Finding datasets."""

from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli.config.findings import count
from mdm.cli.dataset.parameters import InBackend, Rows, client_of
from mdm.cli.dataset.showing import rows_of
from mdm.cli.listing import is_paged, output_format, print_rows
from mdm.cli.output import err, out, out_json
from mdm.cli.parameters import Json

if TYPE_CHECKING:
    from mdm.dataset.searching import Found

_MOST_PLACES = 4


def search(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="One word, or several that all have to be found.")],
    backend: InBackend = None,
    rows: Rows = None,
    as_json: Json = False,
) -> None:
    """Find datasets by their names, descriptions, tags, columns and targets, the best match first.

    \b
    Example:
      mdm dataset search flight
      mdm dataset search "kaggle age"
    """
    with client_of(ctx) as client:
        found = client.search(text, backend)
        settings = client.config.cli
    form = output_format(settings, as_json=as_json)
    if form == "json":
        out_json([_json(each) for each in found])
        return
    if not found and is_paged(form):
        out("nothing is found; 'mdm dataset list' shows all datasets")
        return
    most = settings.page_size if rows is None and is_paged(form) else rows
    print_rows(form, ("name", "rows", "backend", "found in"), [_row(each) for each in found[:most]])
    if most is not None and len(found) > most:
        err(f"{count(len(found) - most, 'more dataset')}; --rows {len(found)} shows all")


def _row(found: "Found") -> tuple[object, ...]:
    shown = [
        match.place if match.place in {"name", "description"} else f"{match.place} {match.text}"
        for match in found.matches[:_MOST_PLACES]
    ]
    more = [f"{len(found.matches) - _MOST_PLACES} more"] if len(found.matches) > _MOST_PLACES else []
    return (found.info.name, rows_of(found.info), found.info.backend, [*shown, *more])


def _json(found: "Found") -> dict[str, object]:
    info = found.info
    return {
        "name": info.name,
        "backend": info.backend,
        "rows": rows_of(info),
        "description": info.description,
        "score": found.score,
        "matches": [{"in": match.place, "text": match.text} for match in found.matches],
    }
