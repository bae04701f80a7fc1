"""The arguments of the commands for flags, and how a shell completes them."""

from typing import Annotated

import typer

from mdm.config.models import MDMConfig
from mdm.core.flag_catalogue import FLAGS


def meaning(name: str) -> str:
    """Return what the flag does, in one sentence."""
    return MDMConfig.schema()[f"refactoring.{name}"].description


def complete_flag(incomplete: str) -> list[tuple[str, str]]:
    """Return the flags whose name begins so, with what they do."""
    return [(name, meaning(name)) for name in FLAGS if name.startswith(incomplete)]


def complete_rollout(incomplete: str) -> list[tuple[str, str]]:
    """Return the flags with a rollout whose name begins so."""
    return [(name, text) for name, text in complete_flag(incomplete) if FLAGS[name].rollout]


def complete_word(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the words that the flag named before can be."""
    flag = FLAGS.get(ctx.params.get("name") or "")
    words = ("true", "false") if flag and flag.kind == "bool" else ()
    return [word for word in words if word.startswith(incomplete.lower())]


Name = Annotated[str, typer.Argument(metavar="NAME", help="A flag.", autocompletion=complete_flag)]
NameOrAll = Annotated[
    str | None, typer.Argument(metavar="NAME", help="A flag; all unless given.", autocompletion=complete_flag)
]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="One or more flags.", autocompletion=complete_flag)
]
RolloutName = Annotated[
    str, typer.Argument(metavar="NAME", help="A flag that has a percentage.", autocompletion=complete_rollout)
]
Percent = Annotated[str, typer.Argument(metavar="PERCENT", help="For how many of a hundred subjects the flag is on.")]
NewValue = Annotated[
    str,
    typer.Argument(metavar="VALUE", help="true or false; for a percentage 0 to 100.", autocompletion=complete_word),
]
Subject = Annotated[
    str | None, typer.Option("--subject", metavar="TEXT", help="For whom; this installation unless given.")
]
