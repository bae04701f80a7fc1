"""What changes the configuration: settings, the file as a whole, the system that answers."""

from pathlib import Path
from typing import Annotated

import typer

from mdm.cli.output import out, out_json, out_lines
from mdm.cli.parameters import Json, Key, NewValue, application
from mdm.cli.render import change
from mdm.cli.reporting import warn
from mdm.config.layers import shown_path
from mdm.errors import Problem, UsageError


def set_(ctx: typer.Context, key: Key, value: NewValue, as_json: Json = False) -> None:
    """Change a setting in the file. Nothing is written unless the whole result is valid.

    \b
    Example:
      mdm config set performance.batch_size 5000
      mdm config set features.numeric_aggregations mean,std
    """
    from mdm.cli.config.assigning import Assignment

    assignment = Assignment(application(ctx), key)
    done = assignment.set(value)
    out_json(done.as_json) if as_json else out(str(done))


def unset(ctx: typer.Context, key: Key, as_json: Json = False) -> None:
    """Take a setting out of the file. Then the next source or the default counts.

    \b
    Example:
      mdm config unset performance.batch_size
    """
    from mdm.cli.config.assigning import Assignment

    done = Assignment(application(ctx), key).unset()
    out_json(done.as_json) if as_json else out(str(done))


def init(
    ctx: typer.Context,
    env: Annotated[bool, typer.Option("--env", help="Print a template of environment variables instead.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there, after a backup.")] = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="The file to write.")] = None,
) -> None:
    """Write a new configuration file. Every setting stands in it with its default, as comments.

    \b
    Example:
      mdm config init
      mdm config init --env > .env
    """
    from mdm.cli.config import creating

    app = application(ctx)
    if env:
        out_lines(creating.env_template(app))
        return
    created = creating.create(app, output, force=force)
    if created.backup is not None:
        out(f"backup: {shown_path(created.backup)}")
    out_lines(f"written: {shown_path(path)}" for path in created.files)
    if created.hidden:
        warn(*created.hidden)


def edit(ctx: typer.Context) -> None:
    """Open the file in your editor. It is replaced only when what you wrote is valid.

    \b
    Example:
      EDITOR=nano mdm config edit
    """
    from mdm.cli.config import editor

    out(editor.edit(application(ctx)))


def switch(
    ctx: typer.Context,
    new: Annotated[bool, typer.Option("--new", help="Let the new system answer.")] = False,
    legacy: Annotated[bool, typer.Option("--legacy", help="Let the legacy system answer.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Switch even to a configuration that is invalid.")] = False,
    as_json: Json = False,
) -> None:
    """Choose which system answers. Shows what differs between the two.

    \b
    Example:
      mdm config switch --new
    """
    if new == legacy:
        raise UsageError(Problem("say which system is to answer", "switch", "--new or --legacy"))
    from mdm.cli.config import switching

    switched = switching.switch(application(ctx), new=new, force=force)
    if as_json:
        out_json(switched.as_json)
        return
    out(f"{switched.system} system active, from {switched.files}")
    for warning in switched.warnings:
        warn(*warning)
    for difference in switched.differences:
        change(*difference)
