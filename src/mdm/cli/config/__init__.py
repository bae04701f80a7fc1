"""``mdm config``: one module a purpose; this one puts them together."""

from collections.abc import Callable
from typing import Any

import typer

from mdm.cli.commands import HELP
from mdm.cli.config.backups import listing, prune, verify
from mdm.cli.config.changing import edit, init, set_, switch, unset
from mdm.cli.config.cutover import finalize, status
from mdm.cli.config.following import watch
from mdm.cli.config.migration import analyze, migrate, rollback
from mdm.cli.config.reading import diff, explain, export_env, get, path, reference, schema, show, validate
from mdm.cli.config.references import migrate_code, migrate_env
from mdm.cli.config.upgrading import upgrade

_COMMANDS: dict[str, Callable[..., Any]] = {
    "show": show,
    "get": get,
    "set": set_,
    "unset": unset,
    "explain": explain,
    "validate": validate,
    "diff": diff,
    "edit": edit,
    "init": init,
    "path": path,
    "watch": watch,
    "analyze": analyze,
    "migrate": migrate,
    "migrate-env": migrate_env,
    "migrate-code": migrate_code,
    "rollback": rollback,
    "upgrade": upgrade,
    "switch": switch,
    "status": status,
    "finalize": finalize,
    "schema": schema,
    "reference": reference,
    "export-env": export_env,
}
# `set` takes values such as -1, which are not options.
_WITH_VALUES = {"ignore_unknown_options": True}

group = typer.Typer(name="config", no_args_is_help=True, help=HELP["config"])
for _name, _command in _COMMANDS.items():
    group.command(_name, context_settings=_WITH_VALUES if _name == "set" else None)(_command)

_backups = typer.Typer(name="backups", no_args_is_help=True, help="List, check and remove backups.")
_backups.command("list")(listing)
_backups.command("verify")(verify)
_backups.command("prune")(prune)
group.add_typer(_backups)
