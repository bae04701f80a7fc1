"""``mdm dataset``: one module a purpose; this one puts them together. Packages of the data are imported when used."""

from collections.abc import Callable
from typing import Any

import typer

from mdm.cli.dataset.changing import register, remove
from mdm.cli.dataset.exporting import export
from mdm.cli.dataset.features import features
from mdm.cli.dataset.reading import head, info, listing, sql
from mdm.cli.dataset.statistics import stats

_COMMANDS: dict[str, Callable[..., Any]] = {
    "register": register,
    "list": listing,
    "info": info,
    "head": head,
    "sql": sql,
    "stats": stats,
    "features": features,
    "export": export,
    "remove": remove,
}

group = typer.Typer(name="dataset", no_args_is_help=True, help="Register, look at, query, export and remove datasets.")
for _name, _command in _COMMANDS.items():
    group.command(_name)(_command)
