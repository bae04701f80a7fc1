"""From the legacy files to the new one, and back: analyse, plan, carry out, undo."""

from typing import Annotated, Literal

import typer

from mdm.cli.output import out_json
from mdm.cli.parameters import BackupName, Json, Yes, application
from mdm.cli.reporting import report_problem, warn_of

Style = Literal["sh", "fish", "dotenv", "compose", "systemd"]


def analyze(
    ctx: typer.Context,
    summary: Annotated[bool, typer.Option("--summary", help="Leave out the table of all settings.")] = False,
    as_json: Json = False,
) -> None:
    """Show what there is to migrate. Nothing is written.

    \b
    Example:
      mdm config analyze
      mdm config analyze --json
    """
    from mdm.cli.config import findings

    analysis = findings.analysis_of(application(ctx))
    if as_json:
        out_json(findings.as_json(analysis))
    else:
        warn_of(analysis.notices)
        findings.show(analysis, summary=summary)
        for problem in analysis.problems:
            report_problem(problem)
    raise typer.Exit(2 if analysis.problems else 0)


def migrate(
    ctx: typer.Context,
    execute: Annotated[bool, typer.Option("--execute", help="Write; otherwise the plan is only shown.")] = False,
    yes: Yes = False,
    no_backup: Annotated[bool, typer.Option("--no-backup", help="Make no backup first.")] = False,
    new_defaults: Annotated[
        bool, typer.Option("--new-defaults", help="Take new defaults where nothing was set, not the old ones.")
    ] = False,
    on_invalid: Annotated[
        Literal["stop", "default"],
        typer.Option("--on-invalid", help="Where a value is refused: stop, or take the default and keep the value."),
    ] = "stop",
    env_format: Annotated[Style, typer.Option("--env-format", help="How lines for variables are written.")] = "sh",
    as_json: Json = False,
) -> None:
    """Show the migration, or carry it out. Nothing is written without --execute.

    \b
    Example:
      mdm config migrate
      mdm config migrate --execute
    """
    from mdm.cli.config.migrating import Migration
    from mdm.config.plan import Options

    options = Options(new_defaults=new_defaults, keep_invalid=on_invalid == "default")
    migration = Migration(application(ctx), options, env_format)
    if not as_json:
        migration.show()
    if execute:
        migration.carry_out(yes=yes, backup=not no_backup)
    out_json(migration.as_json) if as_json else migration.close()


def rollback(
    ctx: typer.Context,
    backup: BackupName = None,
    yes: Yes = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    as_json: Json = False,
) -> None:
    """Restore a backup. The present state is saved in another one first.

    \b
    Example:
      mdm config rollback --dry-run
      mdm config rollback backup_20260131_120000
    """
    from mdm.cli.config.restoring import Restoration

    restoration = Restoration(application(ctx), backup)
    if not as_json:
        restoration.show()
    if not dry_run:
        restoration.carry_out(yes=yes)
    out_json(restoration.as_json) if as_json else restoration.close()
