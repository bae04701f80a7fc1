"""Reads of the legacy dictionary, ``config.get("a", {})["b"]``, and the attributes that take their place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import libcst as cst
from libcst import matchers as m
from libcst.metadata import ClassScope, GlobalScope

from mdm.rewriting.code.module import Module
from mdm.rewriting.code.settings import Attribute, NoAttributeError, attribute_of, is_default, is_section, is_setting
from mdm.rewriting.occurrences import Edit, Listed

_ABSENT = object()
_EMPTY = m.Dict(elements=[]) | m.Call(func=m.Name("dict"), args=[]) | m.Name("None")


class UnclearError(ValueError):
    """A read that cannot be replaced; the text says why, and the second argument what to do."""


@dataclass(frozen=True, slots=True)
class Link:
    """One step of a chain: its node, the key, and the default of a ``get``."""

    node: cst.Call | cst.Subscript
    key: cst.BaseExpression
    default: cst.BaseExpression | None = None

    @property
    def base(self) -> cst.BaseExpression:
        """What is asked."""
        if isinstance(self.node, cst.Subscript):
            return self.node.value
        assert isinstance(self.node.func, cst.Attribute)
        return self.node.func.value

    @property
    def begin(self) -> cst.CSTNode:
        """The first node behind what is asked."""
        if isinstance(self.node, cst.Subscript):
            return self.node.lbracket
        assert isinstance(self.node.func, cst.Attribute)
        return self.node.func.dot


Read = tuple[tuple[Link, ...], Attribute]
"""The steps from a name to a setting, and the attribute that takes their place."""


@dataclass(frozen=True, slots=True)
class Chain:
    """All steps from what holds the configuration, or a section of it, to what is read."""

    base: cst.BaseExpression
    links: tuple[Link, ...]

    @property
    def node(self) -> cst.CSTNode:
        """The whole expression."""
        return self.links[-1].node


def rewrite_chains(module: Module) -> tuple[list[Edit], list[Listed]]:
    """Return the edits of all reads in a module, and what is left alone."""
    edits: list[Edit] = []
    listed: list[Listed] = []
    for chain in chains(module):
        if module.is_config(chain.base):
            found = _rewritten(module, chain)
        elif module.holds_config(chain.base):
            hint = "let it hold the result of get_config() in every case"
            found = [], [_listed(module, chain, f"{module.code(chain.base)} holds something else, too", hint)]
        elif module.is_legacy_reader(chain.base):
            hint = "import get_config from mdm.config, then run this again"
            found = [], [_listed(module, chain, "this reads the legacy files alone", hint)]
        else:
            continue
        edits += found[0]
        listed += found[1]
    listed += [*_memberships(module), *_handed_on(module)]
    return edits, listed


def chains(module: Module) -> Iterator[Chain]:
    """Yield every chain of ``get`` and subscripts, each as long as it is."""
    for node in module.all(cst.Subscript, cst.Call):
        chain = _chain(node)
        if chain and not _goes_on(module, node):
            yield chain


def _chain(node: Any) -> Chain | None:
    links: list[Link] = []
    while (link := _link(node)) is not None:
        links.insert(0, link)
        node = link.base
    return Chain(node, tuple(links)) if links else None


def _link(node: Any) -> Link | None:
    match node:
        case cst.Subscript(slice=[cst.SubscriptElement(slice=cst.Index(value=key, star=None))]):
            return Link(node, key)
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="get")), args=[cst.Arg(value=key, keyword=None, star="")]):
            return Link(node, key)
        case cst.Call(
            func=cst.Attribute(attr=cst.Name(value="get")),
            args=[cst.Arg(value=key, keyword=None, star=""), cst.Arg(value=default, keyword=None, star="")],
        ):
            return Link(node, key, default)
        case _:
            return None


def _goes_on(module: Module, node: cst.CSTNode) -> bool:
    parent = module.parent(node)
    if isinstance(parent, cst.Subscript):
        return parent.value is node and _link(parent) is not None
    outer = module.parent(parent) if isinstance(parent, cst.Attribute) and parent.value is node else None
    return isinstance(outer, cst.Call) and outer.func is parent and _link(outer) is not None


def _rewritten(module: Module, chain: Chain) -> tuple[list[Edit], list[Listed]]:
    """Return the edit of a chain that begins at the configuration; of a section that a name holds, all edits."""
    try:
        path, used = _path(chain.links)
        if is_section(path) and used == len(chain.links):
            return _of_section(module, chain, path), _told_of_section(module, chain, path)
        attribute = _attribute(module, chain, path, used)
        return [_edit(module, chain.links[:used], attribute.path, attribute.call)], []
    except UnclearError as error:
        return [], [_listed(module, chain, *error.args)]


def _path(links: tuple[Link, ...], above: tuple[str, ...] = ()) -> tuple[tuple[str, ...], int]:
    """Return the legacy key that a chain reads, and how many of its steps lead there."""
    path = above
    for number, link in enumerate(links, 1):
        if not isinstance(link.key, cst.SimpleString) or not isinstance(link.key.evaluated_value, str):
            raise UnclearError("the key is known only when it runs", "dictionary access goes on working")
        path = (*path, link.key.evaluated_value)
        if is_setting(path):
            return path, number
    return path, len(links)


def _attribute(module: Module, chain: Chain, path: tuple[str, ...], used: int) -> Attribute:
    key = ".".join(path)
    last = chain.links[used - 1]
    if not is_setting(path):
        raise UnclearError(f"{key} has no counterpart", "it is kept under legacy: dictionary access goes on working")
    for link in chain.links[: used - 1]:
        if link.default is not None and not m.matches(link.default, _EMPTY):
            raise UnclearError(f"the default of {module.code(link.key)} is not an empty dictionary")
    try:
        attribute = attribute_of(path)
    except NoAttributeError as error:
        raise UnclearError(f"{key}: {error}", "write what you need by hand") from None
    way = ".".join(attribute.path)
    if module.context(last.node) != "LOAD":
        raise UnclearError(f"{key} is assigned to", f"assign to {way}, or call set_setting({way!r}, ...)")
    _check_default(module, path, last)
    return attribute


def _check_default(module: Module, path: tuple[str, ...], link: Link) -> None:
    if link.default is None or m.matches(link.default, m.Name("None")):
        return
    default = _value(module, link.default)
    if default is _ABSENT:
        raise UnclearError("its default is worked out when it runs", "a setting always has a value: drop the default")
    if not is_default(path, default):
        told = f"its default {module.shown(link.default)} is not the one of the setting"
        raise UnclearError(told, "a setting always has a value: set it where this one is wanted, and drop the default")


def _value(module: Module, node: cst.BaseExpression) -> Any:
    try:
        return ast.literal_eval(module.code(node))
    except (ValueError, SyntaxError):
        return _ABSENT


def _of_section(module: Module, chain: Chain, path: tuple[str, ...]) -> list[Edit]:
    """Replace a section that a name holds, and every read of it; all of them or none."""
    reads, names = _section_reads(module, chain, path)
    sections = {attribute.path[:-1] for _, attribute in reads}
    common = sections.pop() if len(sections) == 1 else ()
    edits = [_edit(module, links, attribute.path[len(common) :], attribute.call) for links, attribute in reads]
    return [_edit(module, chain.links, common, ""), *(_edit(module, links, (), "") for links in names), *edits]


def _told_of_section(module: Module, chain: Chain, path: tuple[str, ...]) -> list[Listed]:
    target = _only_name(module, module.parent(chain.node), chain.node)
    if target is None or not module.is_within(target, GlobalScope):
        return []
    told = f"a section with attributes now, no dictionary ({'.'.join(path)})"
    return [Listed(module.span(target)[0], target.value, told, "look at the modules that import it", renamed=True)]


def _section_reads(module: Module, chain: Chain, path: tuple[str, ...]) -> tuple[list[Read], list[tuple[Link, ...]]]:
    """Return all reads of a section that a name holds, and what gives sections of it to other names."""
    target = _only_name(module, module.parent(chain.node), chain.node)
    is_seen = target is not None and not module.is_within(target, ClassScope)  # self.name is not followed
    accesses = module.accesses(target) if target is not None and is_seen else []
    if not accesses:
        raise UnclearError(f"{'.'.join(path)} is used as a dictionary", "dictionary access goes on working")
    reads: list[Read] = []
    names: list[tuple[Link, ...]] = []
    for access in accesses:
        inner = _chain_from(module, access, path)
        key, used = _path(inner.links, path)
        if is_section(key):
            more = _section_reads(module, inner, key)
            reads += more[0]
            names += [inner.links, *more[1]]
        else:
            reads.append((inner.links[:used], _attribute(module, inner, key, used)))
    return reads, names


def _only_name(module: Module, parent: Any, node: cst.CSTNode) -> cst.Name | None:
    """Return the name that holds *node* and nothing else."""
    match parent:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as name)]):
            pass
        case cst.NamedExpr(target=cst.Name() as name):
            pass
        case _:
            return None
    return name if parent.value is node and len(module.assignments(name)) == 1 else None


def _chain_from(module: Module, access: cst.CSTNode, above: tuple[str, ...]) -> Chain:
    node, last = access, None
    while (node := _next(module, node)) is not None:
        last = node
    chain = _chain(last) if last is not None else None
    if chain is None:
        raise UnclearError(f"{'.'.join(above)} is used as a dictionary", "dictionary access goes on working")
    return chain


def _next(module: Module, node: cst.CSTNode) -> Any:
    parent = module.parent(node)
    if isinstance(parent, cst.Attribute) and parent.value is node:
        parent = module.parent(parent)
    link = _link(parent)
    return parent if link is not None and link.base is node else None


def _edit(module: Module, links: tuple[Link, ...], path: tuple[str, ...], call: str) -> Edit:
    at = module.span(links[0].begin)[0], module.span(links[-1].node)[1]
    if "#" in module.text[slice(*at)] or any(link.node.lpar for link in links[:-1]):
        raise UnclearError("comments or brackets stand in the way", "write it by hand")
    return Edit(at, "".join(f".{name}" for name in path) + call)


def _memberships(module: Module) -> Iterator[Listed]:
    """Yield the questions whether a setting is there: it always is."""
    for node in module.all(cst.Comparison):
        for part in node.comparisons:
            chain = _chain(part.comparator)
            base = chain.base if chain else part.comparator
            if not isinstance(part.operator, cst.In | cst.NotIn) or not module.is_config(base):
                continue
            key = node.left.evaluated_value if isinstance(node.left, cst.SimpleString) else None
            yield Listed(
                module.span(node)[0],
                module.shown(node),
                "every setting of MDM is always there" if key else "the key is known only when it runs",
                "take the question away where it asks for a setting that has a new key",
            )


def _handed_on(module: Module) -> Iterator[Listed]:
    """Yield where the whole configuration is given to something else."""
    for node in module.all(cst.Arg):
        if module.is_config(node.value):
            told = "the configuration is handed on, and what is read of it there is not seen"
            yield Listed(module.span(node)[0], module.shown(node), told, "dictionary access goes on working")


def _listed(module: Module, chain: Chain, message: str, hint: str = "") -> Listed:
    return Listed(module.span(chain.node)[0], module.shown(chain.node), message, hint)
