"""``mdm doctor``: one module a part of the body; this one puts them together."""

from collections import Counter
from typing import Annotated

import typer

from mdm.app import Application
from mdm.cli.doctor.backends import backends
from mdm.cli.doctor.configuration import configuration, secret_files
from mdm.cli.doctor.finding import Finding, examined
from mdm.cli.doctor.folders import leftovers, permissions, space
from mdm.cli.doctor.installation import installation
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json
from mdm.cli.render import pairs
from mdm.config.models import Backend

group = typer.Typer()


@group.command()
def doctor(
    ctx: typer.Context,
    backend: Annotated[
        Backend | None, typer.Option("--backend", help="Examine this one too, not only the default.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Examine the installation and say what to do. Nothing is changed; exit code 1 where there is an error.

    \b
    Example:
      mdm doctor
      mdm doctor --backend postgresql
    """
    findings = _examine(ctx.obj, backend)
    counts = Counter(finding.severity for finding in findings)
    if as_json:
        out_json({"healthy": not counts["error"], "findings": [finding.as_json for finding in findings]})
    else:
        pairs((f"{finding.severity:7}", _line(finding)) for finding in findings)  # a column that never moves
        out()
        out(", ".join(f"{counts[kind]} {kind}{'s' if counts[kind] != 1 else ''}" for kind in ("error", "warning")))
    raise typer.Exit(1 if counts["error"] else 0)


def _examine(app: Application, asked: Backend | None) -> list[Finding]:
    checks = {
        "mdm": installation,
        "configuration": configuration,
        "permissions": secret_files,
        "folders": permissions,
        "leftovers": leftovers,
        "disk": space,
        "backend": backends(asked),
    }
    return [finding for name, check in checks.items() for finding in examined(name, check, app)]


def _line(finding: Finding) -> str:
    fix = f"; fix: {finding.fix}" if finding.fix else ""
    return f"{finding.check}: {finding.message}{fix}"
