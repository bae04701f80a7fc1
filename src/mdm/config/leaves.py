"""Legacy settings one by one: a leaf each, and many laid over each other as the old program merged its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mdm.config.layers import Origin
from mdm.config.references import names_in
from mdm.config.rules.rule import Given
from mdm.core.masking import MASK, is_secret_name

Path_ = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One legacy setting: its path in the dictionary, its value, and its place.

    *written* is the scalar's text, *reference* the text with ``${...}`` that the value stood for, and *unresolved*
    says why that text had to be left as it is.
    """

    path: Path_
    value: Any = field(repr=False)
    origin: Origin
    written: str | None = field(default=None, repr=False)
    reference: Any = field(default=None, repr=False)
    unresolved: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The path as a dotted key."""
        return ".".join(map(str, self.path))

    @property
    def visible(self) -> Any:
        """The value, or a mask where it is what a reference to a secret stood for; the key may call for one, too."""
        return MASK if any(map(is_secret_name, names_in(self.reference))) else self.value

    @property
    def given(self) -> Given:
        """The value as the rules take it."""
        return Given(self.value, self.written)


class Leaves:
    """Leaves in the order in which they were put; a tree beside them finds what a new one takes the place of."""

    def __init__(self, leaves: Iterable[Leaf] = ()) -> None:
        self._leaves: dict[Path_, Leaf] = {}
        self._tree: dict[Any, Any] = {}
        for leaf in leaves:
            self.put(leaf)

    def __iter__(self) -> Iterator[Leaf]:
        return iter(self._leaves.values())

    def drop(self, path: Path_) -> None:
        """Take out the leaf at *path*, if there is one."""
        *outer, name = path
        node: Any = self._tree
        for part in outer:
            node = node.get(part) if isinstance(node, dict) else None
        if isinstance(node, dict) and isinstance(node.get(name), Leaf):
            del node[name]
            del self._leaves[path]

    def put(self, leaf: Leaf) -> list[Leaf]:
        """Add *leaf* and return what it replaces: at its path, above, and below, where it is not an empty mapping."""
        *outer, name = leaf.path
        replaced: list[Leaf] = []
        node = self._tree
        for part in outer:
            if isinstance(node.get(part), Leaf):
                replaced.append(node.pop(part))
            node = node.setdefault(part, {})
        if leaf.value == {} and isinstance(node.get(name), dict):
            return []
        replaced += _leaves_in(node.get(name))
        node[name] = leaf
        for old in replaced:
            del self._leaves[old.path]
        self._leaves[leaf.path] = leaf
        return replaced


def _leaves_in(node: Any) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif node is not None:
        for inner in node.values():
            yield from _leaves_in(inner)
