"""The answers that need nothing but Python itself: ``--version``, and ``config get`` where all that is there is plain.

Scripts call these in loops, and to import the models alone takes ten times as long as Python takes to start. So values
are read here from lines that can mean one thing only, and are known to be valid from a table of the settings. Whatever
is not plain (a legacy file that counts, an interrupted change, a value that might be refused) is left to the command
line proper, which is slower but knows everything: none of the two ever answers otherwise than the other.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # known to type checkers; to import typing takes as long as all else here
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mdm.cli.plain import Plain

_LEGACY_FILES = frozenset({"config.yaml", "settings.json"})
_FOLDER_FILES = ("mdm.yaml", ".mdm.yaml")
_SYSTEM_FILE = "/etc/mdm/mdm.yaml"


def quick_answer(arguments: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Return what the command line *arguments* prints, or none where that takes more to find out."""
    if "_MDM_COMPLETE" in environ:
        return None
    match arguments:
        case ["--version"] | ["version"]:
            from mdm import __version__

            return f"mdm {__version__}\n"
        case ["config", "get", key]:
            return _setting(key, environ, as_json=False)
        case ["config", "get", "--json", key] | ["config", "get", key, "--json"]:
            return _setting(key, environ, as_json=True)
    return None


def _setting(key: str, environ: Mapping[str, str], *, as_json: bool) -> str | None:
    from mdm.cli.plain import plain_table

    row = plain_table().get(key)
    if row is None or not row.is_answerable:
        return None
    values = _values(environ)
    if values is None:
        return None
    value = values.get(key, row.default)
    if as_json and row.is_text:
        return f'"{value}"\n'
    return f"{value}\n"


def _values(environ: Mapping[str, str]) -> dict[str, Plain] | None:
    """Return what file and variables set; none where something is not plain."""
    from mdm.cli.plain import plain_file, plain_variables

    variables = plain_variables(environ)
    home = environ.get("HOME", "")
    if variables is None or not home.startswith("/") or not _is_bare(os.curdir, _FOLDER_FILES):
        return None
    file = _file_of(f"{home}/.mdm")
    if file is None:
        return None
    values = plain_file(file) if file else {}
    return None if values is None else {**values, **variables}


def _file_of(home: str) -> str | None:
    """Return the one file that counts, empty where there is none; none where that is not plain to see."""
    from mdm.cli.plain import wants_new

    try:
        names = frozenset(os.listdir(home))  # noqa: PTH208 (pathlib alone takes longer than all of this)
    except FileNotFoundError:
        names = frozenset()
    except OSError:
        return None
    if any(name.startswith((".mdm-", ".feature_flags")) for name in names):
        return None
    if "feature_flags.json" in names:
        if not wants_new(f"{home}/feature_flags.json") or "mdm.yaml" not in names:
            return None
    elif names & _LEGACY_FILES:
        return None
    if "mdm.yaml" in names:
        return f"{home}/mdm.yaml"
    return None if os.path.lexists(_SYSTEM_FILE) else ""


def _is_bare(folder: str, names: Iterable[str]) -> bool:
    """Say whether *folder*, which has to exist, has nothing called like that."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return False
    return not any(os.path.lexists(os.path.join(folder, name)) for name in names)  # noqa: PTH118
