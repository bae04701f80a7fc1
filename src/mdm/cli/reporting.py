"""Errors and warnings on standard error: one line each, the hint on its own, nothing twice."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from mdm.cli.output import err
from mdm.errors import MdmError, Problem

if TYPE_CHECKING:
    from mdm.app import Application
    from mdm.config.layers import Notice

_told: set[str] = set()


def report(error: MdmError) -> None:
    """Print every problem of *error*."""
    for problem in error.problems or (Problem(str(error)),):
        report_problem(problem)


def report_problem(problem: Problem) -> None:
    """Print one problem with its hint."""
    _print("error", str(problem), problem.hint)


def warn(message: str, hint: str = "") -> None:
    """Print a warning, once."""
    if _is_new(message):
        _print("warning", message, hint)


def warn_of(notices: Iterable[Notice]) -> None:
    """Print what is worth saying about the configuration; what was said already is not said again."""
    for notice in notices:
        if _is_new(str(notice)):
            text = f"{notice.where}: {notice.message}" if notice.where else notice.message
            _print("warning", text, notice.hint)


def catch_python_warnings() -> None:
    """Let the warnings that the library raises come out as lines of this kind."""
    warnings.filterwarnings("always", category=UserWarning)
    warnings.showwarning = _show_warning


def finish_interrupted(app: Application) -> None:
    """Finish, or undo, what a killed run began, and say so."""
    from mdm.core.transaction import recover

    tell_recovered(recover(app.home))


def tell_recovered(label: str | None) -> None:
    """Say what became of an interrupted change, if there was one."""
    if label is not None:
        name = label.removesuffix(" (undone)")
        warn(f"an interrupted {name} was {'finished' if name == label else 'undone'}")


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    del category, filename, lineno, file, line
    warn(str(message))


def _is_new(text: str) -> bool:
    if text in _told:
        return False
    _told.add(text)
    return True


def _print(kind: str, text: str, hint: str) -> None:
    err(f"{kind}: {text}")
    if hint:
        err(f"  hint: {hint}")
