"""The SQLite file to which many short processes add what each has counted."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mdm.core.files import make_folder
from mdm.core.metrics_tally import Key, Span, Tally

if TYPE_CHECKING:
    from pathlib import Path

BUSY: Final = 5.0
"""Seconds to wait for other writers, each of which takes about a millisecond."""

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS counters(name TEXT, labels TEXT, value, PRIMARY KEY(name, labels))",
    "CREATE TABLE IF NOT EXISTS gauges(name TEXT, labels TEXT, value, at, PRIMARY KEY(name, labels))",
    "CREATE TABLE IF NOT EXISTS timers(name TEXT, labels TEXT, count, sum, min, max, PRIMARY KEY(name, labels))",
    "CREATE TABLE IF NOT EXISTS days(day TEXT, name TEXT, labels TEXT, value, PRIMARY KEY(day, name, labels))",
)
_ADD_COUNTER: Final = "INSERT INTO counters VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
_PUT_GAUGE: Final = (
    "INSERT INTO gauges VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at"
)
_ADD_TIMER: Final = (
    "INSERT INTO timers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count,"
    " sum = sum + excluded.sum, min = min(min, excluded.min), max = max(max, excluded.max)"
)
_ADD_DAY: Final = "INSERT INTO days VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value"
_DAYS_KEPT: Final = 400
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


def read_days(path: Path, name: str) -> list[tuple[date, Key, float]]:
    """Return what all processes have added to the counters of this *name*, by day (UTC), oldest first."""
    rows = _of_days(path, "SELECT day, name, labels, value FROM days WHERE name = ? ORDER BY day, labels", name)
    return [(date.fromisoformat(day), _key(name, labels), value) for day, name, labels, value in rows]


def read_first_day(path: Path) -> date | None:
    """Return the first day of which something is kept."""
    ((day,),) = _of_days(path, "SELECT min(day) FROM days") or ((None,),)
    return None if day is None else date.fromisoformat(day)


def clear(path: Path, now: datetime) -> Path | None:
    """Forget everything. A file that is no database is moved aside; return where it is then."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            with connection:
                for table in ("counters", "gauges", "timers", "days"):
                    connection.execute(f"DROP TABLE IF EXISTS {table}")
    except sqlite3.OperationalError:  # it is locked, or may not be written
        raise
    except sqlite3.DatabaseError:
        return path.rename(path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%S}"))
    return None


def _of_days(path: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
    if not path.exists():
        return []
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, timeout=BUSY, uri=True)) as connection:
        connection.execute("PRAGMA query_only = ON")
        if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'days'").fetchone():
            return []
        return connection.execute(query, values).fetchall()


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
    counters = [(*_texts(key), _number(value)) for key, value in tally.counters.items()]
    connection.executemany(_ADD_COUNTER, counters)
    today = datetime.fromtimestamp(now, UTC).date()
    connection.executemany(_ADD_DAY, [(today.isoformat(), *row) for row in counters])
    connection.execute("DELETE FROM days WHERE day < ?", ((today - timedelta(_DAYS_KEPT)).isoformat(),))
    connection.executemany(_PUT_GAUGE, [(*_texts(key), _number(value), now) for key, value in tally.gauges.items()])
    connection.executemany(
        _ADD_TIMER, [(*_texts(key), span.count, span.sum, span.min, span.max) for key, span in tally.timers.items()]
    )


def _number(value: float) -> float:
    return value if abs(value) <= _LARGEST else float(value)


def _texts(key: Key) -> tuple[str, str]:
    return key[0].encode("utf-8", "backslashreplace").decode(), _text_of(key[1])


def _text_of(labels: tuple[tuple[str, str], ...]) -> str:
    if not labels:  # as of most
        return "[]"
    import json

    return json.dumps(labels)


def _key(name: str, labels: str) -> Key:
    import json

    return name, tuple((label, text) for label, text in json.loads(labels))
