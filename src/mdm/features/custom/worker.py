"""The process that runs the user's files: ``python -m mdm.features.custom.worker NUMBER``, of its end of a pipe.

A question is a tuple; the answer is ``(None, result)``, or ``(line, message)`` of what went wrong in the user's file.
"""

from __future__ import annotations

import inspect
import io
import sys
import traceback
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl


class WrongResultError(Exception):
    """What a function returns is no feature."""


def main() -> None:
    """Answer until nobody asks any more."""
    connection = Connection(int(sys.argv[1]))
    while True:
        try:
            question = connection.recv()
        except (EOFError, KeyboardInterrupt):
            return
        connection.send(_answer(*question))


def _answer(verb: str, path: str, *rest: Any) -> tuple[int | None, Any]:
    try:
        return None, list(_functions(path)) if verb == "functions" else _call(path, *rest)
    except WrongResultError as error:
        return inspect.unwrap(_functions(path)[rest[0]]).__code__.co_firstlineno, f"{rest[0]} {error}"
    except SyntaxError as error:
        return error.lineno or 0, f"{type(error).__name__}: {error.msg}"
    except BaseException as error:  # noqa: BLE001  # whatever the user's code raises, SystemExit too
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
        message = str(error).partition("\n")[0]
        return (lines[-1] if lines else 0) or 0, f"{type(error).__name__}: {message}"


@cache
def _functions(path: str) -> dict[str, Callable[..., Any]]:
    sys.dont_write_bytecode = True  # the folder is the user's
    spec = spec_from_file_location("mdm_custom_features", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return {
        name: value
        for name, value in vars(module).items()
        if inspect.isfunction(value) and not name.startswith("_") and value.__module__ == module.__name__
    }


def _call(path: str, function: str, sent: bytes, trial: bool) -> bytes:
    import polars as pl

    frame = pl.read_ipc_stream(io.BytesIO(sent))
    made = _checked(_functions(path)[function](frame.clone()), len(frame))
    half = len(frame) // 2
    if trial and half and not made.head(half).equals(_checked(_functions(path)[function](frame.head(half)), half)):
        raise WrongResultError("makes something else of a row when other rows are not there; use that row alone")
    stream = io.BytesIO()
    made.write_ipc_stream(stream)
    return stream.getvalue()


def _checked(made: Any, rows: int) -> pl.DataFrame:
    import polars as pl

    if not isinstance(made, pl.DataFrame):
        raise WrongResultError(f"returns {type(made).__name__}, not a frame of Polars")
    if len(made) != rows:
        raise WrongResultError(f"returns {len(made)} rows of {rows}")
    if not made.width:
        raise WrongResultError("returns no column")
    for name, dtype in made.schema.items():
        if not (dtype.is_numeric() or dtype in {pl.Boolean, pl.Null}):
            raise WrongResultError(f"returns {name!r} as {dtype}; features are numbers")
    return made.cast(pl.Float64)


if __name__ == "__main__":
    main()
