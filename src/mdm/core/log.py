"""The one way in which MDM logs. As long as nobody listens nothing is imported, and nothing happens.

The records are loguru's: `mdm.logs` writes them where the settings say, or an application's own handlers take them.
As a library MDM is silent until asked: by ``mdm.logs.start()``, or by loguru's ``logger.enable("mdm")``.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from mdm.core.masking import mask_text
from mdm.core.printable import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loguru import Logger, Record

Level: TypeAlias = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

LEVELS: Final[dict[str, int]] = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


@dataclass(slots=True)
class Waiting:
    """Somebody who begins to listen when a record of at least *lowest* comes: so loguru is imported only then."""

    lowest: int = 0
    begin: Callable[[], None] | None = None

    def end(self) -> None:
        """Let them listen now."""
        begin, self.begin = self.begin, None
        if begin is not None:
            begin()


waiting: Final = Waiting()


def log(level: Level, message: str, /, *, error: BaseException | None = None, **fields: object) -> None:
    """Log *message*, a literal in which ``{name}`` stands for a field; the fields are kept with the record.

    Texts among them lose the passwords of addresses, and stay on one line whatever they hold.
    """
    while waiting.begin is not None and LEVELS[level] >= waiting.lowest:
        waiting.end()
    _emit(level, message, error, fields)


def note(level: Level, message: str, /, *, error: BaseException | None = None, **fields: object) -> None:
    """Do so in a log that has begun; what is only noted is no reason to begin one."""
    if waiting.begin is None:
        _emit(level, message, error, fields)


def _emit(level: Level, message: str, error: BaseException | None, fields: Mapping[str, object]) -> None:
    logger: Logger | None = getattr(sys.modules.get("loguru"), "logger", None)
    if logger is None:
        return
    _silence(logger)
    shown = {name: _shown(value) for name, value in fields.items()}
    logger.opt(depth=2, exception=error).patch(_forgive).log(level, message, **shown)


@cache
def _silence(logger: Logger) -> None:
    """Once, let MDM be silent; unless the application was faster, and has said what it wants of MDM."""
    said: list[tuple[str, bool]] = getattr(getattr(logger, "_core", None), "activation_list", [])
    if not any(name.startswith("mdm.") for name, _ in said):
        logger.disable("mdm")


def _shown(value: object) -> object:
    return value if isinstance(value, bool | int | float | None) else escape(mask_text(str(value)))


def _forgive(record: Record) -> None:
    """Let formats ask for fields that not every record has: ``{extra[dataset]}``."""
    record["extra"] = _Fields(record["extra"])


class _Fields(dict[Any, Any]):
    def __missing__(self, name: object) -> str:
        return _Nothing()


class _Nothing(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return ""
