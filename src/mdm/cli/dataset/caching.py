"""The results that are kept for the next time."""

from typing import Annotated

import typer

from mdm.cli.config.findings import count
from mdm.cli.dataset.parameters import client_of
from mdm.cli.dataset.showing import shown_size
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json
from mdm.cli.render import pairs
from mdm.config.layers import shown_path


def cache(
    ctx: typer.Context,
    clear: Annotated[
        bool, typer.Option("--clear", help="Remove what is kept; it is computed again when asked for.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show which results, such as statistics, are kept for the next time, or remove them.

    \b
    Example:
      mdm dataset cache --clear
    """
    with client_of(ctx) as client:
        kept, enabled = client.cache, client.config.performance.cache_enabled
        usage = kept.clear() if clear else kept.usage()
    if as_json:
        about = {"folder": str(kept.folder), "enabled": enabled, "most": kept.most}
        out_json({**about, "entries": usage.entries, "size": usage.size, "cleared": clear})
    elif clear:
        out(f"removed: {count(usage.entries, 'result')}, {shown_size(usage.size)}")
    else:
        size = f"{shown_size(usage.size)} of at most {shown_size(kept.most)}"
        results = (
            f"{usage.entries}, {size}" if enabled else f"{usage.entries}, {size}; performance.cache_enabled is off"
        )
        pairs([("folder", shown_path(kept.folder)), ("results", results)])
