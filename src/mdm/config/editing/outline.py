"""The outline of a YAML text: which key, value and alias stands where.

It is made from the events of the parser. The nodes that PyYAML composes do not do: they put an alias at the place of
its anchor.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from mdm.config.editing.lines import BREAK, after_colon, column, line_end, place, refusal, spliced
from mdm.config.editing.nodes import MERGE, STR, Alias, Anchored, Entry, Mapping, Outline, Scalar, Sequence
from mdm.config.editing.plain_nodes import data_of, mapping_of
from mdm.core.plain_lines import plain_lines
from mdm.errors import EditError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mdm.config.editing.lines import Splice
    from mdm.config.editing.nodes import Node

LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_MAX_DEPTH = 100  # PyYAML's libyaml loader crashes the process at some thousands
_MAXMERGED = 100_000  # keys that merging may give a mapping: ``<<`` of lists of ``<<`` grows without limit
_RESOLVER: Any = yaml.resolver.Resolver()


def outline(text: str) -> Outline:
    """Return the outline of *text*; raises `EditError` for what is not one YAML document of a sane size."""
    if lines := plain_lines(text):
        root = mapping_of(lines, text)
        return Outline(text, root, len(text), _indentation(text, root), (), (), lines)
    return parsed(text)


def parsed(text: str) -> Outline:
    """Return the outline of *text* by the events of the parser, whether its lines are plain or not."""
    builder = _Builder(text)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(text, error) from None
    return builder.outline()


def respliced(before: Outline, splices: Iterable[Splice]) -> Outline:
    """Return the outline of the text with *splices* made; raises `EditError` when that is no YAML any more."""
    try:
        return outline(spliced(before.text, splices))
    except EditError:
        raise refusal("cannot be changed in place") from None


def load(of: Outline) -> Any:
    """Return the data of a text that has an outline (libyaml does not survive deep nesting)."""
    if of.lines is not None:
        return data_of(of.lines)
    try:
        return yaml.load(of.text, Loader=LOADER)  # noqa: S506  # both are safe loaders
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise invalid(of.text, error) from None  # constructors raise these for a bad date, number or tag


def invalid(text: str, error: Exception) -> EditError:
    """Return the error for text that is not YAML; PyYAML's own message could quote a secret."""
    where = ""
    if (mark := getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)) is not None:
        where = f"{mark.line + 1}:{mark.column + 1}"
    elif found := yaml.reader.Reader.NON_PRINTABLE.search(text):
        where = place(text, found.start())
    return EditError(Problem("not valid YAML", where, "correct the file by hand first"))


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    event: Any
    nodes: list[Node] = field(default_factory=list)


class _Builder:
    """Builds the outline event by event; a stack of our own, as Python's is short."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: Node | None = None
        self.tail = len(text)
        self.documents = 0
        self.stack: list[_Open] = []
        self.anchors: list[Anchored] = []
        self.named: dict[str, Node] = {}
        self.aliases: list[Alias] = []

    def take(self, event: Any) -> None:
        start, end = _span(event)
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event))
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self.stack.append(_Open(event))
                if len(self.stack) > _MAX_DEPTH:
                    raise refusal("nested too deeply", self.text, start)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._add(self._collection(self.stack.pop(), end))
            case yaml.AliasEvent():
                self.aliases.append(Alias(start, end, str(event.anchor)))
                self._add(self.aliases[-1])
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    raise refusal("more than one document in the file", self.text, start)
            case yaml.DocumentEndEvent():
                self.tail = start if event.explicit else self.tail

    def outline(self) -> Outline:
        width = _indentation(self.text, self.root)
        return Outline(self.text, self.root, self.tail, width, tuple(self.anchors), tuple(self.aliases))

    def _add(self, node: Node) -> None:
        if not isinstance(node, Alias) and node.anchor is not None:
            self.anchors.append(node)
            self.named[node.anchor] = node
        if self.stack:
            self.stack[-1].nodes.append(node)
        else:
            self.root = node

    def _scalar(self, event: Any) -> Scalar:
        start, end = _span(event)
        if start == end and self.stack and isinstance(self.stack[-1].event, yaml.MappingStartEvent):
            siblings = self.stack[-1].nodes
            if len(siblings) % 2:  # an empty value: its mark may be that of whatever comes next
                key_end = siblings[-1].end
                start = end = after_colon(self.text, key_end) or key_end
        elif event.style in ("|", ">"):
            end = _block_end(self.text, start, end)
        tag = event.tag or _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)
        return Scalar(start, end, event.anchor, STR if tag == "!" else tag, event.style or "", event.value)

    def _collection(self, opened: _Open, end: int) -> Node:
        event, nodes = opened.event, opened.nodes
        start, flow = _span(event)[0], bool(event.flow_style)
        if not flow and nodes:
            end = nodes[-1].end
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(start, end, event.anchor, flow, tuple(nodes))
        pairs = zip(nodes[::2], nodes[1::2], strict=True)
        entries = tuple(Entry(key, value, self._name(key)) for key, value in pairs)
        if not flow and entries:
            end = entries[-1].end
        return Mapping(start, end, event.anchor, flow, entries, self._merged(entries))

    def _name(self, key: Node) -> str | None:
        if isinstance(key, Alias):
            key = self.named.get(key.name, key)
        return key.value if isinstance(key, Scalar) and key.tag == STR else None

    def _merged(self, entries: tuple[Entry, ...]) -> int:
        count = len(entries)
        for entry in entries:
            if isinstance(entry.key, Scalar) and entry.key.tag == MERGE:
                sources = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
                targets = (self.named.get(node.name) if isinstance(node, Alias) else node for node in sources)
                count += sum(target.merged for target in targets if isinstance(target, Mapping))
        if count > _MAXMERGED:
            raise refusal("too many merged keys", self.text, entries[0].start)
        return count


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _block_end(text: str, start: int, end: int) -> int:
    """Return where a block scalar ends: its mark is behind the blank lines that follow, which only ``+`` keeps."""
    block = text[start:end]
    if "+" in block[: line_end(block, 0)].partition("#")[0]:
        return start + len(re.sub(rf"(?:{BREAK.pattern})[ \t]*\Z", "", block))
    return line_end(text, start + len(block.rstrip()))


def _indentation(text: str, root: Node | None) -> int:
    """Return by how much the first block mapping in another is indented, or 2."""
    if isinstance(root, Mapping) and not root.flow:
        for entry in root.entries:
            if isinstance(entry.value, Mapping) and not entry.value.flow and entry.value.entries:
                width = column(text, entry.value.entries[0].start) - column(text, entry.start)
                if width > 0:
                    return width
    return 2
