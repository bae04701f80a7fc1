"""Calling a key by another name: its value, the comments around it and all else stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.config.editing.emission import yaml_text
from mdm.config.editing.lines import Splice, refusal, spliced
from mdm.config.editing.outline import load, outline
from mdm.config.editing.replacement import json_quote
from mdm.config.editing.trail import follow
from mdm.config.editing.values import assigned, dropped, lookup, same

if TYPE_CHECKING:
    from mdm.config.editing.values import Path


def rename_key(text: str, path: Path, name: str) -> str:
    """Return *text* with *name* in place of the last key of *path*, wherever that occurs.

    Raises `EditError` where the key is not there, or the result would not hold the same values.
    """
    before = outline(text)
    trail = follow(before, path)
    if trail.rest:
        raise refusal("comes from a merge key (<<) or an alias", text, trail.offset)
    mapping = trail.steps[-1][0]
    key = yaml_text(name, quote=json_quote(mapping), in_flow=mapping.flow)
    after = spliced(text, (Splice(e.key.start, e.key.end, key) for e in mapping.entries if e.name == path[-1]))
    data = load(before)
    wanted = assigned(dropped(data, path), (*path[:-1], name), lookup(data, path))
    if not same(load(outline(after)), wanted):
        raise refusal("cannot be renamed in place", text, trail.offset)
    return after
