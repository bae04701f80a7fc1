"""Questions: on a terminal only, and only where nobody has answered them already."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mdm.core.printable import escape
from mdm.errors import MdmError

if TYPE_CHECKING:
    from mdm.app import Application


def can_ask() -> bool:
    """Say whether somebody is there to answer: input and standard error are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, *, default: bool = False) -> bool:
    """Ask until the answer is yes or no; the end of the input is *default*."""
    while True:
        sys.stdout.flush()
        sys.stderr.write(f"{escape(question)} {'[Y/n]' if default else '[y/N]'} ")
        sys.stderr.flush()
        match sys.stdin.readline().strip().lower():
            case "":
                return default
            case "y" | "yes":
                return True
            case "n" | "no":
                return False


def agreed(app: Application, question: str, *, yes: bool) -> bool:
    """Return whether to go on: asked on a terminal, unless *yes* or the setting ``cli.confirm_destructive`` is off."""
    return yes or not can_ask() or not _asks(app) or ask(question)


def _asks(app: Application) -> bool:
    try:
        return app.load().config.cli.confirm_destructive
    except MdmError:
        return True
