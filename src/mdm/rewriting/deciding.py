"""What becomes of the names that were found, in view of all files: renamed, rewritten, or left and listed.

Several legacy variables may set one setting; the old program knew which counts. A new variable beats all of them, so
only the one that counts is renamed: the others mean what they meant, which is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mdm.core.masking import MASK, is_secret_name
from mdm.rewriting.occurrences import (
    Assignment,
    Edit,
    Listed,
    Occurrence,
    Parsed,
    Read,
    Region,
    Removal,
    Source,
    Span,
    edited,
    named_in,
)
from mdm.rewriting.variables import (
    PLACES,
    RefusedError,
    SetsNothingError,
    UndecidedError,
    Variables,
    is_known,
    new_names,
    rank,
    takes_any_text,
    translated,
)

_REFERENCE = re.compile(r"""["']?\$(?:\{\{[^}]*\}\}|\{\w+\}|\w+|\(\w+\))["']?""", re.ASCII)


@dataclass(frozen=True, slots=True)
class Decided:
    """One file: its text after all edits, what is to be listed, and both texts as people may see them."""

    source: Source
    after: str = field(repr=False)
    listed: tuple[Listed, ...]
    shown: tuple[str, str] = field(repr=False)
    edits: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return self.after != self.source.text


def decide(files: Sequence[tuple[Source, Parsed]], kept: frozenset[str] = frozenset()) -> tuple[Decided, ...]:
    """Return what becomes of *files*, which belong together; the names that are *kept* stay everywhere."""
    reads = [found for _, parsed in files for found in parsed.occurrences if isinstance(found, Read)]
    read = {found.name for found in reads}
    unclear = {found.name for found in reads if not _takes_default(found)}
    verdicts = [_Verdicts(parsed.occurrences, read, unclear, kept) for _, parsed in files]
    _tell_of_meeting(verdicts)
    together = _Together(verdicts)
    return tuple(
        _decided(source, parsed, verdict, together) for (source, parsed), verdict in zip(files, verdicts, strict=True)
    )


def _tell_of_meeting(verdicts: Sequence[_Verdicts]) -> None:
    """Tell where variables with a rank, set in several places, became one variable, of which the last one counts."""
    olds: dict[str, set[str]] = {}
    for verdict in verdicts:
        for found in verdict.assignments:
            for name, _ in verdict.new.get(found.at) or ():
                olds.setdefault(name, set()).add(found.name)
    for verdict in verdicts:
        for found in verdict.assignments:
            for name, _ in verdict.new.get(found.at) or ():
                first = min(olds[name], key=rank)
                if found.name != first:
                    told = f"renamed to {name}, which {first} became as well; of the two {first} counted"
                    hint = "where both reach one process, the one that is set last counts from now on"
                    verdict.told.setdefault(found.at, Listed(found.at[0], found.name, told, hint, renamed=True))


class _Verdicts:
    """What takes the place of each assignment of a file, and why some are left."""

    def __init__(
        self, occurrences: Iterable[Occurrence], read: set[str], unclear: set[str], kept: frozenset[str]
    ) -> None:
        self.read, self.unclear, self.kept = read, unclear, kept
        self.new: dict[Span, Variables | None] = {}
        self.left: dict[Span, Listed] = {}
        self.told: dict[Span, Listed] = {}
        self.assignments = [found for found in occurrences if isinstance(found, Assignment)]
        for scope in {found.scope for found in self.assignments}:
            self._judge_scope([found for found in self.assignments if found.scope == scope])
        self.staying = {found.name for found in self.assignments if found.at in self.left} | kept
        self.set_here = {found.name for found in self.assignments}

    def _judge_scope(self, assignments: list[Assignment]) -> None:
        taken = {found.name: found.name for found in assignments if is_known(found.name)}
        for name in sorted({found.name for found in assignments} - taken.keys(), key=rank):
            self._judge_name(name, [found for found in assignments if found.name == name], taken)

    def _judge_name(self, name: str, assignments: list[Assignment], taken: dict[str, str]) -> None:
        new: dict[Span, Variables | None] = {}
        reason, counts = "", True
        for found in assignments:
            try:
                new[found.at] = _new_of(found)
            except RefusedError as error:
                new[found.at] = ((new_names(name)[0], found.value),)
                hint = f"correct it: {error}"
                self.told[found.at] = Listed(found.at[0], name, "renamed, but its value is refused", hint, renamed=True)
            except UndecidedError as error:
                reason, counts = str(error), not isinstance(error, SetsNothingError)
        targets = new_names(name)
        changed = any(_is_changed(new.get(found.at), found.value) for found in assignments)
        if name in self.unclear or (name in self.read and changed):
            reason = "it is read elsewhere, where the text that takes its place would be another one"
        if name in self.kept:
            reason = "it is named in a file that stays as it is"
        rival = next((taken[target] for target in targets if target in taken), "")
        if rival:
            reason = f"{rival} sets the same and counts; this one does not"
        if counts:
            taken.update({target: name for target in targets if target not in taken})
        if reason:
            self.left |= {found.at: Listed(found.at[0], name, reason, _advice(name, rival)) for found in assignments}
        else:
            self.new |= new


class _Together:
    """What is known of a variable from all files."""

    def __init__(self, verdicts: Iterable[_Verdicts]) -> None:
        verdicts = list(verdicts)
        self.set_here = {name for verdict in verdicts for name in verdict.set_here}
        self.staying = {name for verdict in verdicts for name in verdict.staying}

    def objection(self, read: Read, own: _Verdicts) -> str:
        """Return why a read in the file with the verdicts *own* cannot be renamed; empty where it can."""
        name = read.name
        known = own if name in own.set_here and not read.bound else self
        objections = (
            (len(new_names(name)) > 1, "several variables have taken its place"),
            (name in known.staying, "it is left as it is where it is set"),
            (read.bound and name not in self.set_here, "what it refers to is not in these files"),
            (takes_any_text(name), ""),
            (name not in known.set_here, "what it is set to is not known here, and the new one may need another text"),
            (not _takes_default(read), "its default may need another text"),
        )
        return next((told for objects, told in objections if objects), "")


def _decided(source: Source, parsed: Parsed, verdicts: _Verdicts, together: _Together) -> Decided:
    edits, listed = list(parsed.edits), list(parsed.listed)
    seen: set[Span] = set()
    for found in parsed.occurrences:
        if found.at not in seen:
            seen.add(found.at)
            changes, places = _judged(found, verdicts, together)
            edits += changes
            listed += places
    listed += _mentions(source.text, [*seen, *parsed.silent, *(edit.at for edit in edits)])
    after = edited(source.text, edits)
    order = tuple(sorted(listed, key=lambda place: place.at))
    return Decided(source, after, order, _shown(source.text, edits, _hidden(source.text, parsed, verdicts)), len(edits))


def _judged(found: Occurrence, verdicts: _Verdicts, together: _Together) -> tuple[list[Edit], list[Listed]]:
    if found.at in verdicts.left:
        return [], [verdicts.left[found.at]]
    match found:
        case Assignment():
            told = [verdicts.told[found.at]] if found.at in verdicts.told else []
            return _edits_of(found, verdicts.new.get(found.at)), told
        case _ if not new_names(found.name):
            return [], []
        case Removal() if found.name not in verdicts.staying:
            return [Edit(found.at, found.joiner.join(new_names(found.name)))], []
        case Removal():
            return [], [Listed(found.at[0], found.name, "it is left as it is where it is set", _advice(found.name))]
        case Read():
            return _judged_read(found, verdicts, together)


def _judged_read(read: Read, verdicts: _Verdicts, together: _Together) -> tuple[list[Edit], list[Listed]]:
    at, name = read.at[0], read.name
    if reason := together.objection(read, verdicts):
        return [], [Listed(at, name, f"read here: {reason}", _advice(name))]
    new = new_names(name)[0]
    edits = [Edit(read.at, new)]
    if name in together.set_here:
        return edits, []
    told = f"read here as {new} now, but set in none of these files"
    return edits, [Listed(at, name, told, f"set {new} wherever {name} is set", renamed=True)]


def _edits_of(found: Assignment, new: Variables | None) -> list[Edit]:
    if new is None:
        return []
    if len(new) > 1:
        return [Edit(found.item, found.form.joiner.join(found.form.item(name, text or "") for name, text in new))]
    name, text = new[0]
    same = text is None or text == found.value
    return [Edit(found.at, name), *([] if same else [Edit(found.value_at, found.form.value(text or ""))])]


def _new_of(found: Assignment) -> Variables | None:
    """Return what takes the place of an assignment; none where it is no legacy one."""
    name = found.name
    if name in PLACES:
        raise UndecidedError(PLACES[name])
    if is_known(name) or not name.startswith("MDM_"):
        return None
    if not new_names(name):
        raise UndecidedError("no setting is called so; it counts only where the configuration keeps one under legacy")
    if found.value is not None:
        new = translated(name, found.value)
        if len(new) > 1 and not found.form.joiner:
            raise UndecidedError("several variables take its place, for which there is no room here")
        return new
    if takes_any_text(name):
        return ((new_names(name)[0], None),)
    raise UndecidedError("its value is known only when it is used, and the new variable may need another text")


def _is_changed(new: Variables | None, text: str | None) -> bool:
    return bool(new) and (len(new or ()) > 1 or (new or ())[0][1] != text)


def _takes_default(read: Read) -> bool:
    """Say whether the default of a read serves the new variable as well."""
    name = read.name
    return not new_names(name) or takes_any_text(name) or (read.literal and _is_same(name, read.default))


def _is_same(name: str, text: str | None) -> bool:
    try:
        return text is None or translated(name, text) == ((new_names(name)[0], text),)
    except UndecidedError:
        return False


def _advice(name: str, rival: str = "") -> str:
    if rival:
        return "remove it, or the other one"
    if name in PLACES or not new_names(name):
        return ""
    *others, last = new_names(name)
    return f"set {', '.join(others) + ' and ' if others else ''}{last} in its place"


def _mentions(text: str, spans: Sequence[Span]) -> Iterator[Listed]:
    known = Region(spans)
    for name, at in named_in(text):
        if (new_names(name) or name in PLACES) and at not in known:
            yield Listed(at[0], name, "named in text that is left alone", _advice(name))


def _hidden(text: str, parsed: Parsed, verdicts: _Verdicts) -> set[Span]:
    """Return the places of secrets; what only refers to one is none."""
    values = {found.value_at for found in verdicts.assignments if is_secret_name(found.name)}
    return {*parsed.secrets, *(at for at in values if not _REFERENCE.fullmatch(text[slice(*at)] or "$x"))}


def _shown(text: str, edits: Sequence[Edit], hidden: set[Span]) -> tuple[str, str]:
    """Return the text before and after, with a mask in place of what is *hidden*."""
    before = [Edit(at, MASK) for at in hidden]
    masked, replaced = Region(hidden), Region(edit.at for edit in edits)
    after = [mask for mask in before if mask.at not in replaced]
    return edited(text, before), edited(text, [*after, *(edit for edit in edits if edit.at not in masked)])
