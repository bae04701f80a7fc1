"""Which encoding a text file has: found out from the whole file, in one pass."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from mdm.config.layers import Notice
from mdm.dataset.reading.compression import opened
from mdm.errors import FileError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_IN_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


@dataclass(frozen=True, slots=True)
class Text:
    """What is known of a text file: its *encoding* as Python calls it, whether that was assumed, its first part."""

    encoding: str
    start: str
    notices: tuple[Notice, ...] = ()


def examine(path: Path, encoding: str | None = None) -> Text:
    """Find out how *path* is encoded, or check that it is *encoding*.

    A byte order mark decides; what is valid UTF-8 is UTF-8; then two-byte text without a mark is told by its zeros.
    All else is taken for cp1252 (latin-1 where cp1252 has no such character), with a notice.
    """
    if encoding is not None:
        _check(path, encoding)
        return Text(encoding, _start(path, encoding))
    with opened(path) as stream:
        found, sure = _found(path, stream)
    notices = () if sure else (_assumed(path, found),)
    return Text(found, _start(path, found), notices)


def _found(path: Path, stream: IO[bytes]) -> tuple[str, bool]:
    first = stream.read(_BLOCK)
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name, True
    if b"\0" in first and (wide := _wide(first)):
        return wide, True
    decoder, valid, rare = codecs.getincrementaldecoder("utf-8")(), True, False
    for number, block in enumerate(_blocks(first, stream)):
        if b"\0" in block:
            raise _not_text(path, number)
        valid = valid and _decodes(decoder, block)
        rare = rare or (not valid and any(block.count(byte) for byte in _NOT_IN_CP1252))
    if valid and _decodes(decoder, b"", final=True):
        return "utf-8", True
    return ("latin-1" if rare else "cp1252"), False


def _blocks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    while first:
        yield first
        first = stream.read(_BLOCK)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    if block.isascii() and not final and decoder.getstate()[0] == b"":
        return True
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _wide(first: bytes) -> str | None:
    """Return the UTF-16 whose zeros are where Western text has them, if any."""
    even, odd = first[::2].count(0), first[1::2].count(0)
    half = len(first) // 2
    if odd > half * 0.6 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.6 and odd < half * 0.1 else None


def _check(path: Path, encoding: str) -> None:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        raise FileError(Problem(f"unknown encoding {encoding}", str(path), "such as utf-8, cp1252, utf-16")) from None
    with opened(path) as stream:
        try:
            while block := stream.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            message = f"is not encoded in {encoding}: {getattr(error, 'reason', error)}"
            raise FileError(Problem(message, str(path), "leave out --encoding, and it is found out")) from None


def _start(path: Path, encoding: str) -> str:
    with opened(path) as stream:
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(stream.read(_BLOCK))


def _not_text(path: Path, number: int) -> FileError:
    """Return the error for a zero byte in the block of this *number*; only now its line is worth finding out."""
    with opened(path) as stream:
        lines = 1 + sum(stream.read(_BLOCK).count(b"\n") for _ in range(number))
        lines += stream.read(_BLOCK).partition(b"\0")[0].count(b"\n")
    hint = "is this a text file? in an encoding of two bytes a character: --encoding utf-16-le or utf-16-be"
    return FileError(Problem("holds a zero byte", f"{path}:{lines}", hint))


def _assumed(path: Path, encoding: str) -> Notice:
    return Notice("encoding", f"is not UTF-8, read as {encoding}", str(path), "another one is given with --encoding")
