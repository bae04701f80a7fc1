"""The arguments and options that many commands share, and how a shell completes them."""

from typing import Annotated, cast

import typer

from mdm.app import Application
from mdm.cli.recording import recording
from mdm.cli.reporting import tell_recovered
from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Setting
from mdm.config.sources import unknown_key
from mdm.core.home import home_folder
from mdm.errors import InvalidConfigError, MdmError


def application(ctx: typer.Context) -> Application:
    """Return what this run works on, recorded from here on; what a killed run left is finished first."""
    from mdm.core.transaction import recover

    app = cast("Application", ctx.obj)
    app.on_load = lambda config: recording.begin(config, ctx.command_path)
    recording.expect(app.load)
    tell_recovered(recover(app.home))
    return app


def setting_named(key: str) -> Setting:
    """Return the setting that a new or a legacy *key* names; raises `InvalidConfigError` with the nearest one."""
    from mdm.config.rules import rules_by_key

    schema = MDMConfig.schema()
    rule = rules_by_key().get(tuple(key.split(".")))
    if key not in schema and rule is not None and len(rule.to) == 1:
        key = rule.to[0]
    if key not in schema:
        raise InvalidConfigError(unknown_key(schema, key, ""))
    return schema[key]


def complete_key(incomplete: str) -> list[tuple[str, str]]:
    """Return the settings whose key begins so, with what they do."""
    schema = MDMConfig.schema()
    return [(key, setting.description) for key, setting in schema.items() if key.startswith(incomplete)]


def complete_section(incomplete: str) -> list[str]:
    """Return sections and settings that begin so."""
    return sorted(name for name in (*MDMConfig.schema().sections, *MDMConfig.schema()) if name.startswith(incomplete))


def complete_value(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the words that the setting named before can be; of a list, what may follow the words that are there."""
    try:
        setting = setting_named(ctx.params.get("key") or "")
    except MdmError:
        return []
    match setting.kind:
        case Kind.BOOL:
            words: tuple[str, ...] = ("true", "false")
        case Kind.LIST:
            before, comma, _ = incomplete.rpartition(",")
            words = tuple(before + comma + word for word in setting.choices if word not in before.split(","))
        case _:
            words = setting.choices
    words = (*words, "null") if setting.optional else words
    return [word for word in words if word.lower().startswith(incomplete.lower())]


def complete_backup(incomplete: str) -> list[str]:
    """Return the backups whose name begins so."""
    import os

    from mdm.config.backups import FOLDER, list_backups

    try:
        found = list_backups(home_folder(os.environ) / FOLDER)
    except MdmError:
        return []
    return [backup.name for backup in found if backup.name.startswith(incomplete)]


Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY",
        help="A setting, such as performance.batch_size; legacy keys work too.",
        autocompletion=complete_key,
    ),
]
SectionOrKey = Annotated[
    str | None,
    typer.Argument(
        metavar="SECTION|KEY",
        help="A section or a setting; everything unless given.",
        autocompletion=complete_section,
    ),
]
NewValue = Annotated[
    str,
    typer.Argument(
        metavar="VALUE", help="The value; lists as JSON or words with commas.", autocompletion=complete_value
    ),
]
BackupName = Annotated[
    str | None,
    typer.Argument(
        metavar="BACKUP",
        help="Name or folder of a backup; the newest unless given.",
        autocompletion=complete_backup,
    ),
]
BackupNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="BACKUP", help="Names or folders of backups; all unless given.", autocompletion=complete_backup
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
