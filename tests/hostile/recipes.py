"""What is too large, or too special, to lie in the folder of cases: made where and when it is needed."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any


def make(path: Path, recipe: dict[str, Any]) -> None:
    """Make what *recipe* says at *path*."""
    for name, what in recipe.items():
        _RECIPES[name](path, what)


def _text(path: Path, pieces: list[Any]) -> None:
    """Write pieces in their order: a text, or a text and how often it is repeated; ``#`` in that is the number."""
    path.write_text("".join(map(_piece, pieces)), encoding="utf-8", newline="")


def _piece(piece: Any) -> str:
    if isinstance(piece, str):
        return piece
    text, times = piece
    if "#" in text:
        return "".join(text.replace("#", str(number)) for number in range(times))
    return str(text) * int(times)


def _zeros(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def _folder(path: Path, _: Any) -> None:
    path.mkdir()


def _fifo(path: Path, _: Any) -> None:
    os.mkfifo(path)


def _socket(path: Path, _: Any) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # names of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def _link(path: Path, target: str) -> None:
    path.symlink_to(target)


def _circle(path: Path, _: Any) -> None:
    other = path.with_name("other")
    other.symlink_to(path.name)
    path.symlink_to(other.name)


def _unreadable(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0)


def _staircase(path: Path, levels: int) -> None:
    """Write block mappings, each one column further in than the one before."""
    path.write_text("".join(f"{' ' * level}a:\n" for level in range(levels)), encoding="utf-8")


_RECIPES: dict[str, Callable[[Path, Any], None]] = {
    "text": _text,
    "zeros": _zeros,
    "folder": _folder,
    "fifo": _fifo,
    "socket": _socket,
    "link": _link,
    "circle": _circle,
    "unreadable": _unreadable,
    "staircase": _staircase,
}
