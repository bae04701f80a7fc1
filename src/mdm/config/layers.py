"""Values on their way to settings: where each comes from, and which one wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple

from mdm.core.home import expand
from mdm.core.url import Location, Url
from mdm.errors import Problem


class Layer(IntEnum):
    """The places that a value can come from; a higher one beats a lower one."""

    DEFAULT = 0
    OLD_DEFAULT = 1
    FILE = 2
    SECRETS = 3
    DOTENV = 4
    LEGACY_ENVIRONMENT = 5
    ENVIRONMENT = 6
    EXPLICIT = 7


class Origin(NamedTuple):
    """The place of one value: the layer, the variable or file, and the position in the file (from 1).

    A named tuple, as a value is: there is one for each, and a frozen dataclass takes twice as long to make.
    """

    layer: Layer
    name: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``default``, ``MDM_X``, ``path:line:column`` or ``explicit``."""
        if self.line:
            return f"{self.name}:{self.line}:{self.column}" if self.column else f"{self.name}:{self.line}"
        return self.name or self.layer.name.lower().replace("_", " ")


DEFAULT = Origin(Layer.DEFAULT)
EXPLICIT = Origin(Layer.EXPLICIT)


class Value(NamedTuple):
    """A raw value on its way to a setting.

    *reference* is what was written, with ``${...}``, where *raw* is what it stood for.
    """

    key: str
    raw: Any  # may be a secret
    origin: Origin
    reference: Any = None

    def __repr__(self) -> str:
        return f"Value(key={self.key!r}, origin={self.origin!r})"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that is not wrong but worth saying; *kind* is one word such as ``deprecated`` or ``unknown``."""

    kind: str
    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Return the notice as one line."""
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A variable that no setting is called like: it may set what is kept of the legacy files, or be referred to."""

    name: str
    text: str = field(repr=False)  # may be a secret
    origin: Origin
    place: str = ""
    hint: str = ""


Finding = Value | Notice | Problem | Unclaimed
"""What a source yields."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the sources gave: for each key its values, the winner first."""

    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()
    unclaimed: tuple[Unclaimed, ...] = ()

    def winner(self, key: str) -> Value | None:
        """Return the value that counts for *key*, or none where only the default is left."""
        candidates = self.values.get(key)
        return candidates[0] if candidates else None


def gather(findings: Iterable[Finding]) -> Reading:
    """Sort what the sources found: by layer, and within a layer in the order in which it was given."""
    values: dict[str, list[Value]] = {}
    notices: list[Notice] = []
    problems: list[Problem] = []
    unclaimed: list[Unclaimed] = []
    for finding in findings:
        match finding:
            case Value():
                values.setdefault(finding.key, []).append(finding)
            case Notice():
                notices.append(finding)
            case Problem():
                problems.append(finding)
            case Unclaimed():
                unclaimed.append(finding)
    ranked = {key: _ranked(found) for key, found in values.items()}
    return Reading(ranked, tuple(dict.fromkeys(notices)), tuple(dict.fromkeys(problems)), tuple(unclaimed))


def _ranked(found: list[Value]) -> tuple[Value, ...]:
    return tuple(found if len(found) == 1 else sorted(found, key=lambda value: -value.origin.layer))


def shown_path(path: Location) -> str:
    """Return *path* as it is shown to people: with ``~`` for the home directory; an address without credentials."""
    if isinstance(path, Url):
        return path.shown
    text, home = str(path), str(expand("~"))
    below = home.rstrip("/") + "/"
    return "~" if text == home else f"~/{text[len(below) :]}" if text.startswith(below) else text
