"""``mdm config watch``: what changes in the configuration, as it changes."""

import sys
from queue import SimpleQueue
from typing import Annotated

import typer

from mdm.cli.config.values import origin_of
from mdm.cli.output import err, json_text, out_bare, text_of
from mdm.cli.parameters import Json, application
from mdm.cli.render import change
from mdm.cli.reporting import report
from mdm.config.file_watch import Reloaded
from mdm.config.sources import masked
from mdm.errors import MdmError


def watch(
    ctx: typer.Context,
    interval: Annotated[
        float, typer.Option("--interval", min=0.05, max=3600, metavar="SECONDS", help="How often to look.")
    ] = 1.0,
    as_json: Json = False,
) -> None:
    """Print every setting whose value changes, until Ctrl-C. A broken file is reported, and changes nothing.

    \b
    Example:
      mdm config watch
      mdm config watch --json --interval 5
    """
    found: SimpleQueue[Reloaded | MdmError] = SimpleQueue()
    with application(ctx).manager.watch(found.put, on_error=found.put, interval=interval):
        err("watching the configuration; Ctrl-C ends it")
        while True:
            match found.get():
                case Reloaded() as reloaded:
                    _print(reloaded, as_json=as_json)
                case MdmError() as error:
                    report(error)


def _print(reloaded: Reloaded, *, as_json: bool) -> None:
    """Print a line for each setting, its secrets masked, at once: whoever reads is waiting."""
    schema = reloaded.new.schema()
    for key in reloaded.keys:
        old, new = (masked(schema, key, config.value(key)) for config in (reloaded.old, reloaded.new))
        origin = origin_of(reloaded.new, key)
        if as_json:
            out_bare(json_text({"key": key, "old": old, "new": new, "origin": origin}))
        else:
            change(key, text_of(old), f"{text_of(new)} ({origin})")
    sys.stdout.flush()
