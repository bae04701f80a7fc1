"""Backups of the configuration: list, check, remove."""

from typing import Annotated

import typer

from mdm.cli.asking import agreed, can_ask
from mdm.cli.output import out, out_json
from mdm.cli.parameters import BackupNames, Json, Yes, application
from mdm.cli.render import table
from mdm.cli.reporting import report_problem
from mdm.config.backups import Backup, find_backup, list_backups, prune_backups, verify_backup
from mdm.config.layers import shown_path
from mdm.errors import ConfigError, Problem, UsageError


def listing(ctx: typer.Context, as_json: Json = False) -> None:
    """List the backups, newest first.

    \b
    Example:
      mdm config backups list
    """
    folder = application(ctx).migrator.backup_dir
    backups = list_backups(folder)
    if as_json:
        out_json([_packed(backup) for backup in backups])
    elif backups:
        table(["name", "created", "files", "size", "made for"], [_cells(backup) for backup in backups])
    else:
        out(f"no backups in {shown_path(folder)}")


def verify(ctx: typer.Context, names: BackupNames = None, as_json: Json = False) -> None:
    """Compare backups with the checksums that were taken when they were made.

    \b
    Example:
      mdm config backups verify
      mdm config backups verify backup_20260131_120000
    """
    folder = application(ctx).migrator.backup_dir
    backups = [find_backup(folder, name) for name in names or ()] or list_backups(folder)
    found = {backup.name: verify_backup(backup) for backup in backups}
    if as_json:
        out_json(
            {name: {"sound": not problems, "problems": list(map(str, problems))} for name, problems in found.items()}
        )
    else:
        for name, problems in found.items():
            out(f"{name}: {'damaged' if problems else 'sound'}")
            for problem in problems:
                report_problem(problem)
        if not found:
            out(f"no backups in {shown_path(folder)}")
    raise typer.Exit(1 if any(found.values()) else 0)


def prune(
    ctx: typer.Context,
    keep: Annotated[int, typer.Option("--keep", metavar="N", min=0, help="How many of the newest to keep.")],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Remove all but the newest backups; damaged and renamed ones stay.

    \b
    Example:
      mdm config backups prune --keep 5
    """
    app = application(ctx)
    folder = app.migrator.backup_dir
    surplus = len(list_backups(folder)) - keep
    if keep == 0 and surplus > 0 and not (yes or can_ask()):
        raise UsageError(Problem("would remove every backup, and nobody is there to ask", "--keep 0", "add --yes"))
    if surplus > 0 and not agreed(app, f"remove all but the newest {keep} backups?", yes=yes):
        raise ConfigError("nothing was removed")
    removed = prune_backups(folder, keep)
    if as_json:
        out_json({"removed": [backup.name for backup in removed], "kept": len(list_backups(folder))})
        return
    for backup in removed:
        out(f"removed: {backup.name}")
    if not removed:
        out("nothing to remove")


group = typer.Typer(name="backups", no_args_is_help=True, help="List, check and remove backups.")
group.command("list")(listing)
group.command("verify")(verify)
group.command("prune")(prune)


def _cells(backup: Backup) -> list[str]:
    created = backup.created[:19].replace("T", " ")
    reason = "damaged" if backup.problems else backup.reason
    return [backup.name, created, str(len(backup.files)), _size(backup), reason]


def _packed(backup: Backup) -> dict[str, object]:
    return {
        "name": backup.name,
        "path": str(backup.path),
        "created": backup.created,
        "files": [file.path for file in backup.files],
        "bytes": sum(file.size for file in backup.files),
        "reason": backup.reason,
        "problems": list(map(str, backup.problems)),
    }


def _size(backup: Backup) -> str:
    kib = sum(file.size for file in backup.files) / 1024
    return f"{kib:.1f} KiB"
