"""The edit itself: one change after the other, then the proof that the result is the one wanted."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from mdm.config.editing.addition import add_value
from mdm.config.editing.emission import plain
from mdm.config.editing.lines import refusal
from mdm.config.editing.nodes import Mapping, Outline
from mdm.config.editing.outline import load, outline, respliced
from mdm.config.editing.removal import removed
from mdm.config.editing.replacement import replace_value
from mdm.config.editing.trail import Trail, follow, path_text, scalar_entry, shared_anchor
from mdm.config.editing.values import REMOVED, Path, assigned, dropped, lookup, same, trimmed
from mdm.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Mapping as MappingOf

    from mdm.config.editing.lines import Splice
    from mdm.errors import Problem

_NO_COMMENTS: MappingOf[Path, str] = MappingProxyType({})
_BOM = "\ufeff"


def edit_yaml(text: str, changes: MappingOf[Path, Any], *, comments: MappingOf[Path, str] = _NO_COMMENTS) -> str:
    """Return *text* with each path set to its value, or removed where that is `REMOVED`.

    Changes are made in their order. A value that is equal already keeps its text; *comments* go to the end of the line
    of keys that are new, except between braces. A mapping that removal leaves without keys and comments goes too.

    Raises `EditError`, whose places are ``line:column``, for text that is not one YAML document, and for a change that
    cannot be made without harm. The text that is returned has been read back and compared.
    """
    bom = _BOM if text.startswith(_BOM) else ""
    try:
        parsed = outline(text[len(bom) :])
        draft = before = _Draft(parsed, load(parsed))
        for path, value in changes.items():
            with _naming([path]):
                keys = tuple(plain(key) for key in path)
                draft = _changed(draft, keys, value if value is REMOVED else plain(value), comments.get(path, ""))
        if draft is not before:
            with _naming(changes):
                draft = draft.settled()
            _verify(before, draft, [tuple(plain(key) for key in path) for path in changes])
    except (RecursionError, MemoryError):
        raise refusal("too large or too deeply nested") from None
    return bom + draft.outline.text


@dataclass(frozen=True, slots=True)
class _Draft:
    """Text on its way, and the data that it shall hold.

    New text for scalars is kept *pending*: it changes the place of nothing but what stands behind it, so the text is
    parsed once for many of them.
    """

    outline: Outline
    data: Any = field(repr=False)
    pending: tuple[Splice, ...] = ()

    def settled(self) -> _Draft:
        """Return the draft with nothing pending."""
        return _Draft(respliced(self.outline, self.pending), self.data) if self.pending else self


def _changed(draft: _Draft, path: Path, value: Any, comment: str) -> _Draft:
    """Return *draft* with one change made."""
    if not path or not all(isinstance(key, str) for key in path):
        raise refusal("no key given", hint="name the keys that lead to the value")
    old = lookup(draft.data, path)
    if same(old, value):
        return draft
    scalar = None if value is REMOVED or isinstance(value, dict) else scalar_entry(draft.outline, path)
    if scalar is None or any(scalar.start <= splice.start <= scalar.end for splice in draft.pending):
        draft = draft.settled()
    if value is REMOVED:
        return _Draft(removed(draft.outline, path), dropped(draft.data, path))
    trail = follow(draft.outline, path)
    if _is_split(trail, old, value):
        # key by key, so that the comments and the text of what is equal survive
        for key in sorted(old | value, key=lambda key: key not in value):
            draft = _changed(draft, (*path, key), value.get(key, REMOVED), "")
        return draft
    splices = _splices(draft.outline, trail, old, value, comment)
    draft = _Draft(draft.outline, assigned(draft.data, path, value), (*draft.pending, *splices))
    return draft.settled() if scalar is None else draft


@contextmanager
def _naming(paths: Iterable[Path]) -> Iterator[None]:
    """Put the keys that were to be changed before the message of every refusal."""
    try:
        yield
    except EditError as error:
        keys = ", ".join(path_text(path) for path in paths)
        raise EditError(
            *(replace(problem, message=f"{keys}: {problem.message}") for problem in error.problems)
        ) from None


def _is_split(trail: Trail, old: Any, value: Any) -> bool:
    """Return whether a mapping replaces a mapping, both with nothing but text for keys, and none to go is merged."""
    node = trail.node
    if (
        trail.rest
        or not isinstance(node, Mapping)
        or not isinstance(old, dict)
        or not isinstance(value, dict)
        or not value
    ):
        return False
    return all(isinstance(key, str) for key in (*old, *value)) and all(key in value or node.last(key) for key in old)


def _splices(outline: Outline, trail: Trail, old: Any, value: Any, comment: str) -> list[Splice]:
    try:
        if trail.rest:
            return add_value(outline, trail, value, comment)
        return replace_value(outline, *trail.steps[-1], old, value)
    except (yaml.YAMLError, ValueError):
        raise refusal("no YAML can hold the new value", hint="use another value") from None


def _verify(before: _Draft, draft: _Draft, paths: list[Path]) -> None:
    """Raise unless the text holds exactly the data wanted."""
    try:
        actual = load(draft.outline)
    except EditError:
        actual = REMOVED
    wanted = draft.data
    for path in paths:  # whether a mapping is empty, none or not there after a removal is a matter of comments
        if lookup(wanted, path) is REMOVED:
            actual, wanted = trimmed(actual, path), trimmed(wanted, path)
    if not same(actual, {} if wanted is None else wanted):
        wrong = [path for path in paths if not same(lookup(actual, path), lookup(wanted, path))] or paths
        raise EditError(*(_unverified(before.outline, path) for path in wrong))


def _unverified(before: Outline, path: Path) -> Problem:
    """Return why *path* cannot be changed, as far as the original text tells."""
    message, offset = "cannot be changed in place", None
    try:
        if (node := shared_anchor(before, path)) is not None:
            message, offset = "its anchor (&) is used by other keys", node.start
    except EditError:
        pass  # something on the way is not a mapping: there is no anchor to speak of
    return refusal(f"{path_text(path)}: {message}", before.text, offset).problems[0]
