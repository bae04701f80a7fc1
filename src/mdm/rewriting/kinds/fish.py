"""Scripts of fish: ``set``, ``set --erase``, variables before a command, and what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mdm.rewriting.occurrences import Assignment, Form, Occurrence, Parsed, Read, Removal, Source, named_in

_TOKEN = re.compile(
    r"""(?P<comment>(?:(?<=\s)|^)\#[^\n]*) | (?P<end>[\n;|&()]) | (?P<blank>[ \t\r]+|\\\r?\n)
    | (?P<word>(?:'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | \\. | [^\s;|&()'"\\])+) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_READ = re.compile(r"\$+(?P<name>[A-Za-z_]\w*)", re.ASCII)
_SINGLE = re.compile(r"'(?:\\.|[^'\\])*'", re.DOTALL)
_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL | re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_ERASE = re.compile(r"--erase|-[a-zA-Z]*e[a-zA-Z]*")

Words = list[re.Match[str]]


def parse(source: Source) -> Parsed:
    """Return what a script of fish does with variables."""
    found: list[Occurrence] = []
    silent, words = [], Words()
    for token in _TOKEN.finditer(source.text):
        match token.lastgroup:
            case "comment":
                silent.append(token.span())
            case "word":
                words.append(token)
                found += _reads(token)
            case "end":
                found += _of_command(source.text, words)
                words = Words()
    return Parsed((*found, *_of_command(source.text, words)), silent=tuple(silent))


def _of_command(text: str, words: Words) -> Iterator[Occurrence]:
    while words and words[0][0] in ("and", "or", "not", "if", "while", "begin", "else"):
        words = words[1:]
    while words and (match := _ASSIGNED.fullmatch(words[0][0])):
        yield _inline(words[0], match)
        words = words[1:]
    match [word[0] for word in words[:1]]:
        case ["set"]:
            yield from _of_set(text, words[0].start(), words[1:])
        case ["env"]:
            yield from (_inline(word, match) for word in words[1:] if (match := _ASSIGNED.fullmatch(word[0])))


def _of_set(text: str, start: int, words: Words) -> Iterator[Occurrence]:
    options = [word for word in words if word[0].startswith("-")]
    rest = words[next((i for i, word in enumerate(words) if not word[0].startswith("-")), len(words)) :]
    if any(_ERASE.fullmatch(option[0]) for option in options):
        yield from (
            Removal(name, at) for word in rest for name, at in named_in(text, *word.span()) if at == word.span()
        )
    elif rest and _NAME.fullmatch(rest[0][0]) and not any(option[0] in ("-q", "--query") for option in options):
        yield _set(text, start, options, rest)


def _set(text: str, start: int, options: Words, words: Words) -> Assignment:
    name, values = words[0], words[1:]
    head = " ".join(["set", *(option[0] for option in options)])
    indent = re.search(r"[ \t]*$", text[:start])
    value_at = (values[0].start(), values[-1].end()) if values else (name.end(), name.end())
    form = Form(
        lambda value: ("" if values else " ") + _quoted(value),
        lambda name, value: f"{head} {name} {_quoted(value)}",
        "\n" + (indent[0] if indent else ""),
    )
    value = _literal(values[0][0]) if len(values) == 1 else None if values else ""
    return Assignment(name[0], name.span(), value, value_at, (start, value_at[1]), form)


def _inline(word: re.Match[str], match: re.Match[str]) -> Assignment:
    start = word.start()
    at, value_at = ((start + match.start(part), start + match.end(part)) for part in ("name", "value"))
    form = Form(_quoted, lambda name, value: f"{name}={_quoted(value)}")
    return Assignment(match["name"], at, _literal(match["value"]), value_at, word.span(), form)


def _reads(word: re.Match[str]) -> Iterator[Read]:
    quoted: Sequence[tuple[int, int]] = [m.span() for m in _SINGLE.finditer(word[0])] if word[0][:1] != '"' else []
    for match in _READ.finditer(word[0]):
        if not any(start < match.start() < end for start, end in quoted):
            yield Read(match["name"], (word.start() + match.start("name"), word.start() + match.end("name")))


def _literal(raw: str) -> str | None:
    if raw[:1] == "'" and _SINGLE.fullmatch(raw):
        return re.sub(r"\\([\\'])", r"\1", raw[1:-1])
    if re.search(r"[$*?~{\\]", raw) or re.search(r"[\"']", raw[1:-1]) or (raw[:1] in "'\"") != (raw[-1:] in "'\""):
        return None
    return raw[1:-1] if raw[:1] == '"' else raw


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]+", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
