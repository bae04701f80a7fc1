"""A record as JSON."""

from __future__ import annotations

import json
import math
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loguru import Message


def json_line(message: Message) -> str:
    """Return the record of *message* as one flat JSON object and a line end.

    It has ``time`` (ISO 8601, with the zone), ``level``, ``name``, ``line``, ``message``, the fields of the record, and
    where there is one the ``exception`` with its traceback. A field whose name is taken stands under ``extra_NAME``.
    """
    record = message.record
    found: dict[str, object] = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "name": record["name"],
        "line": record["line"],
        "message": record["message"],
    }
    if (error := record["exception"]) is not None:
        found["exception"] = "".join(traceback.format_exception(*error))
    for name, value in record["extra"].items():
        found[f"extra_{name}" if name in found else str(name)] = _plain(value)
    return json.dumps(found) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no such number
        return str(value)
    return value if isinstance(value, str | bool | int | float | None) else str(value)
