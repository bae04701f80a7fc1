"""What is recorded of a command beside its work, as the settings ask: its log, and its profile."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from mdm.cli.output import err
from mdm.cli.reporting import print_problem, warn
from mdm.core.log import note, waiting
from mdm.errors import FileError, MdmError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mdm.config.models import MDMConfig

_LOOKING: Final = ("mdm config", "mdm flags", "mdm metrics")
"""Commands that may do nothing but look, and then leave no trace: their log begins with what they change."""


class Recording:
    """The log and the profile of the command that runs. Without a valid configuration there is neither."""

    def __init__(self) -> None:
        self._command = ""
        self._begun = 0.0
        self._profile = ExitStack()

    def expect(self, load: Callable[[], object]) -> None:
        """Let *load*, which leads to `begin`, be called when there is something to log and nobody has begun."""
        if self._command:
            return

        def begin() -> None:
            with suppress(MdmError):  # the command will meet it, too
                load()

        waiting.lowest, waiting.begin = 0, begin

    def begin(self, config: MDMConfig, command: str) -> None:
        """Record *command* from here on; what has begun already goes on."""
        if self._command:
            return
        from mdm.logs.starting import start

        self._command, self._begun = command, time.perf_counter()
        looks = command.startswith(_LOOKING)
        start(config, console=_print, tell=lambda problem: print_problem("warning", problem), wait=looks)
        note("DEBUG", "{command}: begins", command=command)
        if config.performance.enable_profiling:
            self._profile.enter_context(_profiled(config.paths.temp_path, command.replace(" ", "-")))

    def end(self, code: int) -> None:
        """Write the profile, and close the log."""
        if not self._command:
            waiting.begin = None
            return
        from mdm.logs.starting import stop

        self._profile.close()
        seconds = round(time.perf_counter() - self._begun, 3)
        note("INFO", "{command}: exit code {code} after {seconds} s", command=self._command, code=code, seconds=seconds)
        stop()
        self._command = ""


recording = Recording()
"""Of this process, which runs one command at a time."""


def _print(line: str) -> None:
    with suppress(OSError):  # who read our output is gone: that is for the command to find out
        err(line)


@contextmanager
def _profiled(folder: Path, name: str) -> Iterator[None]:
    from mdm.profiling import profiled

    try:
        with profiled(folder, name) as path:
            yield
    except FileError as error:
        for problem in error.problems:
            warn(f"no profile: {problem}", problem.hint)
    else:
        err(f"profile: {path}")
