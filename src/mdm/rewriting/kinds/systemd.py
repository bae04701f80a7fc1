"""Units of systemd and drop-ins: what they set, hand on and unset, and what their commands read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdm.rewriting.occurrences import Assignment, Form, Occurrence, Parsed, Read, Removal, Source, Span, named_in

_LINE = re.compile(r"^[ \t]*(?P<key>\w+)[ \t]*=(?P<value>(?:[^\n\\]|\\(?:\r?\n|.))*)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*[#;].*", re.MULTILINE)
_WORD = re.compile(r""" "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | (?:\\(?!\r?\n).|[^\s\\])+ """, re.VERBOSE | re.DOTALL)
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL | re.ASCII)
_READ = re.compile(r"\$(?:\{(?P<name>\w+)\}|(?P<bare>\w+))", re.ASCII)


def parse(source: Source) -> Parsed:
    """Return what a unit does with variables."""
    found: list[Occurrence] = []
    comments = [match.span() for match in _COMMENT.finditer(source.text)]
    for line in _LINE.finditer(source.text):
        found += _of_line(source.text, line["key"], line.span("value"))
    return Parsed(tuple(found), silent=tuple(comments))


def _of_line(text: str, key: str, span: Span) -> Iterator[Occurrence]:
    match key:
        case "Environment":
            for word in _WORD.finditer(text, *span):
                yield from _assignment(word)
        case "UnsetEnvironment":
            yield from (Removal(name, at) for name, at in named_in(text, *span) if text[at[1] : at[1] + 1] != "=")
        case "PassEnvironment":
            yield from (Read(name, at) for name, at in named_in(text, *span))
        case _ if key.startswith("Exec"):
            for match in _READ.finditer(text, *span):
                group = "name" if match["name"] else "bare"
                yield Read(match[group], match.span(group))


def _assignment(word: re.Match[str]) -> Iterator[Assignment]:
    quote = word[0][0] if word[0][0] in "'\"" else ""
    inner = word[0][1:-1] if quote else word[0]
    match = _ASSIGNED.fullmatch(inner)
    if match is None:
        return
    start = word.start() + len(quote)
    at = (start + match.start("name"), start + match.end("name"))
    value_at = (start + match.start("value"), start + match.end("value"))
    form = Form(lambda value: _escaped(value, quote), lambda name, value: '"' + _escaped(f"{name}={value}", '"') + '"')
    yield Assignment(match["name"], at, _literal(match["value"]), value_at, word.span(), form)


def _literal(raw: str) -> str | None:
    """Return the text of a value; none where it holds specifiers, or escapes that are not of one character."""
    if re.search(r"(?<!%)(?:%%)*%(?!%)", raw) or re.search(r"\\[^\\\"' ]", raw):
        return None
    return re.sub(r"\\(.)", r"\1", raw).replace("%%", "%")


def _escaped(value: str, quote: str) -> str:
    special = r"[\\\"']" if quote else r"[\\\"' ]"
    return re.sub(special, lambda match: "\\" + match[0], value.replace("%", "%%"))
