"""Shell text as words, in one pass: quotes, expansions, comments, here-documents. Words are not interpreted."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mdm.rewriting.occurrences import Read, Span, named_in

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEREDOC = re.compile(r"<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>[\w.-]+)['\"]?")
_EXPANDED = re.compile(r"(?<!\\)\$(?:\{(?=\w+\})|(?P<end>)\{)?(?P<name>[A-Za-z_]\w*)", re.ASCII)
_DEFAULT = re.compile(r":?[-=]")
_ENDS = frozenset(" \t\r\n;&|()<>")


@dataclass(slots=True)
class Word:
    """One word: its place, and its text where nothing in it is expanded (otherwise none)."""

    at: Span
    text: str | None = field(repr=False)


@dataclass(slots=True)
class Command:
    """One simple command: its words in order."""

    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class ShellText:
    """What a shell text holds."""

    commands: list[Command] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    silent: list[Span] = field(default_factory=list)


def read_shell(text: str, start: int = 0, end: int | None = None) -> ShellText:
    """Return the words, the reads and the comments of a part of *text*; broken text ends what it breaks."""
    scanner = _Scanner(text, start, len(text) if end is None else end)
    while scanner.at < scanner.end:
        scanner.commands("")
        scanner.at += 1  # a bracket that closes nothing
    return scanner.found


class _Scanner:
    def __init__(self, text: str, at: int, end: int) -> None:
        self.text = text
        self.at = at
        self.end = end
        self.found = ShellText()
        self.waiting: list[tuple[str, bool]] = []

    def _peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.text[place] if place < self.end else ""

    def commands(self, until: str) -> None:
        """Read commands up to an unquoted *until*, or to a bracket that nothing here opened."""
        command = Command()
        self.found.commands.append(command)
        while (sign := self._peek()) and sign != until:
            if sign == ")":
                if not until:  # ends a pattern of `case`
                    self.at += 1
                    command = self._next_command()
                    continue
                return
            command = self._step(sign, command)

    def _step(self, sign: str, command: Command) -> Command:
        if sign in " \t\r":
            self.at += 1
        elif sign == "\\" and self._peek(1) in ("\n", "\r"):
            self.at += 2
        elif sign == "#":
            self._comment()
        elif sign == "\n":
            self.at += 1
            self._heredocs()
            return self._next_command()
        elif sign in ";&|":
            self.at += 1
            return self._next_command()
        elif sign == "(":
            self.at += 1
            self.commands(")")
            self.at += 1
            return self._next_command()
        elif sign in "<>":
            self._redirection()
        else:
            command.words.append(self.word())
        return command

    def _next_command(self) -> Command:
        self.found.commands.append(Command())
        return self.found.commands[-1]

    def _comment(self) -> None:
        stop = self.text.find("\n", self.at, self.end)
        stop = self.end if stop < 0 else stop
        self.found.silent.append((self.at, stop))
        self.at = stop

    def _redirection(self) -> None:
        match = _HEREDOC.match(self.text, self.at, self.end)
        if match and not self.text.startswith("<<<", self.at):
            self.waiting.append((match["word"], not match["quote"]))
            self.at = match.end()
            return
        if self._peek(1) == "(":
            self.at += 2
            self.commands(")")
        self.at += 1

    def _heredocs(self) -> None:
        """Pass over here-documents: they are text, whatever they look like, but for what is expanded in them."""
        for word, is_expanded in self.waiting:
            while self.at < self.end:
                stop = self.text.find("\n", self.at, self.end)
                stop = self.end if stop < 0 else stop
                line = self.text[self.at : stop].strip()
                for match in _EXPANDED.finditer(self.text, self.at, stop) if is_expanded else ():
                    self.found.reads.append(Read(match["name"], match.span("name"), literal=match["end"] != ""))
                self.at = min(stop + 1, self.end)
                if line == word:
                    break
        self.waiting.clear()

    def word(self) -> Word:
        """Read one word."""
        start = self.at
        parts: list[str] = []
        literal = True
        while (sign := self._peek()) and sign not in _ENDS:
            part = self._part(sign, start)
            literal = literal and part is not None
            parts.append(part or "")
        if self._peek() == "(" and self.at > start and self.text[self.at - 1] == "=":  # an array
            self.at += 1
            self.commands(")")
            self.at += 1
            literal = False
        return Word((start, self.at), "".join(parts) if literal else None)

    def _part(self, sign: str, start: int) -> str | None:
        """Return the text of the next part of a word; none where it is worked out later."""
        match sign:
            case "'":
                return self._single()
            case '"':
                return self._double()
            case "\\":
                self.at += 2
                return "" if self.text[self.at - 1 : self.at] == "\n" else self.text[self.at - 1 : self.at]
            case "$" | "`":
                return self._expansion()
            case "~" if self.at == start or self.text[self.at - 1] in "=:":
                self.at += 1
                return None
            case _:
                self.at += 1
                return sign

    def _single(self) -> str:
        stop = self.text.find("'", self.at + 1, self.end)
        stop = self.end if stop < 0 else stop
        inner = self.text[self.at + 1 : stop]
        self.at = stop + 1
        return inner

    def _double(self) -> str | None:
        self.at += 1
        parts: list[str] = []
        literal = True
        while (sign := self._peek()) and sign != '"':
            if sign == "\\":
                kept = "" if self._peek(1) in '$`"\\\n' else "\\"
                parts.append(kept + ("" if self._peek(1) == "\n" else self._peek(1)))
                self.at += 2
            elif sign in "$`":
                part = self._expansion()
                literal = literal and part is not None
                parts.append(part or "")
            else:
                parts.append(sign)
                self.at += 1
        self.at += 1
        return "".join(parts) if literal else None

    def _expansion(self) -> str | None:
        """Pass over ``$...`` or ```...```; a dollar sign that begins nothing is returned."""
        following = self._peek(1)
        if self._peek() == "`":
            self.at += 1
            self.commands("`")
            self.at += 1
        elif following == "(":
            self._brackets()
        elif following == "{":
            self._braces()
        elif following == "'":
            self.at += 1
            while self._peek(1) and self._peek(1) != "'":
                self.at += 2 if self._peek(1) == "\\" else 1
            self.at += 2
        elif name := _NAME.match(self.text, self.at + 1, self.end):
            self.found.reads.append(Read(name[0], name.span()))
            self.at = name.end()
        elif following and (following.isdigit() or following in "@*#?$!-"):
            self.at += 2
        else:
            self.at += 1
            return "$"
        return None

    def _brackets(self) -> None:
        """Pass over ``$(...)``, and over ``$((...))``, where bare names are read."""
        start, before = self.at, len(self.found.reads)
        self.at += 2
        self.commands(")")
        self.at += 1
        if self.text.startswith("$((", start):
            taken = {read.at for read in self.found.reads[before:]}
            names = (Read(name, at, literal=False) for name, at in named_in(self.text, start, self.at))
            self.found.reads += [read for read in names if read.at not in taken]

    def _braces(self) -> None:
        self.at += 2
        while self._peek() in ("!", "#"):
            self.at += 1
        name = _NAME.match(self.text, self.at, self.end)
        if name:
            self.at = name.end()
        operator = _DEFAULT.match(self.text, self.at, self.end)
        self.at = operator.end() if operator else self.at
        is_bare = self._peek() == "}"
        default = self._until_brace()
        if name:
            is_known = is_bare or (operator is not None and default is not None)
            self.found.reads.append(Read(name[0], name.span(), default if operator else None, is_known))

    def _until_brace(self) -> str | None:
        parts: list[str] = []
        literal = True
        start = self.at
        while (sign := self._peek()) and sign != "}":
            part = self._part(sign, start)
            literal = literal and part is not None
            parts.append(part or "")
        self.at += 1
        return "".join(parts) if literal else None
