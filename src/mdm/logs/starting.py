"""From the settings to what listens: a file, and the console."""

from __future__ import annotations

import sys
import warnings
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from mdm.core.log import LEVELS, waiting
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from loguru import Logger

    from mdm.config.models import LoggingConfig, MDMConfig

PRINTED: Final = "mdm.cli.reporting"
"""The module whose records the command line prints itself."""

_started = ExitStack()


def start(
    config: MDMConfig | None = None,
    *,
    console: Callable[[str], None] | None = None,
    tell: Callable[[Problem], object] | None = None,
    wait: bool = False,
) -> None:
    """Log as *config* says (none: as the active configuration does), in place of what was started before.

    *console* takes the lines of the console, standard error unless given. *tell* is given what is wrong with the log
    file, a Python warning unless given: the log is never what ends a program. loguru's first handler, which it makes
    itself, gets no records of MDM any more; handlers that were added do. With *wait* nothing is opened before there is
    something to log.
    """
    stop()
    if config is None:
        from mdm.config import get_config

        config = get_config()
    settings, lowest = config.logging, "DEBUG" if config.debug else config.logging.console_level

    def listen() -> None:
        _listen(settings, lowest, console or _to_stderr, tell or _warn)

    if wait or (settings.file is None and LEVELS[lowest] >= LEVELS["WARNING"]):
        waiting.lowest, waiting.begin = _lowest(settings, lowest), listen
    else:
        listen()


def stop() -> None:
    """Close the log file, and be silent again."""
    waiting.begin = None
    _started.close()


def _lowest(settings: LoggingConfig, console: str) -> int:
    components = (settings.level, settings.storage_level, settings.features_level, settings.cli_level)
    levels = [console, *components] if settings.file is not None else [console]
    return min(LEVELS[level] for level in levels if level)


def _listen(
    settings: LoggingConfig, lowest: str, console: Callable[[str], None], tell: Callable[[Problem], object]
) -> None:
    from loguru import logger

    _leave_default_handler_to_others(logger)
    only_ours = {"": False, "mdm": True, PRINTED: False}
    number = logger.add(
        lambda text: console(f"{text.record['level'].name.lower()}: {text}"),
        level=lowest,
        filter=only_ours,  # type: ignore[arg-type]
        format=lambda _: "{name}: {message}",
    )
    _started.callback(_remove, logger, number)
    if settings.file is not None:
        _add_file(logger, settings, tell)
    logger.enable("mdm")
    _started.callback(logger.disable, "mdm")


def _add_file(logger: Logger, settings: LoggingConfig, tell: Callable[[Problem], object]) -> None:
    from mdm.logs.file import LogFile
    from mdm.logs.lines import json_line

    assert settings.file is not None
    try:
        file = LogFile(settings, json_line if settings.format == "json" else str, tell)
    except FileError as error:
        tell(error.problems[0])
        return
    components = {"storage": settings.storage_level, "features": settings.features_level, "cli": settings.cli_level}
    levels = {"": False, "mdm": settings.level, **{f"mdm.{name}": level for name, level in components.items() if level}}
    template = "{message}" if settings.format == "json" else settings.format
    try:
        number = logger.add(file, level=0, filter=levels, format=template, backtrace=False, diagnose=False)  # type: ignore[arg-type]
    except ValueError:  # loguru takes <this> for a colour, and knows none of the name
        plain = template.replace("<", r"\<")
        number = logger.add(file, level=0, filter=levels, format=plain, backtrace=False, diagnose=False)  # type: ignore[arg-type]
    _started.callback(_remove, logger, number)


def _leave_default_handler_to_others(logger: Logger) -> None:
    """Let the handler that loguru makes itself show what is not MDM's: the rest it would print a second time."""
    with suppress(ValueError):
        logger.remove(0)
        logger.add(lambda text: _to_stderr(text.rstrip("\n")), colorize=sys.stderr.isatty(), filter={"mdm": False})


def _remove(logger: Logger, number: int) -> None:
    with suppress(ValueError):  # the application has removed all handlers
        logger.remove(number)


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _warn(problem: Problem) -> None:
    warnings.warn(f"{problem} ({problem.hint})" if problem.hint else str(problem), UserWarning, stacklevel=2)
