"""Dockerfiles: ``ENV`` in both forms, ``ARG``, scripts in ``RUN``, and what other instructions read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mdm.rewriting.kinds.shell import assignment, parse_shell
from mdm.rewriting.kinds.shell_words import read_shell
from mdm.rewriting.occurrences import Assignment, Form, Occurrence, Parsed, Read, Source, Span, named_in

_COMMENT = re.compile(r"^[ \t]*#.*", re.MULTILINE)
_INSTRUCTION = re.compile(
    r"^[ \t]*(?P<name>[A-Za-z]+)(?=[ \t\\])(?P<rest>(?:\\[ \t]*\r?\n(?:[ \t]*(?:\#.*)?\r?\n)*|[^\n\\]|\\.)*)",
    re.MULTILINE,
)
_SCRIPTS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL")
_HEREDOC = re.compile(r"<<-?['\"]?(?P<word>\w+)")
_ONLY_HEREDOC = re.compile(r"\s*(?:--\S+\s+)*<<-?['\"]?\w+['\"]?[ \t\r]*\Z")
_OLD_FORM = re.compile(r"\s*(?P<name>[A-Za-z_]\w*)[ \t]+(?P<value>[^\n]*?)\s*", re.ASCII)


def parse(source: Source) -> Parsed:
    """Return what a Dockerfile does with variables."""
    found: list[Occurrence] = []
    silent = [match.span() for match in _COMMENT.finditer(source.text)]
    done = 0
    for match in _INSTRUCTION.finditer(source.text):
        if match.start() < done:
            continue
        span = match.span("rest")
        if match["name"].upper() in _SCRIPTS:
            done = _end_of_script(source.text, span)
            inner = _ONLY_HEREDOC.match(source.text, *span)  # all of the script
            script = parse_shell(source.text, inner.end() if inner else span[0], done)
            found += script.occurrences
            silent += script.silent
        else:
            found += _of_instruction(source.text, match["name"], span)
    return Parsed(tuple(found), silent=tuple(silent))


def _end_of_script(text: str, span: Span) -> int:
    """Return where a script ends, its here-documents included."""
    end = span[1]
    for word in _HEREDOC.finditer(text, *span):
        closing = re.compile(rf"^\s*{re.escape(word['word'])}[ \t\r]*$", re.MULTILINE).search(text, end)
        end = closing.end() if closing else len(text)
    return end


def _of_instruction(text: str, name: str, span: Span) -> Iterator[Occurrence]:
    old = _OLD_FORM.fullmatch(text, *span)
    words = read_shell(text, *span)
    yield from words.reads
    match name.upper():
        case "ENV" if old and "=" not in old["name"]:
            yield _in_old_form(name, old)
        case "ENV" | "ARG":
            for word in (word for command in words.commands for word in command.words):
                joiner = " " if name.upper() == "ENV" else f"\n{name} "
                if found := assignment(text, word, joiner=joiner):
                    yield found
                elif name.upper() == "ARG":
                    yield from (Read(variable, at) for variable, at in named_in(text, *word.at) if at == word.at)


def _in_old_form(instruction: str, match: re.Match[str]) -> Assignment:
    """``ENV NAME value``, where the value is the rest of the line."""
    value = None if re.search(r"[$\\'\"]", match["value"]) else match["value"]
    item = (match.start("name"), match.end("value"))
    form = Form(lambda value: value, lambda name, value: f"{name} {value}", f"\n{instruction} ")
    return Assignment(match["name"], match.span("name"), value, match.span("value"), item, form)
