"""The command line proper: what every command takes, and Typer's complaints in the words of all other errors."""

from typing import Annotated

import typer

from mdm.cli.arguments import Line
from mdm.cli.commands import Top
from mdm.cli.output import out_lines
from mdm.errors import Problem, UsageError

cli = typer.Typer(
    name="mdm",
    cls=Top,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@cli.callback()
def root(
    ctx: typer.Context,
    assignments: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting for this run alone; repeatable.")
    ] = None,
    config_file: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="The configuration file to use.")
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Register, profile and export datasets, under one configuration that knows where every value comes from.

    \b
    Example:
      mdm dataset register titanic train.csv
      mdm config get performance.batch_size
    """
    if version:
        from mdm.cli.version import print_version

        print_version()
        raise typer.Exit
    if not ctx.resilient_parsing:
        from mdm.app import Application, Options

        ctx.obj = Application(Options(config_file, tuple(assignments or ())))


def run(line: Line) -> int:
    """Run the command that *line* names and return its exit code; raises `UsageError` where there is none such."""
    try:
        code = cli(args=line.arguments, prog_name="mdm", standalone_mode=False)
    except typer.TyperException as error:
        return _complain(error)
    except typer.Abort:
        return 1
    return code if isinstance(code, int) else 0


def _complain(error: typer.TyperException) -> int:
    """Raise `UsageError` in place of *error*; where a command is missing, show which there are."""
    context = getattr(error, "ctx", None)
    if context is not None and error.format_message() == context.get_help():
        out_lines(context.get_help().splitlines())
        return error.exit_code
    command = context.command_path if context is not None else "mdm"
    message = (
        error.format_message().rstrip(".").replace(": Value error, ", ": ").replace(": Input should", ": it should")
    )
    if "unexpected extra argument" in message:  # one of them may be the second half of a password
        raise UsageError(Problem("more arguments than it takes", command, "put quotes around a value with spaces"))
    problem = Problem(message[:1].lower() + message[1:], hint=f"'{command} --help' shows what there is")
    raise UsageError(problem) from None
