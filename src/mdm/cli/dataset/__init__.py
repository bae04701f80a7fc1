"""``mdm dataset``: one module a purpose; this one puts them together. Packages of the data are imported when used."""

from collections.abc import Callable
from typing import Any

import typer

from mdm.cli.commands import HELP
from mdm.cli.dataset.caching import cache
from mdm.cli.dataset.changing import register, remove
from mdm.cli.dataset.exporting import export
from mdm.cli.dataset.features import features
from mdm.cli.dataset.reading import head, info, listing, sql
from mdm.cli.dataset.searching import search
from mdm.cli.dataset.splitting import split
from mdm.cli.dataset.statistics import stats
from mdm.cli.dataset.updating import update

_COMMANDS: dict[str, Callable[..., Any]] = {
    "register": register,
    "list": listing,
    "search": search,
    "info": info,
    "head": head,
    "sql": sql,
    "stats": stats,
    "split": split,
    "features": features,
    "export": export,
    "update": update,
    "remove": remove,
    "cache": cache,
}

group = typer.Typer(name="dataset", no_args_is_help=True, help=HELP["dataset"])
for _name, _command in _COMMANDS.items():
    group.command(_name)(_command)
