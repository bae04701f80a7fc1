"""From an address to a document: fetch, or take the last good copy and say so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from mdm.config.documents import Document, decoded, parse_document
from mdm.config.layers import Notice
from mdm.config.remote.answer import Answer, NotFetchedError
from mdm.config.remote.copies import Copy, load_copy, path_of, save_copy
from mdm.core.url import WEB, Url
from mdm.errors import InvalidConfigError

TIMEOUT: Final = 10.0
"""Seconds that fetching may take, looking up the name of the host and the last byte included."""
_WRITTEN_AGAIN: Final = 60.0  # seconds after which an unchanged copy is written again, for its age
_FRESH: Final = 2.0  # seconds for which an answer holds: one command asks several times


@dataclass(frozen=True, slots=True)
class Fetched:
    """What lies at *url*, or lay there when *copy* was made; *notice* says that it could not be fetched now."""

    url: Url
    document: Document
    copy: Copy
    notice: Notice | None = None


_recent: dict[Url, tuple[float, Fetched | NotFetchedError]] = {}


def read_remote(url: Url, home: Path) -> Fetched:
    """Return what lies at *url*, or the last good copy of it.

    Raises `InvalidConfigError` where there is neither, and for what is no document of settings.
    """
    asked, found = _recent.get(url, (0.0, None))
    if found is None or monotonic() - asked > _FRESH:
        found = _fetched_or_error(url, home)
        _recent[url] = (monotonic(), found)
    if isinstance(found, NotFetchedError):
        raise InvalidConfigError(found.problem)
    return found


def forget() -> None:
    """Let the next one who asks fetch anew."""
    _recent.clear()


def keep(fetched: Fetched, home: Path) -> None:
    """Keep what was fetched as the last good copy; whoever has loaded a configuration from it knows that it is."""
    if fetched.notice is None and not _is_kept(fetched.copy, load_copy(fetched.url, home)):
        save_copy(fetched.copy, fetched.url, home)


def _is_kept(copy: Copy, last: Copy | None) -> bool:
    """Say whether *last* is as good: commands that run in a loop do not write the same copy again and again."""
    if last is None or (last.content, last.etag) != (copy.content, copy.etag):
        return False
    return abs((copy.when - last.when).total_seconds()) < _WRITTEN_AGAIN


def _fetched_or_error(url: Url, home: Path) -> Fetched | NotFetchedError:
    last = load_copy(url, home)
    try:
        answer = _within(TIMEOUT, lambda: _fetch(url, last.etag if last else ""), url)
    except NotFetchedError as error:
        if last is None:
            return error
        told = f"{error.problem.message}; the last good copy is used, which is {_age(last.when)} old"
        return _of_copy(url, home, last, Notice("copy", told, url.shown, error.problem.hint))
    content = last.content if answer.content is None and last is not None else answer.content or b""
    return _of_copy(url, home, Copy(content, answer.etag, datetime.now(UTC)), None)


def _of_copy(url: Url, home: Path, copy: Copy, notice: Notice | None) -> Fetched:
    path = path_of(url, home).with_suffix(PurePosixPath(url.parts.path).suffix)
    document = parse_document(decoded(copy.content, url.shown), path, url.shown)
    return Fetched(url, document, copy, notice)


def _fetch(url: Url, etag: str) -> Answer:
    if url.scheme in WEB:
        from mdm.config.remote.web import fetch_web

        return fetch_web(url, etag, TIMEOUT)
    from mdm.config.remote.store import fetch_store

    return fetch_store(url)


def _within(seconds: float, fetch: Callable[[], Answer], url: Url) -> Answer:
    """Return what *fetch* does, or give up after so many seconds: a server may send a byte at a time for ever."""
    done: SimpleQueue[Answer | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            done.put(fetch())
        except BaseException as error:  # noqa: BLE001  # it is raised again by whoever waits
            done.put(error)

    threading.Thread(target=run, name="mdm-fetch", daemon=True).start()
    try:
        found = done.get(timeout=seconds)
    except Empty:
        raise NotFetchedError(f"no answer within {seconds:g} s", url.shown) from None
    if isinstance(found, BaseException):
        raise found
    return found


def _age(when: datetime) -> str:
    seconds = max(0, round((datetime.now(UTC) - when).total_seconds()))
    for name, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}"
    return f"{seconds} seconds"
