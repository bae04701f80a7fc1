"""Shell scripts: what sets, reads, exports and unsets variables."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise

from mdm.rewriting.kinds.shell_words import Command, Word, read_shell
from mdm.rewriting.occurrences import (
    Assignment,
    Form,
    Occurrence,
    Parsed,
    Read,
    Removal,
    Source,
    named_in,
)

_ASSIGNED = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<added>\+?)=")
_DECLARE = frozenset(("export", "declare", "typeset", "readonly", "local"))
_BEFORE = frozenset(("then", "do", "else", "elif", "if", "while", "until", "!", "{", "time"))
_STEP_ENVIRONMENT = ("$GITHUB_ENV", "${GITHUB_ENV}")
_FILLS = frozenset(("for", "select", "read", "mapfile", "readarray"))
_ASKS = frozenset(("[[", "[", "test", "-v"))  # the last one behind && and in brackets
_GIVES = frozenset(("-e", "--env", "--build-arg"))


def parse(source: Source) -> Parsed:
    """Return what a shell script does with variables."""
    return parse_shell(source.text)


def parse_shell(text: str, start: int = 0, end: int | None = None, scope: str = "") -> Parsed:
    """Return what the shell text in a part of *text* does with variables."""
    found = read_shell(text, start, end)
    occurrences: list[Occurrence] = list(found.reads)
    for command in found.commands:
        occurrences += _of_command(text, command, scope)
    return Parsed(tuple(occurrences), silent=tuple(found.silent))


def assignment(text: str, word: Word, scope: str = "", joiner: str = " ") -> Assignment | None:
    """Return the word ``NAME=value`` as an assignment; *joiner* parts it from others of its kind."""
    start, end = word.at
    match = _ASSIGNED.match(text, start, end)
    quote = ""
    if match is None and text[start] in "'\"":  # "NAME=value", as an argument
        quote = text[start]
        match = _ASSIGNED.match(text, start + 1, end)
    if match is None:
        return None
    name_at = match.span("name")
    value = None if word.text is None or match["added"] else word.text.partition("=")[2]
    value_at = (match.end(), end)
    form = Form(
        lambda value: _quoted(value, text[slice(*value_at)]), lambda name, value: f"{name}={_quoted(value)}", joiner
    )
    if quote:
        value_at = (match.end(), end - 1)
        form = Form(lambda value: _inside(value, quote), lambda name, value: shlex.quote(f"{name}={value}"), joiner)
    return Assignment(match["name"], name_at, value, value_at, word.at, form, scope)


def _of_command(text: str, command: Command, scope: str) -> Iterator[Occurrence]:
    words = command.words
    while words and text[slice(*words[0].at)] in _BEFORE:
        words = words[1:]
    while words and _is_bare(text, words[0]) and (found := assignment(text, words[0], scope)):
        yield found
        words = words[1:]
    if words:
        yield from _of_words(text, words, scope)


def _of_words(text: str, words: list[Word], scope: str) -> Iterator[Occurrence]:
    """Yield what the command does that the first of *words* names."""
    match words[0].text:
        case name if name in _DECLARE:
            yield from _declared(text, words[1:], scope)
        case name if name in _FILLS:
            yield from _filled(text, words[1 : 2 if name in ("for", "select") else None], scope)
        case "printf" if len(words) > 2 and words[1].text == "-v":
            yield from _filled(text, words[2:3], scope)
        case name if name in _ASKS:
            yield from (read for option, word in pairwise(words) if option.text == "-v" for read in _names(text, word))
        case "unset":
            for word in words[1:]:
                yield from (Removal(name, at) for name, at in named_in(text, *word.at) if at == word.at)
        case "echo" if text[slice(*words[-1].at)].strip('"') in _STEP_ENVIRONMENT and len(words) == 3:
            joiner = f" >> {text[slice(*words[-1].at)]}; echo "
            yield from filter(None, [assignment(text, words[1], scope, joiner)])
        case "env" | "sudo":
            yield from _given(text, words[1:], scope, everywhere=True)
        case _:
            yield from _given(text, words[1:], scope, everywhere=False)


def _is_bare(text: str, word: Word) -> bool:
    return text[word.at[0]] not in "'\""


def _declared(text: str, words: list[Word], scope: str) -> Iterator[Occurrence]:
    for word in words:
        if found := assignment(text, word, scope):
            yield found
        else:
            yield from _names(text, word)


def _filled(text: str, words: list[Word], scope: str) -> Iterator[Assignment]:
    """Yield the names that get a text which is known only when the script runs."""
    for word in words:
        for name, at in named_in(text, *word.at):
            if at == word.at:
                yield Assignment(name, at, None, (at[1], at[1]), at, Form(_quoted, "{}={}".format, ""), scope)


def _given(text: str, words: list[Word], scope: str, *, everywhere: bool) -> Iterator[Occurrence]:
    """Yield what a command hands to another: ``env NAME=value command``, ``docker run -e NAME=value``."""
    before = ""
    for word in words:
        if everywhere or before in _GIVES:
            joiner = f" {before} " if before in _GIVES else " "
            if found := assignment(text, word, scope, joiner):
                yield found
            elif before in _GIVES:
                yield from _names(text, word)
            elif before in ("-u", "--unset"):
                yield from (Removal(name, at, " -u ") for name, at in named_in(text, *word.at) if at == word.at)
        before = word.text or ""


def _names(text: str, word: Word) -> Iterator[Occurrence]:
    """Yield a name that hands on what it is set to, or asks whether it is."""
    yield from (Read(name, at) for name, at in named_in(text, *word.at) if at == word.at)


def _quoted(value: str, like: str = "") -> str:
    if like.startswith('"'):
        return _inside(value, '"', around='"')
    if like.startswith("'"):
        return "'" + value.replace("'", "'\\''") + "'"
    return shlex.quote(value) if value else ""


def _inside(value: str, quote: str, around: str = "") -> str:
    if quote == "'":
        return value.replace("'", "'\\''")
    return around + re.sub(r'([$`"\\])', r"\\\1", value) + around
