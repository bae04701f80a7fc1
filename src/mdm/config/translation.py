"""Legacy settings on their way through the rules: where each one ends up, and which of two wins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from mdm.config.documents import to_tree
from mdm.config.layers import Finding, Layer, Origin, Value
from mdm.config.leaves import Leaf
from mdm.config.loading import problems_of, read_sources
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, MOVED, STAYS, Outcome, Translation, identical
from mdm.config.references import UnresolvedError, literal, names_in, rename_references, resolve
from mdm.config.rules import FLAG_RULES, OLD_DEFAULTS, all_rules
from mdm.config.rules.rule import NEW_DEFAULT, Context, Given, Rule, machine_memory
from mdm.config.schema import Kind, Schema, plain
from mdm.config.sources import read_text
from mdm.config.view import legacy_view, same


@dataclass(frozen=True, slots=True)
class _Candidate:
    leaf: Leaf
    raw: Any
    rank: tuple[bool, bool, int]  # a variable beats a file, a value beats null, the first key beats the next


def translate(  # noqa: PLR0913  # named, and most have a default
    schema: Schema,
    leaves: Iterable[Leaf],
    environ: Mapping[str, str],
    *,
    flags: Iterable[Leaf] = (),
    memory_bytes: Callable[[], int] = machine_memory,
    keep_invalid: bool = False,
    running: bool = False,
) -> Translation:
    """Return what the rules make of *leaves* and *flags*; with *keep_invalid* refused values stay under ``legacy``.

    *running* says that the legacy system itself answers: a reference that stands for nothing is the text that it was.
    """
    settings = [leaf for leaf in leaves if leaf.value != {}]
    context = Context({leaf.path: leaf.value for leaf in settings}, memory_bytes)
    reader = _Translator(schema, context, environ, running=running)
    reader.read(all_rules(schema), settings, others=KEPT)
    reader.read(FLAG_RULES, list(flags), others=STAYS)
    return reader.result(settings, keep_invalid=keep_invalid)


class _Translator:
    def __init__(self, schema: Schema, context: Context, environ: Mapping[str, str], *, running: bool) -> None:
        self.running = running
        self.schema = schema
        self.context = context
        self.environ = environ
        self.candidates: dict[str, list[_Candidate]] = {}
        self.found: list[tuple[Leaf, dict[str, Any], str]] = []
        self.rules = {key: rule for rule in all_rules(schema) for key in rule.legacy}

    def read(self, rules: Iterable[Rule], leaves: list[Leaf], *, others: str) -> None:
        """Put every leaf through its rule; *others* is the status of those that have none."""
        by_path = {leaf.path: leaf for leaf in leaves}
        rank = 0
        for rule in rules:
            for key in rule.legacy:
                rank += 1
                if leaf := by_path.pop(key, None):
                    new, detail = self._forward(rule, leaf)
                    self.found.append((leaf, new, detail))
                    for target, raw in new.items():
                        from_file = leaf.origin.layer is not Layer.LEGACY_ENVIRONMENT
                        candidate = _Candidate(leaf, raw, (from_file, raw is NEW_DEFAULT, rank))
                        self.candidates.setdefault(target, []).append(candidate)
        for leaf in by_path.values():
            self.found.append((leaf, {}, others))

    def result(self, settings: list[Leaf], *, keep_invalid: bool) -> Translation:
        winners = {target: min(found, key=lambda c: c.rank) for target, found in self.candidates.items()}
        values = {
            target: Value(target, self._written(target, winner), winner.leaf.origin)
            for target, winner in winners.items()
            if winner.raw is not NEW_DEFAULT
        }
        outcomes = tuple(self._outcome(leaf, new, detail, winners) for leaf, new, detail in self.found)
        refused = {target for o in outcomes if o.status == INVALID for target in self._targets(o.leaf)}
        old_defaults = {
            key: Value(key, raw, Origin(Layer.OLD_DEFAULT, "legacy default"))
            for key, raw in OLD_DEFAULTS.items()
            if (key not in winners or winners[key].raw is NEW_DEFAULT) and key not in refused
        }
        carried = self._carried(outcomes, values | old_defaults, settings, keep_invalid=keep_invalid)
        return Translation(outcomes, values, carried, old_defaults)

    def _targets(self, leaf: Leaf) -> tuple[str, ...]:
        return self.rules[leaf.path].to if leaf.path in self.rules else ()

    def _forward(self, rule: Rule, leaf: Leaf) -> tuple[dict[str, Any], str]:
        """Return the new values, and the reason where there are none to have."""
        try:
            new = rule.forward(leaf.given, self.context)
        except ValueError as error:
            told = error if leaf.reference is None else f"{leaf.reference} does not fit"
            return {}, f"{rule.to[0]}: {told}"
        for target, raw in new.items():
            if raw is NEW_DEFAULT:
                continue
            if leaf.unresolved and not self.running:
                return {}, f"{target}: {leaf.unresolved[0]}; set it, or give a default: ${{NAME:-default}}"
            try:
                self.schema[target].parse(raw)
            except ValidationError as error:
                given = {target: Value(target, raw, leaf.origin, leaf.reference)}
                return {}, problems_of(error, self.schema, target, given)[0].message
        return new, ""

    def _outcome(self, leaf: Leaf, new: Mapping[str, Any], detail: str, winners: Mapping[str, _Candidate]) -> Outcome:
        if detail in (KEPT, STAYS):
            return Outcome(leaf, detail)
        if detail:
            return Outcome(leaf, INVALID, detail=detail)
        for target, raw in new.items():
            winner = winners[target]
            if winner.leaf is not leaf and not same(self.schema, target, winner.raw, raw):
                return Outcome(leaf, CONFLICT, new, f"{target}: {winner.leaf.key} wins", winner.leaf)
        return Outcome(leaf, MOVED, new)

    def _written(self, target: str, winner: _Candidate) -> Any:
        """Return the value as it is to be written: with its reference, where the rule leaves it as it is."""
        leaf = winner.leaf
        rule = self.rules.get(leaf.path)
        if not isinstance(leaf.reference, str) or rule is None or len(rule.to) > 1:
            return literal(winner.raw)
        for written in (leaf.reference, self._converted(rule, leaf.reference)):
            text = rename_references(written, self._new_name)
            if self._stands_for(text, target, winner.raw):
                return text
        return literal(winner.raw)

    def _converted(self, rule: Rule, reference: str) -> str:
        """Return *reference* as the rule changes it, unless that changes a name in it (to lower case, say)."""
        try:
            written = rule.convert.forward(Given(reference, reference), self.context)
        except ValueError:
            return reference
        kept = isinstance(written, str) and list(names_in(written)) == list(names_in(reference))
        return written if kept else reference

    def _stands_for(self, text: str, target: str, raw: Any) -> bool:
        setting = self.schema[target]
        try:
            resolved = resolve(text, self._lookup)
            if setting.kind is not Kind.TEXT:
                resolved = read_text(setting, resolved)
            return same(self.schema, target, resolved, raw)
        except (ValueError, UnresolvedError, ValidationError):
            return False

    def _new_name(self, name: str) -> str:
        """The name by which the new system refers to what *name* referred to."""
        if name in self.environ or ("." not in name and tuple(name.split(".")) not in self.context.legacy):
            return name
        rule = self.rules.get(tuple(name.split(".")))
        if rule is None:
            return f"legacy.{name}" if tuple(name.split(".")) in self.context.legacy else name
        return rule.to[0] if len(rule.to) == 1 and "." in rule.to[0] else name

    def _lookup(self, name: str) -> str | None:
        if name in self.environ:
            return self.environ[name]
        candidates = self.candidates.get(name)
        if candidates:
            raw = min(candidates, key=lambda c: c.rank).raw
        else:
            raw = self.context.legacy.get(tuple(name.removeprefix("legacy.").split(".")))
        return None if raw is None or raw is NEW_DEFAULT or isinstance(raw, list | dict) else str(plain(raw))

    def _carried(
        self, outcomes: tuple[Outcome, ...], values: Mapping[str, Value], settings: list[Leaf], *, keep_invalid: bool
    ) -> dict[Any, Any]:
        """Return what ``legacy`` is to hold: what has no counterpart, and old spellings that are still needed.

        These are the ones that do not come back exactly, and those that won over another in a file that stays.
        """
        ours = {id(leaf) for leaf in settings}
        outcomes = tuple(outcome for outcome in outcomes if id(outcome.leaf) in ours)  # and none of a flag
        carried = {
            outcome.leaf.path: outcome.leaf
            for outcome in outcomes
            if outcome.status == KEPT or (keep_invalid and outcome.status == INVALID)
        }
        raw = self._raw(values)
        view = _flat(legacy_view(self.schema, {**raw, "legacy": _tree(carried)}, self.context.memory_bytes))
        moved = [outcome for outcome in outcomes if outcome.status == MOVED]
        differing = {o.leaf.path: o.leaf for o in moved if not identical(view.get(o.leaf.path, ...), o.leaf.value)}
        contested = {o.winner.path for o in outcomes if o.winner and o.winner.origin.name != o.leaf.origin.name}
        groups = {target for path in differing for target in self.rules[path].to}
        for outcome in moved:
            path = outcome.leaf.path
            with_folder = groups & {"logging.file"} & set(self.rules[path].to)
            if path in differing or path in contested or with_folder or not outcome.new:
                carried[path] = outcome.leaf
        return self._with_references(carried, values)

    def _with_references(self, carried: Mapping[Any, Leaf], values: Mapping[str, Value]) -> dict[Any, Any]:
        """Return *carried* as it is to be written: a reference where the new system replaces it by the old value."""
        written = {
            path: literal(leaf.value) if leaf.reference is None else leaf.reference for path, leaf in carried.items()
        }
        open_ = {path: leaf for path, leaf in carried.items() if leaf.reference is not None}
        while open_:
            legacy = Value("legacy", to_tree(written.items()), Origin(Layer.FILE, "legacy files"))
            read = read_sources(self.schema, [_Given((*values.values(), legacy))], self.environ).values["legacy"][0]
            flat = _flat(read.raw)
            differing = {path: leaf for path, leaf in open_.items() if not identical(flat.get(path, ...), leaf.value)}
            if not differing:
                break
            written |= {path: literal(leaf.value) for path, leaf in differing.items()}
            open_ = {path: leaf for path, leaf in open_.items() if path not in differing}
        return to_tree(written.items())

    def _raw(self, values: Mapping[str, Value]) -> dict[str, Any]:
        """Return the present values by key, with references replaced, and defaults where nothing was set."""
        winners = {target: min(found, key=lambda c: c.rank).raw for target, found in self.candidates.items()}
        raw = {}
        for key, setting in self.schema.items():
            given = winners.get(key, values[key].raw if key in values else NEW_DEFAULT)
            raw[key] = plain(setting.default) if given is NEW_DEFAULT else given
        return raw


@dataclass(frozen=True, slots=True)
class _Given:
    values: tuple[Value, ...]

    def read(self, schema: Schema) -> Iterator[Finding]:
        yield from (value for value in self.values if value.key in schema)


def _tree(carried: Mapping[tuple[Any, ...], Leaf]) -> dict[Any, Any]:
    return to_tree((path, leaf.value) for path, leaf in carried.items())


def _flat(tree: Mapping[Any, Any]) -> dict[tuple[Any, ...], Any]:
    flat: dict[tuple[Any, ...], Any] = {}

    def add(node: Mapping[Any, Any], path: tuple[Any, ...]) -> None:
        for key, value in node.items():
            flat[(*path, key)] = value
            if isinstance(value, dict):
                add(value, (*path, key))

    add(tree, ())
    return flat
