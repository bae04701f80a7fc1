"""YAML documents in every style that people write, and changes to them, for the property tests."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import strategies as st

from mdm.config.editing import REMOVED

KEYS = ["alpha", "beta", "gamma", "delta", '"on"', "'quoted key'", "mdm.storage", "ключ", "😀", "12", "null"]
NEW_KEYS = ["omega", "mdm.core", "yes", "a: b", "# x", "", "5", "emoji 😀"]
SCALARS = [
    "1",
    "0.5",
    "true",
    "~",
    "",
    "plain text",
    "'single # quoted'",
    '"double: \\" 😀"',
    "2024-01-01",
    "012",
    "1:30",
]
FLOW_SCALARS = ["1", "~", "word", "'single, # quoted'", '"double } 😀"', "1.5"]
COMMENTS = ["", "", "  # note: with colon", " # 'quote", "  # a\ttab", "   "]
GAPS = [[], [], [""], ["# comment: here"], ["", "  # indented", ""]]
VALUES = st.recursive(
    st.one_of(
        st.sampled_from(
            ["on", "012", "1:30", "null", "2024-01-01", "a: b", "# x", "", " x ", "a\nb", "it's", "=", "<<"]
        ),
        st.text(max_size=12).filter(lambda text: not re.search("[\ud800-\udfff]", text)),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.none(),
        st.dates(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["k", "on", "x y", "1"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Return the text of a document whose root is a block mapping, a flow mapping, or missing."""
    lines = draw(st.sampled_from([[], ["---"], ["# head"], ["%YAML 1.1", "---"]]))
    shape = draw(st.sampled_from(["block", "block", "block", "flow", "empty"]))
    if shape == "block":
        lines = lines + draw(_block_mapping(0, draw(st.sampled_from([2, 4])), 3))
    elif shape == "flow":
        lines = [*lines, draw(_flow_mapping(2))]
    elif "%YAML 1.1" in lines:
        lines = []
    lines = lines + draw(st.sampled_from([[], [], ["# tail"], [""], ["..."] if "---" in lines else []]))
    line_break = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    in_text = bool(lines) and lines[-1].endswith(" more")  # its last line break is part of a value
    text = "\n".join(lines) + draw(st.sampled_from(["\n", "\n", "\n" if in_text else ""]))
    return draw(st.sampled_from(["", "", "\ufeff"])) + text.replace("\n", line_break)


@st.composite
def _block_mapping(draw: st.DrawFn, indent: int, width: int, depth: int) -> list[str]:
    lines: list[str] = []
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True, min_size=1, max_size=4)):
        start = " " * indent + key + ":"
        kinds = ["scalar", "scalar", "flow", "list", "items", "text"] + ["mapping"] * depth
        match draw(st.sampled_from(kinds)):
            case "scalar":
                lines.append(f"{start} {draw(st.sampled_from(SCALARS))}{draw(st.sampled_from(COMMENTS))}")
            case "flow":
                lines.append(f"{start} {draw(_flow_mapping(1))}{draw(st.sampled_from(COMMENTS))}")
            case "list":
                items = draw(st.lists(st.sampled_from(FLOW_SCALARS), max_size=4))
                lines.append(f"{start} [{', '.join(items)}]{draw(st.sampled_from(COMMENTS))}")
            case "items":
                dash = " " * (indent + draw(st.sampled_from([0, width]))) + "- "
                items = draw(st.lists(st.sampled_from(SCALARS), min_size=1, max_size=4))
                lines += [start, *(dash + item + draw(st.sampled_from(COMMENTS)) for item in items)]
            case "text":
                header = draw(st.sampled_from(["|", ">-", "|+", "|  # text"]))
                lines += [f"{start} {header}", " " * (indent + 1) + "some # text", " " * (indent + 1) + "more"]
            case _:
                lines.append(start + draw(st.sampled_from(COMMENTS)))
                lines += draw(st.sampled_from(GAPS))
                lines += draw(_block_mapping(indent + width, width, depth - 1))
        lines += draw(st.sampled_from(GAPS))
    return lines


@st.composite
def _flow_mapping(draw: st.DrawFn, depth: int) -> str:
    json = draw(st.booleans())
    entries = []
    for key in draw(st.lists(st.sampled_from(["a", "b", "c", "d e"]), unique=True, max_size=3)):
        value = draw(_flow_mapping(depth - 1)) if depth and draw(st.booleans()) else draw(st.sampled_from(FLOW_SCALARS))
        entries.append(f'"{key}": {value}' if json else f"{key}: {value}")
    opening, separator, closing = draw(
        st.sampled_from(
            [("{", ", ", "}"), ("{ ", " , ", " }"), ("{\n      ", ",\n      ", "\n   }"), ("{", ",\n ", ",}")]
        )
    )
    return opening + separator.join(entries) + (closing if entries else closing.replace(",", ""))


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, dict[tuple[str, ...], Any]]:
    """Return a document and one to three changes that it can take."""
    text = draw(documents())
    data = yaml.safe_load(text) or {}
    changes: dict[tuple[str, ...], Any] = {}
    for _ in range(draw(st.integers(1, 3))):
        path = draw(paths(data))
        if not any(path[: len(other)] == other or other[: len(path)] == path for other in changes):
            changes[path] = draw(st.one_of(VALUES, st.just(REMOVED)))
    return text, changes


@st.composite
def paths(draw: st.DrawFn, data: Any, *, new: bool = False) -> tuple[str, ...]:
    """Return a path that is there, or that could be; with *new*, one that is not there in a mapping that holds keys."""
    path: tuple[str, ...] = ()
    while isinstance(data, dict) and data and (draw(st.booleans()) or (not path and not new)):
        names = [
            key
            for key, value in data.items()
            if isinstance(key, str) and (not new or (isinstance(value, dict) and value))
        ]
        if not names:
            break
        path = (*path, draw(st.sampled_from(names)))
        data = data[path[-1]]
    if new or not path or ((data is None or isinstance(data, dict)) and draw(st.booleans())):
        path = (*path, *draw(st.lists(st.sampled_from(NEW_KEYS), min_size=1, max_size=3)))
    return path


def changed(data: Any, path: tuple[str, ...], value: Any) -> Any:
    """Return what *data* is after a change, the plain way."""
    data = dict(data or {})
    if len(path) > 1 and (value is not REMOVED or isinstance(data.get(path[0]), dict)):
        data[path[0]] = changed(data.get(path[0]), path[1:], value)
    elif value is not REMOVED:
        data[path[0]] = value
    elif len(path) == 1:
        data.pop(path[0], None)
    return data


def without_nothing(data: Any) -> Any:
    """Return *data* without keys that hold none or an empty mapping."""
    if not isinstance(data, dict):
        return data
    pruned = {key: without_nothing(value) for key, value in data.items()}
    return {key: value for key, value in pruned.items() if value is not None and value != {}}
