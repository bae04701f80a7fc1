"""YAML as leaves with their places: the nodes are composed by PyYAML and read by its own rules."""

from __future__ import annotations

import re
from typing import Any

import yaml

from mdm.config.documents.document import MAX_DEPTH, MAX_NODES, Entry, duplicate
from mdm.config.layers import Notice
from mdm.errors import InvalidConfigError, Problem

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"
_MERGE = _TAG + "merge"
_MOST_DIRECTIVES = 100  # libyaml compares each one with all before it
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_LONGEST_NUMBER = 3500  # characters; in any base it has fewer digits than the 4300 that Python prints
_constructor = yaml.constructor.SafeConstructor()
_SCALARS: dict[str, Any] = {
    _TAG + "str": None,
    _TAG + "value": None,
    _TAG + "null": lambda _: None,
    _TAG + "bool": _constructor.construct_yaml_bool,
    _TAG + "int": _constructor.construct_yaml_int,
    _TAG + "float": _constructor.construct_yaml_float,
    _TAG + "timestamp": _constructor.construct_yaml_timestamp,
}


def read_yaml(text: str, shown: str, *, maybe_deep: bool = False) -> tuple[list[Entry], list[Notice]]:
    """Return the leaves of *text* and what is worth saying of it; raises `InvalidConfigError` with the place."""
    _check_directives(text, shown)
    try:
        if maybe_deep:
            _check_depth(text, shown)
        root = _compose(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else shown
        raise InvalidConfigError(Problem(_told(error), where, _advice(text, mark))) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidConfigError(Problem(_unreadable(error), shown, "remove what is not text")) from None
    reader = _Reader(shown)
    if root is not None and not (isinstance(root, yaml.ScalarNode) and root.tag == _TAG + "null"):
        reader.read(root)
    return reader.entries, reader.notices


def _compose(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return node
    finally:
        loader.dispose()


def _check_directives(text: str, shown: str) -> None:
    for number, found in enumerate(_DIRECTIVE.finditer(text)):
        if number == _MOST_DIRECTIVES:
            line = text.count("\n", 0, found.start()) + 1
            raise InvalidConfigError(
                Problem(f"more than {_MOST_DIRECTIVES} lines that begin with %", f"{shown}:{line}:1")
            )


def _check_depth(text: str, shown: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark
                where = f"{shown}:{mark.line + 1}:{mark.column + 1}"
                raise InvalidConfigError(Problem(f"nested more than {MAX_DEPTH} levels deep", where))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _told(error: yaml.MarkedYAMLError) -> str:
    # PyYAML quotes no values in these texts, only characters and token names
    problem = (error.problem or "not valid").replace("\n", " ")
    if "but found another document" in problem:
        problem = "holds several documents"
    return f"not valid YAML: {problem}"


def _unreadable(error: Exception) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        code = ord(error.character) if isinstance(error.character, str) else error.character
        return f"not valid YAML: the character #x{code:04x} is not allowed"
    return "not valid YAML: nested too deep" if isinstance(error, RecursionError) else "not valid YAML"


def _advice(text: str, mark: Any) -> str:
    if mark is not None:
        lines = text.split("\n")
        if mark.line < len(lines) and lines[mark.line].lstrip(" ").startswith("\t"):
            return "indent with spaces, not tabs"
    return "compare the indentation, quotes and brackets with the lines around it"


def _told_of_tag(tag: str) -> str:
    """Return what is wrong with *tag*, without what the user wrote behind the name of a kind: it may be a secret."""
    if not tag.startswith(_TAG):
        return "a tag of one's own is not allowed; a value that begins with ! needs quotes"
    return f"the tag {_TAG}{tag.removeprefix(_TAG).split(':')[0]} is not allowed"


class _Reader:
    """Walks composed nodes; an alias is walked where it is used, so what is visited is counted."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.entries: list[Entry] = []
        self.notices: list[Notice] = []
        self._visited = 0
        self._open: set[int] = set()

    def read(self, root: yaml.Node) -> None:
        if not isinstance(root, yaml.MappingNode):
            raise self._refused(root, "settings are expected here, as lines of the form key: value")
        self._mapping(root, ())

    def _mapping(self, node: yaml.MappingNode, path: tuple[Any, ...]) -> None:
        if node.tag != _TAG + "map":
            raise self._refused(node, _told_of_tag(node.tag))
        for key, value in self._pairs(node, path).items():
            self._leaves(value, (*path, key))

    def _leaves(self, node: yaml.Node, path: tuple[Any, ...]) -> None:
        if isinstance(node, yaml.MappingNode) and node.value:
            self._enter(node)
            self._mapping(node, path)
            self._open.discard(id(node))
            return
        text = node.value if isinstance(node, yaml.ScalarNode) else None
        quoted = isinstance(node, yaml.ScalarNode) and bool(node.style)  # libyaml says "" of a plain one
        mark = node.start_mark
        self.entries.append(Entry(path, self._value(node), text, quoted, mark.line + 1, mark.column + 1))

    def _pairs(self, node: yaml.MappingNode, path: tuple[Any, ...]) -> dict[Any, yaml.Node]:
        """Return the entries of a mapping by key: the last of duplicates, and merged ones below its own."""
        merged: dict[Any, yaml.Node] = {}
        own: dict[Any, yaml.Node] = {}
        lines: dict[Any, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged |= self._merged(value_node, path)
                continue
            key = self._key(key_node)
            line = key_node.start_mark.line + 1
            if key in own:
                shown = ".".join(str(part) for part in (*path, key))
                self.notices.append(duplicate(self.shown, shown, lines[key], line))
            own[key], lines[key] = value_node, line
        return {**merged, **own}

    def _merged(self, node: yaml.Node, path: tuple[Any, ...]) -> dict[Any, yaml.Node]:
        if isinstance(node, yaml.MappingNode):
            self._enter(node)
            found = self._pairs(node, path)
            self._open.discard(id(node))
            return found
        if isinstance(node, yaml.SequenceNode):
            found = {}
            for item in reversed(node.value):
                found |= self._merged(item, path)
            return found
        raise self._refused(node, "a mapping is expected after <<")

    def _key(self, node: yaml.Node) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            raise self._refused(node, "a key cannot be a list or a mapping")
        return self._value(node)

    def _value(self, node: yaml.Node) -> Any:
        self._count(node)
        match node:
            case yaml.ScalarNode():
                return self._scalar(node)
            case yaml.SequenceNode() if node.tag == _TAG + "seq":
                self._enter(node)
                items = [self._value(item) for item in node.value]
                self._open.discard(id(node))
                return items
            case yaml.MappingNode() if node.tag == _TAG + "map":
                self._enter(node)
                pairs = {key: self._value(item) for key, item in self._pairs(node, ()).items()}
                self._open.discard(id(node))
                return pairs
        raise self._refused(node, _told_of_tag(node.tag))

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag not in _SCALARS:
            raise self._refused(node, _told_of_tag(node.tag))
        construct = _SCALARS[node.tag]
        if node.tag == _TAG + "int" and len(node.value) > _LONGEST_NUMBER:
            raise self._refused(node, f"a number of more than {_LONGEST_NUMBER} characters")
        try:
            return construct(node) if construct else node.value
        except (ArithmeticError, AttributeError, LookupError, ValueError):  # by a tag that forces a type
            kind = node.tag.removeprefix(_TAG)
            raise self._refused(node, f"not a valid {kind}", "put it in quotes if it is text") from None

    def _enter(self, node: yaml.Node) -> None:
        self._count(node)
        if id(node) in self._open:
            raise self._refused(node, "an anchor that holds itself")
        if len(self._open) >= MAX_DEPTH:
            raise self._refused(node, f"nested more than {MAX_DEPTH} levels deep")
        self._open.add(id(node))

    def _count(self, node: yaml.Node) -> None:
        self._visited += 1
        if self._visited > MAX_NODES:
            raise self._refused(node, "aliases repeat too much", f"{MAX_NODES} values are the most")

    def _refused(self, node: yaml.Node, message: str, hint: str = "") -> InvalidConfigError:
        where = f"{self.shown}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
        return InvalidConfigError(Problem(message, where, hint))
