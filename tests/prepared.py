"""A process that has run every command once: its children start where a new process would be after its imports.

What the program builds once in a process (models, adapters, the command line) is then there in each child, and the
pages of memory are shared. What depends on a home, the environment or the current folder is not: it is read anew.
"""

from __future__ import annotations

import functools
import gc
import importlib
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

LINES = (
    *("config show --origin", "config validate", "config validate --json", "config explain debug", "config export-env"),
    *("config get debug", "config analyze", "config migrate", "config path --all", "config set debug true"),
    *("config set debug 6", "config unset debug", "config switch --legacy", "config diff", "config status"),
    *("config migrate --execute --yes", "config backups list", "config backups prune --keep 1 --yes"),
    *("config init --force", "config rollback --yes", "config finalize", "flags list", "metrics show"),
)


class _Terminal(io.TextIOWrapper):
    """A file that says it is a terminal: some modules are needed only there."""

    def isatty(self) -> bool:
        return True


def prepare(lines: Iterable[str] = LINES, variables: Mapping[str, str] | None = None) -> None:
    """Import the program, and let it run *lines*, with *variables*, in a home that is then thrown away."""
    _remember("typer.main", "get_command")
    _remember("mdm.config.json_schema", "json_schema")
    environ, here = dict(os.environ), Path.cwd()
    with tempfile.TemporaryDirectory() as home, _Terminal(io.BytesIO()) as out:
        Path(home, "config.yaml").write_text("debug: true\napi: {port: 1}\n", encoding="utf-8")
        os.environ.clear()
        os.environ.update({"HOME": home, "MDM_HOME_DIR": home, "PATH": os.defpath, **(variables or {})})
        os.chdir(home)
        with redirect_stdout(out), redirect_stderr(out):
            for line in lines:
                _run(line)
        os.chdir(here)
    os.environ.clear()
    os.environ.update(environ)
    _forget_what_was_counted()
    gc.collect()
    gc.freeze()


def _run(line: str) -> None:
    from mdm.__main__ import main

    try:
        main(line.split())
    except SystemExit:
        return  # help and wrong use end so


def _remember(module: str, function: str) -> None:
    """Let a function without side effects, which is called once in a process, be called once for all children."""
    home = importlib.import_module(module)
    setattr(home, function, functools.cache(getattr(home, function)))


def _forget_what_was_counted() -> None:
    from mdm.core.metrics import metrics_collector

    metrics_collector.reset()
