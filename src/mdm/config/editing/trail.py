"""The way through an outline to the value at a path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdm.config.editing.lines import refusal
from mdm.config.editing.nodes import Alias, Anchored, Entry, Mapping, Node, Outline, Scalar

if TYPE_CHECKING:
    from mdm.config.editing.values import Path


@dataclass(frozen=True, slots=True)
class Trail:
    """How far a path leads: the entries passed, the node arrived at, and the keys that it does not have."""

    steps: tuple[tuple[Mapping, Entry], ...]
    node: Node | None
    rest: Path

    @property
    def offset(self) -> int:
        """Where the last key that is there stands."""
        return self.steps[-1][1].start if self.steps else self.node.start if self.node else 0


def follow(outline: Outline, path: Path) -> Trail:
    """Return the trail of *path*; raises `EditError` where something other than a mapping is in its way."""
    steps: list[tuple[Mapping, Entry]] = []
    node = outline.root
    for index, key in enumerate(path):
        _check(outline, path[:index], node, steps)
        entry = node.last(key) if isinstance(node, Mapping) else None
        if entry is None or not isinstance(node, Mapping):
            return Trail(tuple(steps), node, path[index:])
        steps.append((node, entry))
        node = entry.value
    return Trail(tuple(steps), node, ())


def scalar_entry(outline: Outline, path: Path) -> Entry | None:
    """Return the entry at *path* when its value is a scalar."""
    node, entry = outline.root, None
    for key in path:
        entry = node.last(key) if isinstance(node, Mapping) else None
        if entry is None:
            return None
        node = entry.value
    return entry if isinstance(node, Scalar) else None


def path_text(path: Path) -> str:
    """Return *path* as people write it."""
    return ".".join(map(str, path))


def shared_anchor(outline: Outline, path: Path) -> Anchored | None:
    """Return a node at, in or around *path* that other places refer to, if one does."""
    trail = follow(outline, path)
    around = [entry.value for _, entry in trail.steps]
    inside = None if trail.rest else trail.node
    for node in outline.anchors:
        is_inside = inside is not None and inside.start <= node.start < inside.end
        if not is_inside and node not in around:
            continue
        changed = inside if is_inside and inside is not None else node
        users = (alias for alias in outline.aliases if alias.name == node.anchor)
        if any(not changed.start <= alias.start < changed.end for alias in users):
            return node
    return None


def _check(outline: Outline, path: Path, node: Node | None, steps: list[tuple[Mapping, Entry]]) -> None:
    """Raise unless *node*, which *path* leads to, is or can become a mapping."""
    if node is None or isinstance(node, Mapping) or (isinstance(node, Scalar) and node.is_null):
        return
    offset = steps[-1][1].start if steps else node.start
    if isinstance(node, Alias):
        raise refusal(f"{path_text(path)} is an alias; what it holds belongs to another key", outline.text, offset)
    raise refusal(f"{path_text(path) or 'the file'} is not a mapping, so it cannot hold keys", outline.text, offset)
