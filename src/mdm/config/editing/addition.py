"""Where a key that is not there yet goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mdm.config.editing import block, flow
from mdm.config.editing.emission import yaml_text
from mdm.config.editing.nodes import Mapping, Outline, Scalar
from mdm.config.editing.replacement import json_quote, replace_value

if TYPE_CHECKING:
    from mdm.config.editing.lines import Splice
    from mdm.config.editing.trail import Trail


def add_value(outline: Outline, trail: Trail, value: Any, comment: str) -> list[Splice]:
    """Return the splices that put *value* where *trail* ends, under the keys that are missing there."""
    addition: dict[str, Any] = value
    for key in reversed(trail.rest):
        addition = {key: addition}
    match trail.node:
        case Mapping(flow=True) as mapping:
            inner = trail.steps[-1][0] if trail.steps and not mapping.entries else mapping
            text = yaml_text(addition, quote=json_quote(inner), in_flow=True)[1:-1]
            return flow.add(outline.text, mapping, len(mapping.entries) - 1, text)
        case Mapping() as mapping:
            return [block.add_entry(outline, mapping, addition, comment)]
        case Scalar(is_null=True) as null if trail.steps:
            mapping, entry = trail.steps[-1]
            if mapping.flow:
                return replace_value(outline, mapping, entry, None, addition)
            return block.fill(outline, entry, null, addition, comment)
        case _:
            return [block.add_document(outline, addition, comment)]
