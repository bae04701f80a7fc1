"""A dataset as people read it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from mdm.cli.config.findings import count
from mdm.cli.output import out
from mdm.cli.render import pairs, table

if TYPE_CHECKING:
    from mdm.storage.info import DatasetInfo

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def rows_of(info: DatasetInfo) -> int:
    """Return how many rows the table of a dataset has."""
    found = info.table()
    return found.rows if found else 0


def shown_size(number: float) -> str:
    """Return a number of bytes with the unit that suits it: ``64.0 KiB``."""
    for unit in _UNITS:
        if number < 1024 or unit == _UNITS[-1]:
            break
        number /= 1024
    return f"{number:.0f} {unit}" if unit == _UNITS[0] else f"{number:.1f} {unit}"


def as_json(info: DatasetInfo, size: int) -> dict[str, Any]:
    """Return everything that is known of a dataset, its *size* in bytes too; of its features no more than how many."""
    known = {**json.loads(info.to_json()), "size": size}
    if (summary := _features_summary(info)) is not None:
        known["notes"]["features"] = summary
    return known


def facts(info: DatasetInfo, size: int) -> list[tuple[str, str]]:
    """Return what is known of a dataset as names with what is to be said of each."""
    rows = [
        ("name", info.name),
        ("description", info.description),
        ("tags", ", ".join(info.tags)),
        ("rows", str(rows_of(info))),
        ("target", _target(info)),
        ("identifiers", ", ".join(_identifiers(info))),
        ("split", _split(info)),
        ("features", _features(info)),
        ("stored", f"{info.backend}, {shown_size(size)}"),
        ("registered", info.created.isoformat()),
        *(("source", f"{source.path}, {shown_size(source.size)}") for source in info.sources),
        *(("checksum", source.checksum) for source in info.sources),
    ]
    return [(name, text) for name, text in rows if text]


def print_info(info: DatasetInfo, size: int) -> None:
    """Print what is known of a dataset, then its columns."""
    pairs(facts(info, size))
    out()
    print_columns(info)


def print_detected(info: DatasetInfo) -> None:
    """Print what was found in the files of a new dataset."""
    columns = info.tables[0].columns
    out(f"{info.name}: {count(rows_of(info), 'row')}, {count(len(columns), 'column')}, in {info.backend}")
    out()
    print_columns(info)
    out()
    pairs([("target", _target(info) or "none"), ("identifiers", ", ".join(_identifiers(info)) or "none")])


def print_columns(info: DatasetInfo) -> None:
    """Print the columns: what they mean, their type, and how many values are missing and different."""
    from mdm.dataset.registration import detection_of

    if (detection := detection_of(info)) is None:
        table(["column", "type"], [(each.name, each.type) for each in info.tables[0].columns])
        return
    rows = [
        (each.name, each.kind, each.type, str(each.missing), f"{'' if each.exact else 'about '}{each.distinct}")
        for each in detection.columns
    ]
    table(["column", "kind", "type", "missing", "distinct"], rows)


def _target(info: DatasetInfo) -> str:
    return f"{info.target} ({info.problem_type})" if info.target else ""


def _split(info: DatasetInfo) -> str:
    from mdm.dataset.splitting import split_of

    if (split := split_of(info)) is None:
        return ""
    return f"{', '.join(f'{part.name} {part.rows}' for part in split.parts)} ({split.recipe})"


def _features_summary(info: DatasetInfo) -> dict[str, Any] | None:
    """Return how many features each family gives, and when they were fitted; without the packages that make them."""
    kept = info.notes.get("features")
    if kept is None:
        return None
    families = Counter(each["family"] for each in kept["features"])
    rows = {"fitted": kept.get("fitted"), "fitted_rows": kept["trained"]}
    return {"count": len(kept["features"]), "families": families, **rows, "left_out": len(kept["left_out"])}


def _features(info: DatasetInfo) -> str:
    if (summary := _features_summary(info)) is None:
        return ""
    families = ", ".join(f"{family} {number}" for family, number in summary["families"].items())
    return f"{summary['count']} ({families}), fitted {summary['fitted']} on {count(summary['fitted_rows'], 'row')}"


def _identifiers(info: DatasetInfo) -> list[str]:
    return list(info.notes.get("detection", {}).get("id_columns", ()))
