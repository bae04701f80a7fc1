"""From the legacy files to the new one, and back: analyse, plan, carry out, undo."""

from typing import Annotated, Literal

import typer

from mdm.cli.asking import agreed, can_ask
from mdm.cli.config import findings, migrating, restoring
from mdm.cli.output import out, out_json
from mdm.cli.parameters import BackupName, Json, Yes, application
from mdm.cli.reporting import report_problem, tell_recovered, warn_of
from mdm.config.plan import Options
from mdm.errors import ConfigError, Problem, UsageError

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
    app = application(ctx)
    options = Options(new_defaults=new_defaults, keep_invalid=on_invalid == "default")
    plan = app.migrator.plan(options)
    warn_of(plan.analysis.notices)
    if not as_json:
        migrating.show(plan, options, env_format)
    if plan.after is None or not execute:
        if as_json:
            out_json(migrating.as_json(plan, options, env_format))
        elif plan.after is not None:
            migrating.close_dry_run(plan, options)
        return
    migrating.refuse_invalid(plan, options)
    if no_backup and not yes and not can_ask():
        raise UsageError(Problem("a migration without a backup needs --yes", "--no-backup"))
    question = migrating.question(plan, backup=not no_backup)
    if not agreed(app, question, yes=yes):
        raise ConfigError("not migrated; nothing was changed")
    done = app.migrator.apply(options, backup=not no_backup, confirm=lambda now: migrating.same(plan, now))
    tell_recovered(done.recovered)
    if as_json:
        out_json(migrating.as_json(plan, options, env_format, done))
    else:
        migrating.close(app, done)


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
    app = application(ctx)
    chosen, changes = app.migrator.plan_rollback(backup)
    if not as_json:
        restoring.show(app, chosen, changes)
    if dry_run or not changes:
        if as_json:
            out_json(restoring.as_json(app, chosen, changes))
        return
    if not agreed(app, f"restore {chosen.name}?", yes=yes):
        raise ConfigError("not restored; nothing was changed")
    _, changes, safety = app.migrator.roll_back(chosen.path)
    if as_json:
        out_json(restoring.as_json(app, chosen, changes, safety))
    else:
        restoring.close(app, safety)
