"""New text for a value that is there already, in the style that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from mdm.config.editing import block, flow
from mdm.config.editing.emission import Quote, yaml_text
from mdm.config.editing.lines import Splice, after_colon, column, is_first_on_line, line_end, refusal, whole_lines
from mdm.config.editing.nodes import Mapping, Scalar, Sequence
from mdm.config.editing.values import same

if TYPE_CHECKING:
    from mdm.config.editing.nodes import Entry, Node, Outline

_PROPERTIES = r"(?:[&!]\S*\s+)*"
_BLOCK_HEADER = re.compile(_PROPERTIES + r"[|>][0-9+-]*")


def replace_value(outline: Outline, mapping: Mapping, entry: Entry, old: Any, new: Any) -> list[Splice]:
    """Return the splices that make *new* the value of *entry* of *mapping*, where *old* is now."""
    node = entry.value
    if isinstance(node, Sequence) and old and isinstance(new, list) and new and _can_match(outline.text, node, old):
        return _match_items(outline, node, old, new, json_quote(mapping))
    if isinstance(node, Scalar) and node.is_null and isinstance(new, dict) and new and not mapping.flow:
        return block.fill(outline, entry, node, new, "")
    if isinstance(node, Scalar) and node.style in ("|", ">"):
        return _replace_block_scalar(outline.text, node, new)
    if isinstance(node, Mapping | Sequence) and not node.flow and is_first_on_line(outline.text, node.start):
        return _replace_block(outline, entry, node, new)
    text = yaml_text(new, quote=_quote(node, new, json_quote(mapping)), in_flow=mapping.flow)
    if node.start < node.end:
        return [Splice(node.start, node.end, _anchor(node) + text)]
    colon = after_colon(outline.text, entry.key.end)
    if colon is None and not mapping.flow:
        raise refusal("written with a question mark (a complex key)", outline.text, entry.start)
    return [Splice(node.end, node.end, f" {text}" if colon is not None else f": {text}")]


def json_quote(mapping: Mapping) -> Quote:
    """Return the quote for what is added to *mapping*: double where it is written like JSON."""
    key = mapping.entries[-1].key if mapping.flow and mapping.entries else None
    return '"' if isinstance(key, Scalar) and key.style == '"' else ""


def _quote(node: Node, new: Any, otherwise: Quote) -> Quote:
    """Return the style of quotes that *node* has; *otherwise* when it has none or is no text any more."""
    if isinstance(node, Scalar) and node.style in ("'", '"') and isinstance(new, str):
        return cast("Quote", node.style)
    return otherwise


def _anchor(node: Node) -> str:
    """Return the anchor to keep: others may refer to it, and the last check tells whether they still can."""
    anchor = getattr(node, "anchor", None)
    return f"&{anchor} " if anchor else ""


def _replace_block_scalar(text: str, node: Scalar, new: Any) -> list[Splice]:
    header = _BLOCK_HEADER.match(text, node.start)
    if header is None:
        raise refusal("its block of text cannot be told from its tag or anchor", text, node.start)
    below = line_end(text, header.end())
    return [Splice(node.start, header.end(), _anchor(node) + yaml_text(new)), Splice(below, max(below, node.end))]


def _replace_block(outline: Outline, entry: Entry, node: Mapping | Sequence, new: Any) -> list[Splice]:
    """Replace a block that begins on a line of its own: by another block, or by text behind the colon."""
    text, colon = outline.text, block.value_start(outline.text, entry)
    if not isinstance(new, dict | list) or not new:
        return [Splice(colon, colon, f" {yaml_text(new)}"), whole_lines(text, node.start, node.end)]
    indent = column(text, node.start)
    if isinstance(new, dict) and indent <= column(text, entry.start):  # a sequence may stand below its key, no mapping
        indent = column(text, entry.start) + outline.width
    missing = " " * (indent - column(text, node.start))
    return [Splice(node.start, node.end, missing + block.block_text(outline, new, indent))]


def _can_match(text: str, node: Sequence, old: Any) -> bool:
    """Return whether the items of *node* can be changed one by one."""
    if not isinstance(old, list) or len(old) != len(node.items):
        return False
    return node.flow or block.has_own_lines(text, node)


def _match_items(outline: Outline, node: Sequence, old: list[Any], new: list[Any], quote: Quote) -> list[Splice]:
    """Change the items that differ, so that the others keep their quotes and comments."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    replaced = min(len(old), len(new)) - tail
    splices = [
        _replace_item(node, index, new[index], quote)
        for index in range(head, replaced)
        if not same(old[index], new[index])
    ]
    if replaced < len(old) - tail:
        return splices + _remove_items(outline.text, node, replaced, len(old) - tail - 1)
    return splices + _add_items(outline.text, node, replaced - 1, new[replaced : len(new) - tail], quote)


def _remove_items(text: str, node: Sequence, first: int, last: int) -> list[Splice]:
    return flow.remove(text, node, first, last) if node.flow else [block.remove_items(text, node, first, last)]


def _add_items(text: str, node: Sequence, after: int, items: list[Any], quote: Quote) -> list[Splice]:
    neighbour = node.items[max(after, 0)]
    texts = [yaml_text(item, quote=_quote(neighbour, item, quote), in_flow=node.flow) for item in items]
    if not texts:
        return []
    return flow.add(text, node, after, ", ".join(texts)) if node.flow else [block.add_items(text, node, after, texts)]


def _replace_item(node: Sequence, index: int, new: Any, quote: Quote) -> Splice:
    item = node.items[index]
    text = yaml_text(new, quote=_quote(item, new, quote), in_flow=node.flow)
    space = "" if item.end > item.start else " "
    return Splice(item.start, item.end, f"{space}{_anchor(item)}{text}")


def _shared(one: list[Any], two: list[Any]) -> int:
    """Return how many items two lists have in common from the start."""
    count = 0
    while count < min(len(one), len(two)) and same(one[count], two[count]):
        count += 1
    return count
