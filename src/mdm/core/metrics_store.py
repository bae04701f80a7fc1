"""The SQLite file to which many short processes add what each has counted."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from mdm.core.files import make_folder
from mdm.core.metrics_tally import Key, Span, Tally

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

BUSY: Final = 5.0
"""Seconds to wait for other writers, each of which takes about a millisecond."""

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS counters(name TEXT, labels TEXT, value, PRIMARY KEY(name, labels))",
    "CREATE TABLE IF NOT EXISTS gauges(name TEXT, labels TEXT, value, at, PRIMARY KEY(name, labels))",
    "CREATE TABLE IF NOT EXISTS timers(name TEXT, labels TEXT, count, sum, min, max, PRIMARY KEY(name, labels))",
)
_ADD_COUNTER: Final = "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
_PUT_GAUGE: Final = (
    "INSERT INTO gauges VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at"
)
_ADD_TIMER: Final = (
    "INSERT INTO timers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count,"
    " sum = sum + excluded.sum, min = min(min, excluded.min), max = max(max, excluded.max)"
)
_LARGEST: Final = 2**63 - 1


def add(path: Path, tally: Tally) -> None:
    """Add *tally* to the file, all of it or (when this raises, or is killed) nothing."""
    make_folder(path.parent)
    with closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            for statement in _SCHEMA:
                connection.execute(statement)
            _add(connection, tally)


def read(path: Path) -> Tally:
    """Return what all processes have added so far; nothing when there is no file."""
    if not path.exists():
        return Tally()
    address = f"{path.absolute().as_uri()}?mode=rw"  # whoever may only read leaves files of the WAL behind
    with closing(sqlite3.connect(address, timeout=BUSY, uri=True)) as connection:
        connection.execute("PRAGMA query_only = ON")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "counters" not in tables:
            return Tally()
        connection.execute("BEGIN")  # one moment for all three
        counters = {_key(*row[:2]): row[2] for row in connection.execute("SELECT * FROM counters")}
        gauges = {_key(*row[:2]): row[2] for row in connection.execute("SELECT * FROM gauges")}
        timers = {_key(*row[:2]): Span(*row[2:]) for row in connection.execute("SELECT * FROM timers")}
    return Tally(counters, gauges, timers)


def clear(path: Path, now: datetime) -> Path | None:
    """Forget everything. A file that is no database is moved aside; return where it is then."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                for table in ("counters", "gauges", "timers"):
                    connection.execute(f"DROP TABLE IF EXISTS {table}")
    except sqlite3.OperationalError:  # it is locked, or may not be written
        raise
    except sqlite3.DatabaseError:
        return path.rename(path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}"))
    return None


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL. The switch does not wait for others as a transaction does, so we do."""
    deadline = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _add(connection: sqlite3.Connection, tally: Tally) -> None:
    now = time.time()
    connection.executemany(_ADD_COUNTER, [(*_texts(key), _number(value)) for key, value in tally.counters.items()])
    connection.executemany(_PUT_GAUGE, [(*_texts(key), _number(value), now) for key, value in tally.gauges.items()])
    connection.executemany(
        _ADD_TIMER, [(*_texts(key), span.count, span.sum, span.min, span.max) for key, span in tally.timers.items()]
    )


def _number(value: float) -> float:
    return value if abs(value) <= _LARGEST else float(value)


def _texts(key: Key) -> tuple[str, str]:
    return key[0].encode("utf-8", "backslashreplace").decode(), json.dumps(key[1])


def _key(name: str, labels: str) -> Key:
    return name, tuple((label, text) for label, text in json.loads(labels))
