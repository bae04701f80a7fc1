"""Values given in code or on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdm.config.layers import Finding, Layer, Origin, Value
from mdm.config.schema import Schema, plain
from mdm.config.sources.base import from_text, unknown_key
from mdm.errors import Problem


@dataclass(frozen=True, slots=True)
class ExplicitSource:
    """Values given in code, by dotted key."""

    values: Mapping[str, Any] = field(repr=False)
    name: str = "explicit"

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values; a key that the schema lacks is a problem."""
        for key, raw in self.values.items():
            if key in schema:
                yield Value(key, plain(raw), Origin(Layer.EXPLICIT, self.name))
            else:
                yield unknown_key(schema, key, self.name)


@dataclass(frozen=True, slots=True)
class AssignmentSource:
    """``KEY=VALUE`` texts, as ``--set`` takes them."""

    assignments: tuple[str, ...] = field(repr=False)

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values; the last one given for a key counts."""
        for assignment in reversed(self.assignments):
            key, equals, text = assignment.partition("=")
            if not equals:
                yield Problem(
                    "not of the form KEY=VALUE", "--set", "write for example --set performance.batch_size=500"
                )
            elif key not in schema:
                yield unknown_key(schema, key, "--set")
            else:
                yield from from_text(schema[key], text, Origin(Layer.EXPLICIT, "--set"))
