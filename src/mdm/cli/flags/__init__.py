"""``mdm flags``: what each flag is and why, and changing it for every process at once."""

import typer

from mdm.cli.commands import HELP
from mdm.cli.flags.changing import reset, rollout, set_
from mdm.cli.flags.reading import explain, get, history, listing

# these take values such as -1, which are not options
_WITH_VALUES = {"ignore_unknown_options": True}

group = typer.Typer(name="flags", no_args_is_help=True, help=HELP["flags"])
group.command("list")(listing)
group.command("get")(get)
group.command("set", context_settings=_WITH_VALUES)(set_)
group.command("rollout", context_settings=_WITH_VALUES)(rollout)
group.command("explain")(explain)
group.command("history")(history)
group.command("reset")(reset)
