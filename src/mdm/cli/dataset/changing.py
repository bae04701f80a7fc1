"""Making datasets out of files, and removing them."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli.asking import agreed
from mdm.cli.config.findings import count
from mdm.cli.dataset.features import print_made
from mdm.cli.dataset.parameters import Identifiers, InBackend, Name, OnBadRow, ProblemType, Target, client_of, pairs_of
from mdm.cli.dataset.showing import as_json as json_of
from mdm.cli.dataset.showing import print_detected, shown_size
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json, Yes, application
from mdm.cli.reporting import warn, warn_of
from mdm.config.models import Backend
from mdm.errors import StorageError

if TYPE_CHECKING:
    from mdm.storage.info import DatasetInfo

_TYPES = "integer, float, boolean, text, date, datetime, category, identifier; date:dmy puts the day first"


def register(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or a folder that holds them.")],
    backend: Annotated[
        Backend | None, typer.Option("--backend", help="Where to store it; database.default_backend unless given.")
    ] = None,
    target: Target = None,
    problem_type: ProblemType = None,
    types: Annotated[
        list[str] | None, typer.Option("--types", metavar="COLUMN=TYPE", help=f"Repeatable. {_TYPES}.")
    ] = None,
    ids: Identifiers = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="A word to find it by; repeatable.")
    ] = None,
    description: Annotated[str, typer.Option("--description", metavar="TEXT", help="What it is.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the dataset of this name.")] = False,
    with_features: Annotated[
        bool, typer.Option("--features/--no-features", help="Make features of it too, as mdm dataset features does.")
    ] = False,
    on_bad_row: OnBadRow = "error",
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", metavar="TEXT", help="What separates the values of CSV.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", metavar="NAME", help="The encoding of text.")] = None,
    header: Annotated[
        bool | None, typer.Option("--header/--no-header", help="Whether the first row of CSV names the columns.")
    ] = None,
    names: Annotated[
        str | None, typer.Option("--names", metavar="A,B,...", help="All columns of CSV, in place of their names.")
    ] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.")] = None,
    as_json: Json = False,
) -> None:
    """Read files, detect what is in them, and store them as one dataset.

    CSV, Parquet, JSON and Excel are read, compressed or not. A folder with train, test and sample files, as
    competitions have it, becomes one dataset with a column mdm_split.

    \b
    Example:
      mdm dataset register titanic train.csv --target Survived --tag kaggle
      mdm dataset register sales 2024.csv 2025.csv.gz --types day=date:dmy --backend duckdb
    """
    forms = pairs_of(types or [], "--types", "day=date:dmy")
    with client_of(ctx, as_json=as_json) as client:
        from mdm.dataset.reading import ReadingOptions

        rejects = Path(f"{name}.rejects.jsonl")
        called = tuple(names.split(",")) if names else ()
        options = ReadingOptions(delimiter, encoding, header, called, sheet, on_bad_row, rejects)
        info = client.register(
            name,
            *paths,
            backend=backend,
            target=target,
            problem_type=problem_type,  # type: ignore[arg-type]  # checked there
            types=forms,
            id_columns=ids,
            tags=tags or (),
            description=description,
            force=force,
            options=options,
        )
        made = client.make_features(name, backend=info.backend) if with_features else None
        info = client.info(name, info.backend) if made else info
        size = client.size(name, info.backend)
    print_notices(None, info)
    if as_json:
        out_json(json_of(info, size))
        return
    print_detected(info)
    out()
    if made:
        print_made(made)
        out()
    corrections = "[--target COLUMN] [--problem-type KIND] [--types COLUMN=TYPE] [--id COLUMN]"
    out(f"to correct this: {_line_of(ctx)} --force {corrections}")


def _line_of(ctx: typer.Context) -> str:
    """Return the command as it was given, without what only this run was to do."""
    words = ["mdm", "dataset", "register", ctx.params["name"], *map(str, ctx.params["paths"])]
    for option in ctx.command.params:
        value = ctx.params.get(option.name or "")
        if option.param_type_name != "option" or option.name in {"force", "as_json"} or value in (None, option.default):
            continue
        if isinstance(value, bool):
            words.append((option.opts if value else option.secondary_opts)[0])
        else:
            given = [value] if isinstance(value, str) else value
            words += [word for each in given for word in (option.opts[0], each)]
    return shlex.join(words)


def print_notices(before: "DatasetInfo | None", info: "DatasetInfo") -> None:
    """Warn of what looks wrong with the rows, and of bad rows that were left out, as far as that is new."""
    from mdm.dataset.registration import REJECTED, detection_of

    old, new = (detection_of(each) if each else None for each in (before, info))
    warn_of(notice for notice in (new.notices if new else ()) if old is None or notice not in old.notices)
    if rejected := info.notes.get(REJECTED, 0) - (before.notes.get(REJECTED, 0) if before else 0):
        warn(f"{count(rejected, 'bad row')} left out", f"kept in {info.name}.rejects.jsonl")


def remove(ctx: typer.Context, name: Name, backend: InBackend = None, yes: Yes = False, as_json: Json = False) -> None:
    """Remove a dataset. The files that it was read from stay.

    \b
    Example:
      mdm dataset remove titanic --yes
    """
    with client_of(ctx, as_json=as_json) as client:
        question = f"remove the dataset {name} ({shown_size(client.size(name, backend))})?"
        if not agreed(application(ctx), question, yes=yes):
            raise StorageError("nothing was removed")
        client.remove(name, backend)
    out_json({"name": name, "removed": True}) if as_json else out(f"removed: {name}")
