"""Legacy variables in Python code: ``os.environ`` and ``os.getenv``, environments of processes, those of tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst
from libcst import matchers as m

from mdm.rewriting.code.module import Module
from mdm.rewriting.occurrences import Assignment, Form, Occurrence, Read, named_in

_READERS = ("get", "pop", "getenv", "delenv")
_WRITERS = ("setdefault", "setenv", "putenv")


def variables_in(module: Module) -> Iterator[Occurrence]:
    """Yield where variables of MDM are set and read."""
    for node in module.all(cst.SimpleString):
        text = node.evaluated_value
        if isinstance(text, str) and any(name == text for name, _ in named_in(text)):
            yield from _used(module, node, text)
    for argument in module.all(cst.Arg):
        keyword = argument.keyword
        if keyword is not None and any(name == keyword.value for name, _ in named_in(keyword.value)):
            yield from _keyword(module, argument, keyword)


def _keyword(module: Module, argument: cst.Arg, keyword: cst.Name) -> Iterator[Assignment]:
    """``dict(os.environ, NAME="value")``, ``os.environ.update(NAME="value")``."""
    function = module.parent(argument).func
    if not m.matches(function, m.Name("dict") | m.Attribute(attr=m.Name("update"))):
        return
    start, end = module.span(keyword)[0], module.span(argument.value)[1]
    value = argument.value
    text = value.evaluated_value if isinstance(value, cst.SimpleString) else None
    quote = value.quote[:1] if isinstance(value, cst.SimpleString) else '"'
    form = Form(lambda new: _literal(new, quote), lambda name, new: f"{name}={_literal(new, quote)}", ", ")
    literal = text if isinstance(text, str) else None
    yield Assignment(
        keyword.value, module.span(keyword), literal, module.span(value), (start, end), form, _scope(module, argument)
    )


def _scope(module: Module, node: cst.CSTNode) -> str:
    return str(id(module.around(node, cst.FunctionDef)))


def _used(module: Module, node: cst.SimpleString, name: str) -> Iterator[Occurrence]:
    start = module.span(node)[0] + len(node.prefix) + len(node.quote)
    at = start, start + len(name)
    parent = module.parent(node)
    match parent:
        case cst.DictElement(key=key, value=value) if key is node:
            yield _assignment(module, node, name, value, parent)
        case cst.Index():
            yield from _subscript(module, module.parent(module.parent(parent)), node, name)
        case cst.Arg():
            yield from _argument(module, module.parent(parent), node, name)
        case cst.Comparison(left=left) if left is node and _is_environ(module, parent.comparisons[0].comparator):
            yield Read(name, at)


def _subscript(module: Module, node: Any, key: cst.SimpleString, name: str) -> Iterator[Occurrence]:
    if not isinstance(node, cst.Subscript) or not _is_environ(module, node.value):
        return
    target = module.parent(node)
    if isinstance(target, cst.AssignTarget):
        yield _assignment(module, key, name, module.parent(target).value, None)
    elif module.context(node) == "LOAD" or isinstance(target, cst.Del):
        start = module.span(key)[0] + len(key.prefix) + len(key.quote)
        yield Read(name, (start, start + len(name)))


def _argument(module: Module, call: Any, key: cst.SimpleString, name: str) -> Iterator[Occurrence]:
    if not isinstance(call, cst.Call) or call.args[0].value is not key:
        return
    function = call.func.attr.value if isinstance(call.func, cst.Attribute) else module.code(call.func)
    second = call.args[1].value if len(call.args) > 1 else None
    of_environ = isinstance(call.func, cst.Attribute) and _is_environ(module, call.func.value)
    if function in ("get", "pop", "setdefault") and not of_environ:
        return
    if function in _WRITERS and second is not None:
        yield _assignment(module, key, name, second, None)
    elif function in _READERS:
        start = module.span(key)[0] + len(key.prefix) + len(key.quote)
        is_text = isinstance(second, cst.SimpleString)
        default = str(second.evaluated_value) if isinstance(second, cst.SimpleString) else None
        yield Read(
            name, (start, start + len(name)), default, second is None or is_text or m.matches(second, m.Name("None"))
        )


def _assignment(
    module: Module, key: cst.SimpleString, name: str, value: cst.BaseExpression, element: cst.CSTNode | None
) -> Assignment:
    start = module.span(key)[0] + len(key.prefix) + len(key.quote)
    value_at = module.span(value)
    text = value.evaluated_value if isinstance(value, cst.SimpleString) else None
    quote = key.quote[:1]
    return Assignment(
        name,
        (start, start + len(name)),
        text if isinstance(text, str) else None,
        value_at,
        module.span(element or key),
        Form(
            lambda new: _literal(new, quote),
            lambda name, new: f"{_literal(name, quote)}: {_literal(new, quote)}",
            ", " if element is not None else "",
        ),
        _scope(module, key),
    )


def _literal(text: str, quote: str) -> str:
    written = repr(text)
    return written if quote == "'" or '"' in text or "\\" in text else f'"{text}"'


def _is_environ(module: Module, node: cst.CSTNode) -> bool:
    return module.is_called(node, "os.environ")
