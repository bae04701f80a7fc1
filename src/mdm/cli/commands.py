"""The commands at the top, by name: listed as they stand here, imported when one of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

HELP: Final = {
    "dataset": "Register, look at, query, split, export, change and remove datasets.",
    "config": "Read, change, check and migrate the configuration.",
    "flags": "Read and change the feature flags.",
    "metrics": "Show and export what was counted and measured.",
    "doctor": "Examine the installation and say what to do.",
    "version": "Print the version.",
}
"""What each does; its ``group`` is in the module of ``mdm.cli`` that is called like it."""


class Top(TyperGroup):
    """The group of all of them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": _Commands()})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # Typer's signature
        """Return the names, in their order."""
        return list(HELP)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # Typer's signature
        """List them, and import none."""
        with formatter.section("Commands"):
            formatter.write_dl(HELP.items())


class _Commands(Mapping[str, Any]):
    def __getitem__(self, name: str) -> Any:
        if name not in HELP:
            raise KeyError(name)
        return _command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(HELP)

    def __len__(self) -> int:
        return len(HELP)


@cache
def _command(name: str) -> Any:
    """Return what the module of *name* has, as a command of Typer's."""
    top = typer.Typer(rich_markup_mode=None)
    top.add_typer(import_module(f"mdm.cli.{name}").group)
    return typer.main.get_group(top).commands[name]
