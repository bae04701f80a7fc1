"""The folder where MDM keeps its configuration, flags and backups, and what ``~`` stands for."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "MDM_HOME_DIR"


def home_variable(environ: Mapping[str, str]) -> str:
    """Return the name of the variable that decides where the folder lies."""
    return VARIABLE if environ.get(VARIABLE) else "HOME"


def home_folder(environ: Mapping[str, str]) -> Path:
    """Return ``~/.mdm``, or the folder that ``MDM_HOME_DIR`` puts in its place. It need not exist.

    It is not ``paths.home``, which says where data are kept and can itself stand in a file of this folder.
    """
    if name := environ.get(VARIABLE):
        return expand(name, environ)
    return expand("~/.mdm", environ)


def expand(text: str, environ: Mapping[str, str] | None = None) -> Path:
    """Return *text* as a path, with ``~`` replaced by ``HOME``, or by what the system knows where that is not set.

    Where nobody knows, the path is returned as it is.
    """
    name, _, rest = text.partition("/")
    if name == "~":
        home = (os.environ if environ is None else environ).get("HOME") or _home_of_user()
        return _below(home or "~", rest.lstrip("/"))
    path = Path(text)
    if path.parts[:1] == ("~",):  # ./~ is the same path
        return expand(str(path), environ)
    return path.expanduser() if name.startswith("~") and _is_user(text) else path


@lru_cache(maxsize=32)
def _below(home: str, rest: str) -> Path:
    """Return a path in the home directory; kept, because a load asks for the same ones many times."""
    return Path(home, rest)


def _is_user(text: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(text[1:].split("/", maxsplit=1)[0])
    except KeyError:
        return False
    return True


def _home_of_user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""
