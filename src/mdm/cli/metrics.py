"""``mdm metrics``: what all processes of this installation have counted together."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mdm.cli.asking import agreed
from mdm.cli.commands import HELP
from mdm.cli.config.findings import count
from mdm.cli.output import out, out_json, text_of
from mdm.cli.parameters import Json, Yes, application
from mdm.cli.render import table
from mdm.cli.reporting import warn
from mdm.config.layers import shown_path
from mdm.core.files import write_atomic
from mdm.core.metrics import metrics_collector
from mdm.core.metrics_families import prometheus_text
from mdm.core.metrics_store import clear, read
from mdm.core.metrics_tally import Tally
from mdm.errors import ConfigError, FileError, Problem

group = typer.Typer(name="metrics", no_args_is_help=True, help=HELP["metrics"])


@group.command()
def show(ctx: typer.Context, as_json: Json = False) -> None:
    """Show every counter, gauge and timer.

    \b
    Example:
      mdm metrics show
    """
    application(ctx)
    summary = _stored().summary()
    if as_json:
        out_json(summary)
        return
    _warn_when_off()
    rows = [(name, text_of(value)) for kind in ("counters", "gauges") for name, value in summary[kind].items()]
    rows += [(name, _durations(span)) for name, span in summary["timers"].items()]
    if rows:
        table(["metric", "value"], rows)
    else:
        out("nothing was counted yet")


@group.command()
def export(
    ctx: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The file to write; standard output unless given.")
    ] = None,
) -> None:
    """Write everything as Prometheus reads it. FILE may lie in the folder of the node exporter's textfile collector.

    \b
    Example:
      mdm metrics export
      mdm metrics export /var/lib/node_exporter/mdm.prom
    """
    application(ctx)
    text = prometheus_text(_stored())
    _warn_when_off()
    if file is None:
        typer.echo(text, nl=False)
        return
    mode = None if file.exists() else 0o644  # the exporter runs as a user of its own
    write_atomic(file, text.encode(), mode=mode)
    out(f"written: {shown_path(file.absolute())}")


@group.command()
def reset(ctx: typer.Context, yes: Yes = False) -> None:
    """Forget everything that was counted. A damaged file is moved aside.

    \b
    Example:
      mdm metrics reset
    """
    if not agreed(application(ctx), "forget everything that was counted?", yes=yes):
        raise ConfigError("nothing was forgotten")
    path = metrics_collector.path
    try:
        aside = clear(path, datetime.now(UTC))
    except (sqlite3.Error, OSError) as error:
        raise FileError(Problem(f"cannot be reset: {error}", shown_path(path))) from None
    out(f"damaged, moved aside: {shown_path(aside)}" if aside else "everything counts from zero")


def _stored() -> Tally:
    path = metrics_collector.path
    try:
        return read(path)
    except (sqlite3.Error, OSError, ValueError) as error:
        hint = "'mdm metrics reset' moves a damaged file aside"
        raise FileError(Problem(f"the metrics cannot be read: {error}", shown_path(path), hint)) from None


def _durations(span: dict[str, Any]) -> str:
    average, low, high = span["sum"] / span["count"], span["min"], span["max"]
    return f"{count(span['count'], 'time')}, {average:.3f} s on average ({low:.3f} to {high:.3f})"


def _warn_when_off() -> None:
    if not metrics_collector.enabled:
        warn(
            "enable_performance_tracking is off, so nothing is counted",
            "'mdm flags set enable_performance_tracking true'",
        )
