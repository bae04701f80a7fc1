"""Answers without the command line proper: ``--version``, ``config get`` and ``flags get`` of whatever is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from mdm.cli.arguments import Line

if TYPE_CHECKING:
    from mdm.app import Application

_COMPLETION = "_MDM_COMPLETE"  # set by a shell that asks for completions


def fast_answer(line: Line) -> Callable[[], None] | None:
    """Return what answers *line*, or none where the command line proper is needed."""
    if _COMPLETION in os.environ:
        return None
    match line.rest:
        case ["--version"] | ["version"]:
            return _version
        case [noun, "get", name] if noun in _GETTERS and not name.startswith("-"):
            return lambda: _GETTERS[noun](line, name, as_json=False)
        case [noun, "get", "--json", name] | [noun, "get", name, "--json"] if noun in _GETTERS and name[:1] != "-":
            return lambda: _GETTERS[noun](line, name, as_json=True)
    return None


def _version() -> None:
    from mdm.cli.version import print_version

    print_version()


def _setting(line: Line, key: str, *, as_json: bool) -> None:
    from mdm.cli.value import print_value

    print_value(_application(line), key, as_json=as_json)


def _flag(line: Line, name: str, *, as_json: bool) -> None:
    from mdm.cli.flag import print_flag

    print_flag(name, lambda: _application(line), as_json=as_json)


def _application(line: Line) -> Application:
    from mdm.app import Application, Options

    return Application(Options(line.config_file, line.assignments))


_GETTERS = {"config": _setting, "flags": _flag}
