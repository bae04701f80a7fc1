"""Errors and warnings on standard error: one line each, the hint on its own, nothing twice."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

from mdm.cli.output import err
from mdm.core.log import log, note
from mdm.errors import MdmError, Problem

if TYPE_CHECKING:
    from mdm.config.layers import Notice

_told: set[str] = set()


def report(error: MdmError) -> None:
    """Print every problem of *error*."""
    for problem in error.problems or (Problem(str(error)),):
        report_problem(problem)


def report_problem(problem: Problem, error: BaseException | None = None) -> None:
    """Print one problem with its hint; the log gets the traceback of *error*, too."""
    print_problem("error", problem)
    note("ERROR", "{problem}", problem=problem, hint=problem.hint, error=error)


def print_problem(kind: str, problem: Problem) -> None:
    """Print one problem with its hint, and log nothing: it is of the log itself."""
    err(f"{kind}: {problem}")
    if problem.hint:
        err(f"  hint: {problem.hint}")


def warn(message: str, hint: str = "") -> None:
    """Print a warning, once."""
    if _is_new(message):
        _warn(Problem(message, hint=hint))


def warn_of(notices: Iterable[Notice]) -> None:
    """Print what is worth saying about the configuration; what was said already is not said again."""
    for notice in notices:
        if _is_new(str(notice)):
            _warn(Problem(notice.message, notice.where, notice.hint))


def catch_python_warnings() -> None:
    """Let the warnings that the library raises come out as lines of this kind."""
    warnings.filterwarnings("always", category=UserWarning)
    warnings.showwarning = _show_warning


def tell_recovered(label: str | None) -> None:
    """Say what became of an interrupted change, if there was one."""
    if label is not None:
        log("WARNING", "an interrupted change was dealt with: {label}", label=label)
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


def _warn(problem: Problem) -> None:
    print_problem("warning", problem)
    note("WARNING", "{problem}", problem=problem, hint=problem.hint)
