"""Whether LibCST can be given a text: it needs long for some, and ends the process where it is nested too deeply.

Ordinary code goes to it at once. What is deep or long is parsed in another process first, which can be ended.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import warnings
from typing import Final

SECONDS: Final = 20
_DEEPEST: Final = 100
_LONGEST: Final = 50_000


class UnreadableError(ValueError):
    """Code that cannot be read; the text says why."""


def check_readable(text: str) -> None:
    """Raise `UnreadableError` for code that LibCST cannot read in time, and `SyntaxError` for what is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # those of the user's code
            tree = ast.parse(text)
    except (MemoryError, RecursionError):
        raise UnreadableError("nested too deeply to be read") from None
    if len(text) > _LONGEST or _is_deep(tree):
        _try_apart(text)


def _is_deep(tree: ast.AST) -> bool:
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return bool(level)


def _try_apart(text: str) -> None:
    """Parse *text* in a process of its own; -P keeps the folder that is looked at out of what it imports."""
    command = [sys.executable, "-P", "-m", "mdm.rewriting.code.trial"]
    data = text.encode()
    try:
        ended = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603 (no shell)
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"not read within {SECONDS} seconds") from None
    if ended.returncode:
        raise UnreadableError("LibCST cannot read it")
