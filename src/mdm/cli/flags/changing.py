"""Setting flags: stored beside the configuration, so that every process sees it at its next read."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import typer

from mdm.cli.flags.parameters import Name, Names, NewValue, Percent, RolloutName
from mdm.cli.output import out, out_json, out_lines, text_of
from mdm.cli.parameters import Json, application
from mdm.cli.reporting import warn
from mdm.core.feature_flags import FlagChange, feature_flags
from mdm.core.flag_catalogue import FLAGS, Flag, find, parse
from mdm.core.flag_environment import PREFIX
from mdm.errors import FlagError, Problem, UsageError


@dataclass(frozen=True, slots=True)
class Changed:
    """What was stored for a flag; no change where everything is as before."""

    name: str
    change: FlagChange | None

    def __str__(self) -> str:
        if self.change is None:
            return f"{self.name}: as before"
        return f"{self.name}: {text_of(self.change.old)} -> {text_of(self.change.new)}"

    @property
    def as_json(self) -> dict[str, Any]:
        """The same for programs; *value* is what the flag is now, whatever decides that."""
        return {"name": self.name, "value": feature_flags.get(self.name), "changed": self.change is not None}


def set_(ctx: typer.Context, name: Name, value: NewValue, as_json: Json = False) -> None:
    """Set a flag, for every process at once.

    \b
    Example:
      mdm flags set use_new_backend true
    """
    application(ctx)
    _tell(_set(find(name), value), as_json=as_json)


def rollout(ctx: typer.Context, name: RolloutName, percent: Percent, as_json: Json = False) -> None:
    """Set for how many subjects a flag is on. Who is in stays in while the percentage grows.

    \b
    Example:
      mdm flags rollout use_new_backend 10
    """
    application(ctx)
    flag = find(name)
    _tell(_set(_percentage_of(flag), percent.strip().removesuffix("%")), as_json=as_json)
    if flag.rollout and feature_flags.get(name):
        warn(f"{name} is on for all, so its percentage does not count", f"'mdm flags set {name} false' lets it count")


def reset(
    ctx: typer.Context,
    names: Names = None,
    every: bool = typer.Option(False, "--all", help="Reset all flags."),
    as_json: Json = False,
) -> None:
    """Forget what was set, so that the configuration file or the default counts again.

    \b
    Example:
      mdm flags reset use_new_backend
      mdm flags reset --all
    """
    application(ctx)
    if bool(names) == every:
        raise UsageError(Problem("say which flags are to be reset", "reset", "names, or --all"))
    flags = [find(name) for name in names or FLAGS]
    changed = [_changed(flag, partial(feature_flags.reset, flag.name)) for flag in flags]
    if as_json:
        out_json([each.as_json for each in changed])
    else:
        out_lines(map(str, changed))


def _percentage_of(flag: Flag) -> Flag:
    if flag.kind == "percentage":
        return flag
    if flag.rollout is None:
        having = ", ".join(each.name for each in FLAGS.values() if each.rollout)
        raise FlagError(Problem("has no percentage", flag.name, f"the flags that have one are {having}"))
    return find(flag.rollout)


def _set(flag: Flag, text: str) -> Changed:
    value = parse(flag, text)
    return _changed(flag, lambda: feature_flags.set(flag.name, value))


def _changed(flag: Flag, change: Callable[[], object]) -> Changed:
    before = feature_flags.history(flag.name)
    change()
    after = feature_flags.history(flag.name)
    _warn_where_hidden(flag.name)
    return Changed(flag.name, after[-1] if after != before else None)


def _warn_where_hidden(name: str) -> None:
    if (source := feature_flags.source(name)).startswith(PREFIX):
        warn(f"{name}: {source} hides what is stored", "unset it, so that what is stored counts")


def _tell(changed: Changed, *, as_json: bool) -> None:
    out_json(changed.as_json) if as_json else out(str(changed))
