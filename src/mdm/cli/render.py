"""Tables, differences, progress: drawn by Rich on a terminal, plain and uncut everywhere else. Only here is Rich."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import TYPE_CHECKING

from mdm.cli.output import is_terminal, out
from mdm.core.printable import escape

if TYPE_CHECKING:
    from rich.console import Console

    from mdm.dataset.progress import Progress

_WIDEST = 60  # a column is not filled up beyond this, however wide a value in it is


def heading(text: str) -> None:
    """Print a heading."""
    if is_terminal():
        _draw(escape(text), "bold")
    else:
        out(text)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text under their column names."""
    header, *lines = aligned([columns, *([escape(cell) for cell in row] for row in rows)])
    heading(header)
    for line in lines:
        out(line)  # a line that is too long for the terminal is wrapped by it, so that no key is ever cut


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns, two blanks between them."""
    widths = [min(_WIDEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def pairs(rows: Iterable[tuple[str, str]]) -> None:
    """Print names with what is to be said of each, aligned."""
    for line in aligned([(escape(name), escape(text)) for name, text in rows]):
        out(line)


def settings(groups: Iterable[tuple[str, Sequence[tuple[str, str, str]]]]) -> None:
    """Print ``key = value`` lines, each with its origin where there is one; on a terminal under their section."""
    for section, rows in groups:
        if is_terminal():
            heading(section)
        width = min(_WIDEST, max((len(escape(f"{key} = {value}")) for key, value, _ in rows), default=0))
        for key, value, origin in rows:
            line = escape(f"{key} = {value}")
            _setting(line.ljust(width) if origin else line, escape(origin))


def change(key: str, old: str, new: str) -> None:
    """Print one difference, ``key: old -> new``."""
    if is_terminal():
        from rich.text import Text

        text = Text.assemble(f"{escape(key)}: ", (escape(old), "red"), " -> ", (escape(new), "green"))
        _console().print(text, soft_wrap=True)
    else:
        out(f"{key}: {old} -> {new}")


def diff(lines: Iterable[str]) -> None:
    """Print a unified diff, coloured on a terminal."""
    for line in lines:
        if is_terminal():
            _draw(escape(line), _STYLES.get(line[:1], "") if line[:3] not in ("+++", "---") else "bold")
        else:
            out(line)


def progress_until(stack: ExitStack) -> Progress:
    """Return what draws a bar on standard error; none is left when *stack* ends, whatever became of the work."""

    @contextmanager
    def progress(doing: str, total: int | None) -> Iterator[Callable[[int], object]]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        numbers = "{task.completed:,.0f}" if total is None else "{task.completed:,.0f} of {task.total:,.0f}"
        columns = (BarColumn(), TextColumn(f"{numbers} {doing}", markup=False), TimeRemainingColumn())
        console = Console(stderr=True, color_system=None if os.environ.get("NO_COLOR") else "auto")
        with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as bar:
            stack.callback(bar.stop)
            task = bar.add_task("", total=total)
            yield lambda done: bar.advance(task, done)

    return progress


_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def _setting(line: str, origin: str) -> None:
    if not is_terminal():
        out(f"{line}  # {origin}" if origin else line)
        return
    from rich.text import Text

    text = Text(f"  {line}")
    if origin:
        text.append(f"  {origin}", "dim")
    _console().print(text, soft_wrap=True)


def _draw(text: str, style: str) -> None:
    from rich.text import Text

    _console().print(Text(text, style), soft_wrap=True)


@cache
def _console() -> Console:
    from rich.console import Console

    return Console(
        highlight=False, markup=False, emoji=False, color_system=None if os.environ.get("NO_COLOR") else "auto"
    )
