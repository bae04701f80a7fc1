"""Entries of block mappings and items of block sequences: put in and taken out by the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mdm.config.editing.emission import block_lines, yaml_text
from mdm.config.editing.lines import (
    Splice,
    after_colon,
    after_line,
    break_at,
    column,
    is_first_on_line,
    line_end,
    line_start,
    next_line,
    refusal,
    whole_lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdm.config.editing.nodes import Entry, Mapping, Outline, Scalar, Sequence

_COMPLEX = "written with a question mark (a complex key)"


def add_entry(outline: Outline, mapping: Mapping, addition: dict[str, Any], comment: str) -> Splice:
    """Return the splice that puts *addition* below the last entry of *mapping*, indented like its other entries."""
    text, first, last = outline.text, mapping.entries[0], mapping.entries[-1]
    if not is_first_on_line(text, first.start):
        raise refusal(_COMPLEX, text, first.start)
    indent = column(text, first.start)
    lines = block_lines(addition, outline.width, comment)
    return after_line(text, _end_of_comments(text, last.end, indent), (" " * indent + line for line in lines))


def fill(outline: Outline, entry: Entry, null: Scalar, addition: dict[str, Any], comment: str) -> list[Splice]:
    """Return the splices that make the empty value of *entry* a block mapping that holds *addition*."""
    text, colon = outline.text, value_start(outline.text, entry)
    lines = block_lines(addition, outline.width, comment)
    if line_end(text, null.end) != line_end(text, colon):  # the null is on a line of its own
        return [Splice(null.start, null.end, (break_at(text, 0) + " " * column(text, null.start)).join(lines))]
    indent = " " * (column(text, entry.start) + outline.width)
    anchor = f" &{null.anchor}" if null.anchor else ""
    return [Splice(colon, null.end, anchor), after_line(text, null.end, (indent + line for line in lines))]


def add_document(outline: Outline, addition: dict[str, Any], comment: str) -> Splice:
    """Return the splice that begins a mapping in a file that holds none: at its end, below its comments."""
    text, line_break = outline.text, break_at(outline.text, 0)
    lines = line_break.join(block_lines(addition, outline.width, comment))
    if outline.root is not None and outline.root.end > outline.root.start:
        return Splice(outline.root.start, outline.root.end, lines)
    if line_start(text, outline.tail) == outline.tail:
        return Splice(outline.tail, outline.tail, lines + line_break)
    return Splice(outline.tail, outline.tail, line_break + lines)


def remove_entry(text: str, entry: Entry) -> Splice:
    """Return the splice that takes out the lines of *entry*, but not the comments above it."""
    if not is_first_on_line(text, entry.start):
        raise refusal(_COMPLEX, text, entry.start)
    return whole_lines(text, entry.start, entry.end)


def is_bare_without(text: str, owner: Entry, mapping: Mapping) -> bool:
    """Return whether nothing, not even a comment, is left in *owner* once all entries of its *mapping* are gone."""
    begin, pieces = next_line(text, owner.key.end), []
    for entry in mapping.entries:
        pieces.append(text[begin : line_start(text, entry.start)])
        begin = next_line(text, entry.end)
    end = _end_of_comments(text, mapping.end, column(text, owner.start) + 1)
    return not "".join([*pieces, text[begin : line_end(text, end)]]).strip()


def value_start(text: str, entry: Entry) -> int:
    """Return the offset behind the colon of *entry*, which must be on the line of its key."""
    colon = after_colon(text, entry.key.end)
    if colon is None or line_end(text, colon) != line_end(text, entry.key.end):
        raise refusal(_COMPLEX, text, entry.start)
    return colon


def has_own_lines(text: str, sequence: Sequence) -> bool:
    """Return whether every item of a block sequence has a line with its dash, and nothing else, before it."""
    dash = column(text, sequence.start)
    pattern = re.compile(rf" {{{dash}}}-[ \t]*")
    return all(pattern.fullmatch(text, line_start(text, item.start), item.start) for item in sequence.items)


def add_items(text: str, sequence: Sequence, after: int, items: Iterable[str]) -> Splice:
    """Return the splice that puts *items* below the item with index *after*, or above all with -1."""
    dash = " " * column(text, sequence.start) + "- "
    if after < 0:
        first = line_start(text, sequence.start)
        return Splice(first, first, "".join(dash + item + break_at(text, first) for item in items))
    return after_line(text, sequence.items[after].end, (dash + item for item in items))


def remove_items(text: str, sequence: Sequence, first: int, last: int) -> Splice:
    """Return the splice that takes out the lines of the items from *first* to *last*."""
    return whole_lines(text, sequence.items[first].start, sequence.items[last].end)


def block_text(outline: Outline, value: Any, indent: int) -> str:
    """Return a list or mapping as a block whose first line stands where *indent* spaces are already."""
    items = (f"- {yaml_text(item)}" for item in value)
    lines = block_lines(value, outline.width) if isinstance(value, dict) else items
    return (break_at(outline.text, 0) + " " * indent).join(lines)


def _end_of_comments(text: str, offset: int, indent: int) -> int:
    """Return the end of the last comment below *offset* that is indented too far to belong to what comes next."""
    least = max(indent, 1)  # a comment at the margin may belong to anything
    end = offset
    while (offset := next_line(text, offset)) < len(text):
        line = text[offset : line_end(text, offset)]
        content = line.lstrip(" \t")
        if content.startswith("#") and len(line) - len(content) >= least:
            end = offset
        elif content:
            break
    return end
