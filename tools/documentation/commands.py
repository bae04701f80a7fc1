"""The page on commands, made of the help that the command line gives itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from mdm.cli.app import cli

from .tables import code, plain, table


def commands_page() -> str:
    """Return every command with what it does, its example, its arguments and options."""
    return "\n".join(_lines())


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its words, groups before what is in them."""
    yield from _below("mdm", typer.main.get_command(cli))


def example_of(command: Any) -> tuple[str, str]:
    """Return the help of *command* without its example, and the example."""
    text, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
    return text.strip(), inspect.cleandoc(example)


def options_of(words: str, command: Any) -> list[tuple[str, str]]:
    """Return arguments and options of *command*, each with its help."""
    context = typer.Context(command, info_name=words)
    records = (parameter.get_help_record(context) for parameter in command.get_params(context))
    return [record for record in records if record and not record[0].startswith("--help")]


def _below(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{words} {name}", inner)


def _lines() -> Iterator[str]:
    yield "# Commands\n"
    yield "`--set KEY=VALUE` and `--config FILE` may stand anywhere on the line."
    yield "Exit codes: 0 done, 1 failed, 2 wrong use or bad input."
    for words, command in commands():
        text, example = example_of(command)
        yield f"\n## {words}\n\n{plain(text)}\n"
        if example:
            yield f"```sh\n{example}\n```\n"
        rows = [(code(name), plain(what)) for name, what in options_of(words, command)]
        if rows:
            yield from table(("argument or option", "meaning"), rows)
