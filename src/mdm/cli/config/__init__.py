"""``mdm config``: one module a purpose; this one says where each command is."""

from collections.abc import Mapping
from typing import ClassVar

import typer

from mdm.cli.commands import HELP, LazyGroup


class _Config(LazyGroup):
    with_values: ClassVar[frozenset[str]] = frozenset({"set"})
    places: ClassVar[Mapping[str, str]] = {
        "show": "config.reading:show",
        "get": "config.reading:get",
        "set": "config.changing:set_",
        "unset": "config.changing:unset",
        "explain": "config.reading:explain",
        "validate": "config.reading:validate",
        "diff": "config.reading:diff",
        "edit": "config.changing:edit",
        "init": "config.changing:init",
        "path": "config.reading:path",
        "watch": "config.following:watch",
        "analyze": "config.migration:analyze",
        "migrate": "config.migration:migrate",
        "migrate-env": "config.references:migrate_env",
        "migrate-code": "config.references:migrate_code",
        "rollback": "config.migration:rollback",
        "upgrade": "config.upgrading:upgrade",
        "switch": "config.changing:switch",
        "status": "config.cutover:status",
        "finalize": "config.cutover:finalize",
        "schema": "config.reading:schema",
        "reference": "config.reading:reference",
        "export-env": "config.reading:export_env",
        "backups": "config.backups:group",
    }


group = typer.Typer(name="config", cls=_Config, no_args_is_help=True, help=HELP["config"])
