"""Taking out a key, wherever it occurs, and the mappings that it leaves bare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.config.editing import block, flow
from mdm.config.editing.lines import refusal
from mdm.config.editing.outline import respliced
from mdm.config.editing.trail import follow

if TYPE_CHECKING:
    from mdm.config.editing.lines import Splice
    from mdm.config.editing.nodes import Entry, Mapping, Outline
    from mdm.config.editing.values import Path


def removed(before: Outline, path: Path) -> Outline:
    """Return the outline without *path*, all its occurrences, and the mappings that it leaves bare."""
    trail = follow(before, path)
    if trail.rest:
        raise refusal("comes from a merge key (<<) or an alias", before.text, trail.offset)
    steps = trail.steps
    while len(steps) > 1 and _is_bare_without(before.text, steps[-2][1], *steps[-1]):
        steps = steps[:-1]
    after, target = before, path[: len(steps)]
    for _ in [entry for entry in steps[-1][0].entries if entry.name == target[-1]]:
        mapping, entry = follow(after, target).steps[-1]
        after = respliced(after, _removal(after.text, mapping, entry))
    return after


def _is_bare_without(text: str, owner: Entry, mapping: Mapping, entry: Entry) -> bool:
    if any(other.name != entry.name for other in mapping.entries):
        return False
    return flow.is_bare_without(text, mapping) if mapping.flow else block.is_bare_without(text, owner, mapping)


def _removal(text: str, mapping: Mapping, entry: Entry) -> list[Splice]:
    if mapping.flow:
        index = mapping.entries.index(entry)
        return flow.remove(text, mapping, index, index)
    return [block.remove_entry(text, entry)]
