"""Around every command: what goes wrong becomes lines on standard error and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from mdm.cli.output import err
from mdm.cli.recording import recording
from mdm.cli.reporting import catch_python_warnings, report, report_problem
from mdm.errors import MdmError, Problem

_TRUE = ("true", "yes", "on", "1")


def guarded(run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    """Return the exit code of *run*; errors are reported, with a traceback only where debugging is on."""
    _prepare_streams()
    catch_python_warnings()
    code = 1
    try:
        code = _run(run, arguments)
    finally:
        recording.end(code)
    return code


def _run(run: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> int:
    try:
        code = run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has read enough
        _drop_output()
        return 1
    except KeyboardInterrupt:
        err("")
        return 130
    except MdmError as error:
        _maybe_trace(arguments)
        report(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 (this is where it ends)
        return _unexpected(error, arguments)
    return code


def output_failed(error: OSError, arguments: Sequence[str]) -> int:
    """Report that standard output cannot be written to, and return the exit code."""

    def fail(_: Sequence[str]) -> int:
        raise error

    _drop_output()
    return guarded(fail, arguments)


def _prepare_streams() -> None:
    """Give every stream somewhere to write to, and let no character stop the output."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 (as long as we live)
        getattr(sys, name).reconfigure(errors="backslashreplace")


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    if isinstance(error, OSError) and error.filename is None:  # files have names, so this is standard output
        from mdm.core.file_errors import file_error

        _drop_output()
        report(file_error(error, "standard output", "write"))
        return 1
    traced = _maybe_trace(arguments)
    hint = "" if traced else "set MDM_DEBUG=true to see where, and please report it"
    report_problem(Problem(f"unexpected: {type(error).__name__}: {error}", hint=hint), error)
    return 1


def _drop_output() -> None:
    """Let what cannot be written vanish, so that Python does not complain of it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _maybe_trace(arguments: Sequence[str]) -> bool:
    traced = _debugging(arguments)
    if traced:
        import traceback

        for line in traceback.format_exc().splitlines():
            err(line)
    return traced


def _debugging(arguments: Sequence[str]) -> bool:
    """Say whether the setting ``debug`` is on; where the configuration cannot be read, only its variable counts."""
    if text := os.environ.get("MDM_DEBUG"):
        return text.strip().lower() in _TRUE
    try:
        from mdm.app import Application, Options
        from mdm.cli.arguments import hoisted

        line = hoisted(arguments)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Application(Options(line.config_file, line.assignments)).load().config.debug
    except Exception:  # noqa: BLE001 (whatever is wrong here is not what is to be reported)
        return False
