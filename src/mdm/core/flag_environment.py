"""What the variables say about the flags, and whether they still say it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mdm.core.flag_catalogue import FLAGS
from mdm.core.home import home_folder, home_variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

PREFIX: Final = "MDM_REFACTORING__"


@dataclass(frozen=True, slots=True)
class Environment:
    """The variables as they were when they were read; *live* is where they are, with keys of its own."""

    home: Path
    host: str | None
    variables: Mapping[str, tuple[str, str]]  # flag -> name and text of its variable
    live: Mapping[Any, Any]
    copy: Mapping[Any, Any]
    size: int
    keys: Mapping[str, Any]  # flag -> the key of its variable in live
    home_key: Any
    home_text: Any

    def is_old(self, name: str) -> bool:
        """Say, for the price of some dictionary look-ups, whether what the flag is may have changed.

        Sees every variable that comes, goes, or is set anew under the flag's own name or the home's; a swap of others
        within one millisecond waits for the next look.
        """
        live, key = self.live, self.keys.get(name)
        return (
            len(live) != self.size
            or live.get(key) is not self.copy.get(key)
            or live.get(self.home_key) is not self.home_text
        )


def read_environment(environ: Mapping[str, str], before: Environment | None) -> Environment:
    """Return what *environ* says, which is *before* itself when nothing has changed."""
    # Behind os.environ lies a dictionary that is read 20 times faster; its keys are encoded.
    live: Mapping[Any, Any] = getattr(environ, "_data", environ) if environ is os.environ else environ
    if before is not None and before.live is live and before.copy == live:
        return before
    copy = dict(live)
    encode = str if live is environ else os.environ.encodekey
    home_key = encode(home_variable(environ))
    return Environment(
        home=home_folder(environ),
        host=environ.get("MDM_HOST_ID") or None,
        variables=_variables(environ, copy, encode(PREFIX)),
        live=live,
        copy=copy,
        size=len(copy),
        keys=_keys(encode),
        home_key=home_key,
        home_text=copy.get(home_key),
    )


@lru_cache(maxsize=4)
def _keys(encode: Callable[[str], Any]) -> Mapping[str, Any]:
    return {name: encode(PREFIX + name.upper()) for name in FLAGS}


def _variables(environ: Mapping[str, str], copy: Iterable[Any], prefix: Any) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    ours = [os.fsdecode(key) for key in copy if key[: len(prefix)].upper() == prefix]
    for variable in sorted(ours, reverse=True):  # upper case comes last, so it wins over other spellings
        name = variable[len(PREFIX) :].lower()
        if name in FLAGS:
            found[name] = (variable, environ[variable])
    return found
