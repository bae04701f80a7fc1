"""Commands by name: listed as they stand here, imported when one of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, Final

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
"""What each at the top does; its ``group`` is in the module of ``mdm.cli`` that is called like it."""


class LazyGroup(TyperGroup):
    """A group whose commands stand in *places*, by name: a module of ``mdm.cli`` and a name in it.

    One is imported when it is asked for, all of them when they are listed with their help. Those *with_values* take
    values such as -1, which are not options.
    """

    places: ClassVar[Mapping[str, str]]
    with_values: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes | {"commands": _Commands(self.places, self.with_values)})

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # Typer's signature
        """Return the names, in their order."""
        return list(self.places)


class Top(LazyGroup):
    """The group of all of them."""

    places: ClassVar[Mapping[str, str]] = {name: f"{name}:group" for name in HELP}

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  # Typer's signature
        """List them, and import none."""
        with formatter.section("Commands"):
            formatter.write_dl(HELP.items())


class _Commands(Mapping[str, Any]):
    def __init__(self, places: Mapping[str, str], with_values: frozenset[str]) -> None:
        self._places = places
        self._with_values = with_values

    def __getitem__(self, name: str) -> Any:
        return _command(name, self._places[name], with_values=name in self._with_values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


@cache
def _command(name: str, place: str, *, with_values: bool) -> Any:
    """Return the function or the group that stands at *place* as a command of Typer's."""
    module, _, attribute = place.partition(":")
    found = getattr(import_module(f"mdm.cli.{module}"), attribute)
    top = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        top.add_typer(found)
    else:
        top.command(name, context_settings={"ignore_unknown_options": with_values})(found)
    return typer.main.get_group(top).commands[name]
