"""What a configuration knows besides its values: where they came from, and what was assigned since."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdm.config.documents import Document
from mdm.config.layers import EXPLICIT, Layer, Reading, Value
from mdm.config.sources import Source


@dataclass(slots=True)
class State:
    """Shared by a configuration and its sections, and copied with them.

    *flat* and *view* are caches of the same values by dotted key and in the legacy shape; both are emptied in place
    when a value changes, so whoever holds them never sees an old one. *legacy_tree* is what the legacy reader read,
    where the legacy system is the active one; *home* is the folder that relative paths lie under; *holder* is the
    ``__dict__`` of the configuration, which holds the view's own ``get`` as long as there is a view.
    """

    reading: Reading = field(default_factory=Reading)
    sources: tuple[Source, ...] = ()
    document: Document | None = None
    legacy_tree: dict[str, Any] | None = field(default=None, repr=False)
    home: Path | None = None
    assigned: dict[str, Any] = field(default_factory=dict, repr=False)
    flat: dict[str, Any] = field(default_factory=dict, repr=False)
    view: dict[str, Any] = field(default_factory=dict, repr=False)
    holder: dict[str, Any] = field(default_factory=dict, repr=False)

    def note(self, key: str, value: Any) -> None:
        """Record that *key* was assigned."""
        self.assigned[key] = value
        self.forget()

    def forget(self) -> None:
        """Empty the caches: a value has changed."""
        self.flat.clear()
        self.view.clear()
        self.holder.pop("get", None)

    def candidates(self, key: str) -> tuple[Value, ...]:
        """Return every value that was given for *key*, the winner first; the default is not among them."""
        found = self.reading.values.get(key, ())
        return (Value(key, self.assigned[key], EXPLICIT), *found) if key in self.assigned else found

    def variables(self, layer: Layer) -> list[str]:
        """Return the names of the variables that gave a value of *layer*, sorted."""
        origins = (value.origin for found in self.reading.values.values() for value in found)
        return sorted({origin.name for origin in origins if origin.layer is layer})
