"""References to the names of 1.x elsewhere: in files that set variables, and in Python code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli.output import out_json
from mdm.cli.parameters import Json, Yes, application
from mdm.errors import Problem, UsageError

if TYPE_CHECKING:
    from mdm.rewriting.rewrite import Rewriting

Paths = Annotated[list[Path] | None, typer.Argument(metavar="PATH", help="Files and folders; folders are searched.")]
Execute = Annotated[bool, typer.Option("--execute", help="Write, after a copy; otherwise the diff is only shown.")]
Undo = Annotated[bool, typer.Option("--undo", help="Put the copies of the last run of this command back.")]


def migrate_env(
    ctx: typer.Context,
    paths: Paths = None,
    execute: Execute = False,
    undo: Undo = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Rename the variables of 1.x in dotenv files, scripts, Dockerfiles, compose files, units, workflows, manifests.

    \b
    Example:
      mdm config migrate-env .
      mdm config migrate-env --execute .env deploy/
    """
    from mdm.rewriting.rewrite import plan_variables

    _run(ctx, "migrate-env", plan_variables, paths, execute=execute, undo=undo, yes=yes, as_json=as_json)


def migrate_code(
    ctx: typer.Context,
    paths: Paths = None,
    execute: Execute = False,
    undo: Undo = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Move Python code from the dictionary of 1.x to the attributes of the configuration.

    \b
    Example:
      mdm config migrate-code src/
      mdm config migrate-code --execute src/ tests/
    """
    from mdm.rewriting.rewrite import plan_code

    _run(ctx, "migrate-code", plan_code, paths, execute=execute, undo=undo, yes=yes, as_json=as_json)


def _run(
    ctx: typer.Context,
    command: str,
    plan: Callable[[Sequence[Path]], Rewriting],
    paths: Sequence[Path] | None,
    *,
    execute: bool,
    undo: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from mdm.cli.config.rewriting import Rewritten, Undone

    if undo == bool(paths) or (undo and execute):
        hint = f"'mdm config {command} .' looks at the current folder; --undo, alone, takes the last run back"
        raise UsageError(Problem("name files or folders", command, hint))
    app = application(ctx)
    work = Undone(app, command) if undo else Rewritten(app, command, paths or (), plan(paths or ()))
    if not as_json:
        work.show()
    if execute or undo:
        work.carry_out(yes=yes)
    out_json(work.as_json) if as_json else work.close()
    raise typer.Exit(2 if isinstance(work, Rewritten) and work.rewriting.problems else 0)
