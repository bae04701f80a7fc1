"""Answers without the command line proper: ``mdm --version`` and ``mdm config get KEY``, called in loops."""

from __future__ import annotations

import os
from collections.abc import Callable

from mdm.cli.arguments import Line

_COMPLETION = "_MDM_COMPLETE"  # set by a shell that asks for completions


def quick_answer(line: Line) -> Callable[[], None] | None:
    """Return what answers *line*, or none where the command line proper is needed."""
    if _COMPLETION in os.environ:
        return None
    match line.rest:
        case ["--version"] | ["version"]:
            return _version
        case ["config", "get", key] if not key.startswith("-"):
            return lambda: _get(line, key)
        case ["config", "get", "--json", key] | ["config", "get", key, "--json"] if not key.startswith("-"):
            return lambda: _get(line, key, as_json=True)
    return None


def _version() -> None:
    from mdm.cli.version import print_version

    print_version()


def _get(line: Line, key: str, *, as_json: bool = False) -> None:
    from mdm.app import Application, Options
    from mdm.cli.value import print_value

    print_value(Application(Options(line.config_file, line.assignments)), key, as_json=as_json)
