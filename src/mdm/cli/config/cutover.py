"""The cutover: how it stands, and its end."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from mdm.cli.config import standing
from mdm.cli.config.ending import Finalization
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json, Yes, application
from mdm.config.criteria import DAYS, Window
from mdm.config.layers import shown_path
from mdm.core.files import write_atomic
from mdm.errors import Problem, UsageError

Days = Annotated[
    int | None,
    typer.Option("--days", metavar="N", min=0, help=f"How long all must have been well; 0: only now. [{DAYS}]"),
]
Since = Annotated[str | None, typer.Option("--since", metavar="DATE", help="The same as a date: 2026-01-31.")]
Accepted = Annotated[
    list[str] | None, typer.Option("--accept", metavar="KEY", help="A difference that is meant; repeatable.")
]


def status(
    ctx: typer.Context,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write it as one page.")] = None,
    days: Days = None,
    since: Since = None,
    accept: Accepted = None,
    as_json: Json = False,
) -> None:
    """Show how the cutover stands, and whether it is safe to finish it.

    \b
    Example:
      mdm config status
      mdm config status --html status.html
    """
    app = application(ctx)
    found = standing.status_here(app, _window(days, since, accept))
    if html is not None:
        from mdm.cli.config.page import page

        write_atomic(html, page(app, found, datetime.now(UTC)).encode("utf-8", "backslashreplace"))
    if as_json:
        out_json(standing.as_json(found))
    elif html is not None:
        out(f"written: {shown_path(html)}")
    else:
        standing.show(app, found)


def finalize(
    ctx: typer.Context,
    days: Days = None,
    since: Since = None,
    accept: Accepted = None,
    execute: Annotated[bool, typer.Option("--execute", help="Write; otherwise the plan is only shown.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Finish although it is not safe; the new configuration must be valid.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """End the cutover: archive and remove the legacy files, and let the new system answer for good.

    \b
    Example:
      mdm config finalize
      mdm config finalize --days 14 --execute
    """
    finalization = Finalization(application(ctx), _window(days, since, accept), force=force)
    if not as_json:
        finalization.show()
    if execute:
        finalization.carry_out(yes=yes)
    out_json(finalization.as_json) if as_json else finalization.close()


def _window(days: int | None, since: str | None, accept: list[str] | None) -> Window:
    accepted = frozenset(accept or ())
    if since is None:
        return Window.of_days(DAYS if days is None else days, accepted)
    if days is not None:
        raise UsageError(Problem("name either a number of days or a date", "--since"))
    try:
        return Window(date.fromisoformat(since), accepted)
    except ValueError:
        raise UsageError(Problem("is not a date such as 2026-01-31", "--since")) from None
