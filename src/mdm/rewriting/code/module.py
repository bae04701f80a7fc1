"""A module of Python with the places of its nodes, its scopes, and the names that stand for the configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar

import libcst as cst
from libcst import matchers as m
from libcst.metadata import (
    ExpressionContextProvider,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    QualifiedNameProvider,
    Scope,
    ScopeProvider,
)

from mdm.core.masking import MASK, is_secret_name
from mdm.rewriting.occurrences import Edit, Span, edited

N = TypeVar("N", bound=cst.CSTNode)

_PROVIDERS: Any = (
    ExpressionContextProvider,
    ParentNodeProvider,
    PositionProvider,
    QualifiedNameProvider,
    ScopeProvider,
)
_GET_CONFIG = frozenset(
    f"mdm.config.{name}"
    for name in ("get_config", "manager.get_config", "config_manager.get_config", "manager.config_manager.get_config")
)


class Module:
    """The parsed text; raises ``ParserSyntaxError``."""

    def __init__(self, text: str) -> None:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        self.text = text
        self.tree = wrapper.module
        self._metadata: Any = wrapper.resolve_many(_PROVIDERS)
        self._lines = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
        self.secrets = [self.span(node) for node in self._secret_defaults()]
        """The places of texts that stand in for a secret."""
        if self.tree.code != text:
            raise ValueError("the text cannot be placed")

    def span(self, node: cst.CSTNode) -> Span:
        """Return the place of a node, the brackets around it left out."""
        place = self._metadata[PositionProvider][node]
        start, end = place.start, place.end
        return self._lines[start.line - 1] + start.column, self._lines[end.line - 1] + end.column

    def code(self, node: cst.CSTNode) -> str:
        """Return the text of a node."""
        return self.text[slice(*self.span(node))]

    def shown(self, node: cst.CSTNode) -> str:
        """Return the text of a node on one line, secrets masked."""
        start, end = self.span(node)
        masks = [Edit((a - start, b - start), MASK) for a, b in self.secrets if start <= a and b <= end]
        return " ".join(edited(self.text[start:end], masks).split())

    def all(self, *kinds: type[N]) -> Iterator[N]:
        """Yield every node of these *kinds*."""
        return (node for node in self._metadata[ParentNodeProvider] if isinstance(node, kinds))

    def parent(self, node: cst.CSTNode) -> Any:
        """Return the node around *node*."""
        return self._metadata[ParentNodeProvider].get(node)

    def context(self, node: cst.CSTNode) -> str:
        """Return ``LOAD``, ``STORE`` or ``DEL``."""
        context = self._metadata[ExpressionContextProvider].get(node)
        return str(context.name) if context is not None else "LOAD"

    def is_called(self, node: cst.CSTNode, *names: str) -> bool:
        """Say whether *node* is one of these imported *names*, whatever they are called here."""
        found = self._metadata[QualifiedNameProvider].get(node, ())
        found = found() if callable(found) else found
        return any(name.name in names and name.source.name == "IMPORT" for name in found)

    def comments(self) -> Iterator[Span]:
        """Yield the places of comments."""
        yield from map(self.span, self.all(cst.Comment))

    def around(self, node: cst.CSTNode, *kinds: type[cst.CSTNode]) -> Any:
        """Return the nearest node of one of these *kinds* around *node*; none where there is none."""
        while (node := self.parent(node)) is not None and not isinstance(node, kinds):
            pass
        return node

    def _secret_defaults(self) -> Iterator[cst.CSTNode]:
        """Yield the texts in ``get("password", "a text")``."""
        for call in self.all(cst.Call):
            match call.args:
                case [cst.Arg(value=cst.SimpleString() as key), cst.Arg(value=cst.SimpleString() as default)]:
                    if is_secret_name(str(key.evaluated_value)) and default.evaluated_value:
                        yield default

    # What stands for the configuration ------------------------------------------------------------------------------

    def is_config(self, node: cst.CSTNode | None, seen: frozenset[int] = frozenset()) -> bool:
        """Say whether *node* is the configuration in every case: a call of `get_config`, or what holds its result."""
        if node is None or id(node) in seen:
            return False
        seen |= {id(node)}
        match node:
            case cst.Call(func=func, args=[]):
                return self.is_called(func, *_GET_CONFIG)
            case cst.NamedExpr(value=value):
                return self.is_config(value, seen)
            case cst.Name() | cst.Attribute():
                given = self.given(node)
                return bool(given) and all(self.is_config(value, seen) for value in given)
            case _:
                return False

    def is_legacy_reader(self, node: cst.CSTNode) -> bool:
        """Say whether *node* calls the reader of the legacy files, or is a name for its result."""
        calls = [node] if isinstance(node, cst.Call) else self.given(node) if isinstance(node, cst.Name) else []
        return any(isinstance(c, cst.Call) and self.is_called(c.func, "mdm.config.legacy.get_config") for c in calls)

    def holds_config(self, node: cst.CSTNode) -> bool:
        """Say whether *node* is a name that holds the configuration in some cases."""
        given = self.given(node) if isinstance(node, cst.Name | cst.Attribute) else []
        return any(self.is_config(value) for choice in given for value in _choices(choice))

    def given(self, node: cst.Name | cst.Attribute) -> list[cst.BaseExpression | None]:
        """Return what is assigned to a name or to an attribute of ``self``; none for what is not an expression."""
        if isinstance(node, cst.Name):
            return [self._value(found) for found in self.assignments(node)]
        owner = self.around(node, cst.ClassDef)
        if owner is None or not m.matches(node.value, m.Name("self") | m.Name("cls")):
            return []
        return [self._value(target) for target in self._targets.get((owner, node.attr.value), ())]

    @cached_property
    def _targets(self) -> dict[tuple[cst.CSTNode, str], list[cst.CSTNode]]:
        """What sets the attributes of each class: ``self.name = ...``, and ``name = ...`` in its body."""
        found: dict[tuple[cst.CSTNode, str], list[cst.CSTNode]] = {}
        for node in self.all(cst.Attribute):
            if m.matches(node.value, m.Name("self") | m.Name("cls")) and self.context(node) != "LOAD":
                found.setdefault((self.around(node, cst.ClassDef), node.attr.value), []).append(node)
        for target in self.all(cst.AssignTarget):
            owner = self.around(target, cst.ClassDef, cst.FunctionDef)
            if isinstance(owner, cst.ClassDef) and isinstance(target.target, cst.Name):
                found.setdefault((owner, target.target.value), []).append(target)
        return found

    def assignments(self, node: cst.Name) -> list[cst.CSTNode | None]:
        """Return the nodes that bind a name where it is read; none for what is built in or imported."""
        scope = self._metadata[ScopeProvider].get(node)
        return [getattr(found, "node", None) for found in scope[node.value]] if scope is not None else []

    def is_within(self, node: cst.Name, *kinds: type[Scope]) -> bool:
        """Say whether a name is bound in a scope of one of these *kinds*."""
        return isinstance(self._metadata[ScopeProvider].get(node), kinds)

    def accesses(self, node: cst.Name) -> list[cst.CSTNode]:
        """Return the places that read the name that is bound at *node*."""
        scope = self._metadata[ScopeProvider].get(node)
        found = [access.node for a in scope[node.value] for access in a.references] if scope is not None else []
        return list(dict.fromkeys(found))

    def _value(self, bound: cst.CSTNode | None) -> cst.BaseExpression | None:
        """Return the expression that a target takes its value from, where it takes the whole of it."""
        if isinstance(bound, cst.Param):
            return bound.default
        parent = self.parent(bound) if bound is not None and not isinstance(bound, cst.AssignTarget) else bound
        if isinstance(parent, cst.AssignTarget):
            value: cst.BaseExpression = self.parent(parent).value
            return value
        if isinstance(parent, cst.AnnAssign | cst.NamedExpr) and parent.target is bound:
            return parent.value
        if isinstance(parent, cst.Param):
            return parent.default
        return None


def _choices(node: cst.BaseExpression | None) -> Iterator[cst.BaseExpression | None]:
    """Yield what an expression can be: the sides of ``or`` and ``and``, the branches of ``if``."""
    match node:
        case cst.BooleanOperation(left=one, right=other) | cst.IfExp(body=one, orelse=other):
            yield from _choices(one)
            yield from _choices(other)
        case _:
            yield node
