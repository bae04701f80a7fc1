"""Dotenv files: a line ``NAME=value`` a variable, in the dialect that MDM itself reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdm.rewriting.occurrences import Assignment, Form, Listed, Parsed, Read, Region, Source, Span
from mdm.rewriting.variables import new_names

_LINE = re.compile(
    r"""^[ \t]*(?P<export>export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*
    (?P<value> '(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | (?:(?![ \t]+\#|[ \t]*\r?$)[^\r\n])* )""",
    re.MULTILINE | re.VERBOSE | re.DOTALL,
)
_PUT_ASIDE = re.compile(r"^[ \t]*#[ \t#]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*|(?<=\s)#.*", re.MULTILINE)
_READ = re.compile(r"\$(?:\{(?P<name>\w+)(?P<operator>:?-)?(?P<default>[^}$]*)?\}|(?P<bare>[A-Za-z_]\w*))")
_SINGLE = re.compile(r"\\([\\'])")
_DOUBLE = re.compile(r"\\([\\'\"abfnrtv$])")
_SAFE = re.compile(r"[\w@%+=:,./-]*", re.ASCII)


def parse(source: Source) -> Parsed:
    """Return the variables that a dotenv file sets, and those that its values read."""
    text, found, values = source.text, [], []
    reads: list[Read] = []
    newline = "\r\n" if "\r\n" in text else "\n"
    for match in _LINE.finditer(text):
        raw, export = match["value"], match["export"] or ""
        values.append(match.span("value"))
        item = (match.start("export") if export else match.start("name"), match.end("value"))
        form = _form(raw[:1], export, newline)
        value = _literal(raw)
        found.append(Assignment(match["name"], match.span("name"), value, match.span("value"), item, form))
        if value is None:
            reads += _reads(text, match.span("value"))
    taken = Region(values)
    comments = [m.span() for m in _COMMENT.finditer(text) if (m.start(), m.start() + 1) not in taken]
    listed = _put_aside(text, Region(comments))
    return Parsed((*found, *reads), listed=tuple(listed), silent=tuple(comments))


def _put_aside(text: str, comments: Region) -> Iterator[Listed]:
    """Yield the assignments that are commented out: whoever takes the sign away again sets the old name."""
    for match in _PUT_ASIDE.finditer(text):
        name = match["name"]
        if match.span("name") in comments and new_names(name):
            hint = f"write {' and '.join(new_names(name))} there, or remove the line"
            yield Listed(match.start("name"), name, "commented out here", hint)


def _form(quote: str, export: str, newline: str) -> Form:
    return Form(lambda value: _quoted(value, quote), lambda name, value: f"{export}{name}={_quoted(value)}", newline)


def _reads(text: str, span: Span) -> list[Read]:
    return [
        Read(m["name"] or m["bare"], m.span("name" if m["name"] else "bare"), m["default"] if m["operator"] else None)
        for m in _READ.finditer(text, *span)
    ]


def _literal(raw: str) -> str | None:
    """Return the text that a raw value stands for; none where whoever reads the file may replace parts of it."""
    if raw[:1] == "'":
        return _SINGLE.sub(r"\1", raw[1:-1])
    if "$" in raw or "`" in raw:
        return None
    if raw[:1] == '"':
        return _DOUBLE.sub(lambda m: {"n": "\n", "t": "\t", "r": "\r"}.get(m[1], m[1]), raw[1:-1])
    return raw


def _quoted(value: str, like: str = "") -> str:
    if like == '"' and not re.search(r"[\"\\$`]", value):
        return f'"{value}"'
    if like != "'" and _SAFE.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
