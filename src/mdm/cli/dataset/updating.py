"""Adding rows to datasets, and changing what is known of them."""

from pathlib import Path
from typing import Annotated

import typer

from mdm.cli.config.findings import count
from mdm.cli.dataset.changing import print_notices
from mdm.cli.dataset.parameters import Identifiers, InBackend, Name, OnBadRow, ProblemType, Target, client_of
from mdm.cli.dataset.showing import as_json as json_of
from mdm.cli.dataset.showing import print_info, rows_of
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json
from mdm.errors import Problem, UsageError


def update(
    ctx: typer.Context,
    name: Name,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Files with more rows of the same columns.")
    ] = None,
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What it is, from now on.")
    ] = None,
    tags: Annotated[list[str] | None, typer.Option("--tag", metavar="TAG", help="One more; repeatable.")] = None,
    untags: Annotated[list[str] | None, typer.Option("--untag", metavar="TAG", help="One less; repeatable.")] = None,
    target: Target = None,
    problem_type: ProblemType = None,
    ids: Identifiers = None,
    force: Annotated[bool, typer.Option("--force", help="Add the rows of a file that are there already.")] = False,
    on_bad_row: OnBadRow = "error",
    backend: InBackend = None,
    as_json: Json = False,
) -> None:
    """Add the rows of files to a dataset, or change what is known of it: all that is said, or nothing.

    Values have to fit the types that are stored. What was found out about the rows is found out anew, and a dataset
    that was split is split again in the same way.

    \b
    Example:
      mdm dataset update sales 2026-11.csv
      mdm dataset update titanic --target Survived --tag classic --untag new
    """
    said = (paths, tags, untags, ids)
    if not any(said) and description is target is problem_type is None:
        raise UsageError(Problem("nothing is said to be changed", hint="'mdm dataset update --help' shows what can be"))
    with client_of(ctx, as_json=as_json) as client:
        from mdm.dataset.reading import ReadingOptions

        options = ReadingOptions(on_bad_row=on_bad_row, rejects=Path(f"{name}.rejects.jsonl"))
        before = client.info(name, backend)
        info = client.update(
            name,
            *(paths or ()),
            description=description,
            add_tags=tags or (),
            remove_tags=untags or (),
            target=target,
            problem_type=problem_type,  # type: ignore[arg-type]  # checked there
            id_columns=ids,
            force=force,
            options=options,
            backend=backend,
        )
        size = client.size(name, info.backend)
    print_notices(before, info)
    if as_json:
        out_json(json_of(info, size))
        return
    if paths:
        out(f"{count(rows_of(info) - rows_of(before), 'row')} added")
        out()
    print_info(info, size)
