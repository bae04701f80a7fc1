"""Processes that run the user's files, and are ended when they take too long."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa

from mdm.config.layers import shown_path
from mdm.errors import MdmError, Problem

if TYPE_CHECKING:
    from pathlib import Path

TIME_LIMIT: Final = 60.0
"""Seconds for one call of one function, or for reading a file with all that it imports."""


class CustomError(MdmError):
    """A custom feature does not do what it should; *path* is its file, *function* its name, if it came so far."""

    def __init__(self, problem: Problem, path: Path, function: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.function = function


class Worker:
    """One process; after an error that it did not survive it is of no more use."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._connection, theirs = multiprocessing.Pipe()
        number = theirs.fileno()
        command = [sys.executable, "-P", "-m", "mdm.features.custom.worker", str(number)]
        self._process = subprocess.Popen(command, pass_fds=(number,), stdin=subprocess.DEVNULL, stdout=2)  # noqa: S603
        theirs.close()
        self.alive = True

    def functions(self, path: Path) -> list[str]:
        """Return the functions of a file, in the order in which they stand there."""
        names: list[str] = self._ask(("functions", str(path)), path, "")
        return names

    def call(self, path: Path, function: str, batch: pa.RecordBatch, *, trial: bool = False) -> pa.RecordBatch:
        """Return what a function makes of *batch*; in a *trial* it has to make the same of the half of the rows."""
        with pa.BufferOutputStream() as stream:
            with pa.ipc.new_stream(stream, batch.schema) as writer:
                writer.write_batch(batch)
            sent = stream.getvalue().to_pybytes()
        answer = self._ask(("call", str(path), function, sent, trial), path, function)
        with pa.ipc.open_stream(answer) as reader:
            return reader.read_all().combine_chunks().to_batches()[0] if answer else batch

    def close(self) -> None:
        """End the process."""
        self.alive = False
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _ask(self, question: tuple[Any, ...], path: Path, function: str) -> Any:
        try:
            self._connection.send(question)
            if not self._connection.poll(self._limit):
                self.close()
                what = f"the function {function} takes" if function else "takes"
                problem = Problem(f"{what} longer than {self._limit:g} s", shown_path(path), "make it faster")
                raise CustomError(problem, path, function)
            line, answer = self._connection.recv()
        except (EOFError, OSError):
            self.close()
            problem = Problem("has ended the process that ran it", shown_path(path), "see what it calls")
            raise CustomError(problem, path, function) from None
        if line is not None:
            where = f"{shown_path(path)}:{line}" if line else shown_path(path)
            raise CustomError(Problem(answer, where), path, function)
        return answer


class Workers:
    """Processes for threads that work side by side: as many as ask at once, each started when it is needed first."""

    def __init__(self, limit: float | None = None) -> None:
        self._limit = TIME_LIMIT if limit is None else limit
        self._idle: SimpleQueue[Worker] = SimpleQueue()

    def __enter__(self) -> Self:
        """Return this; all processes are ended when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        self.close()

    def close(self) -> None:
        """End the processes."""
        while (worker := self._one()) is not None:
            worker.close()

    def functions(self, path: Path) -> list[str]:
        """Return the functions of a file; raises CustomError."""
        worker = self._one() or Worker(self._limit)
        try:
            return worker.functions(path)
        finally:
            self._back(worker)

    def call(self, path: Path, function: str, batch: pa.RecordBatch, *, trial: bool = False) -> pa.RecordBatch:
        """Return what a function makes of *batch*; raises CustomError."""
        worker = self._one() or Worker(self._limit)
        try:
            return worker.call(path, function, batch, trial=trial)
        finally:
            self._back(worker)

    def _one(self) -> Worker | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

    def _back(self, worker: Worker) -> None:
        if worker.alive:
            self._idle.put(worker)
