"""Statistics as JSON, and back exactly as they were."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from mdm.core.cache import Form
from mdm.dataset.statistics import ColumnStatistics

if TYPE_CHECKING:
    from collections.abc import Callable

_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda text: timedelta(microseconds=int(text)),
    "Decimal": Decimal,
    "bytes": bytes.fromhex,
}
"""How values that JSON does not have are read, by the name of their type, which is written beside them."""


def _write(columns: tuple[ColumnStatistics, ...]) -> bytes:
    return json.dumps([asdict(column) for column in columns], default=_tagged).encode("utf-8", "surrogatepass")


def _read(content: bytes) -> tuple[ColumnStatistics, ...]:
    try:
        found = json.loads(content, object_hook=_untagged)
        return tuple(_column(**each) for each in found)
    except (TypeError, KeyError) as error:
        raise ValueError("no statistics") from error


def _column(top: list[list[Any]], histogram: list[int], **others: Any) -> ColumnStatistics:
    return ColumnStatistics(top=tuple((value, count) for value, count in top), histogram=tuple(histogram), **others)


def _tagged(value: Any) -> dict[str, str]:
    match value:
        case datetime() | date() | time():
            text = value.isoformat()
        case timedelta():
            text = str(value // timedelta(microseconds=1))
        case bytes():
            text = value.hex()
        case _:
            text = str(value)
    return {"type": type(value).__name__, "is": text}


def _untagged(found: dict[str, Any]) -> Any:
    return _READERS[found["type"]](found["is"]) if found.keys() == {"type", "is"} else found


STATISTICS: Final = Form(_write, _read)
"""How the cache keeps statistics."""
