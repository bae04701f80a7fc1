"""The two systems that can answer, the new one and the legacy one, behind one type of result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from mdm.config.documents import Document, to_tree, walk
from mdm.config.formats import EITHER, format_of, is_new_format, refuse_legacy
from mdm.config.formats import LEGACY as LEGACY_FORMAT
from mdm.config.layers import Finding, Layer, Notice, Value, shown_path
from mdm.config.legacy_files import FLAGS_FILE
from mdm.config.models import MDMConfig
from mdm.config.schema import Schema
from mdm.config.section import ambient_sources
from mdm.config.selection import CONFIG_FILE, Found, Surroundings, find_file, has_legacy, legacy_of
from mdm.config.sources import FileSource, Source
from mdm.config.versions import as_current
from mdm.core import flag_state, flag_store
from mdm.core.feature_flags import FeatureFlags
from mdm.core.flag_catalogue import FLAGS
from mdm.core.url import Location
from mdm.errors import InvalidConfigError, MdmError, Problem

if TYPE_CHECKING:
    from mdm.config.leaves import Leaf
    from mdm.config.legacy import LegacyReading

NEW, LEGACY = "new", "legacy"
MIGRATE = "mdm config migrate"
"""Who the history of the flags says has switched, where a migration has."""


@dataclass(frozen=True, slots=True)
class Active:
    """A configuration: which system gave it, from which files, and what is to be said about it."""

    config: MDMConfig
    system: str
    files: tuple[Location, ...]
    notices: tuple[Notice, ...] = ()


def new_file(around: Surroundings, chosen: Location | None = None) -> Found:
    """Return the file that the new system reads, the *chosen* one or the one that is searched for.

    Raises `InvalidConfigError` where there is none and legacy files wait to be migrated: its defaults would pass over
    what they say, in silence.
    """
    return refuse_missing(find_file(MDMConfig.schema(), around, chosen), around, chosen)


def refuse_missing(found: Found, around: Surroundings, chosen: Location | None = None) -> Found:
    """Return what was *found* by the search for the *chosen* file; raises as `new_file` does."""
    if found.document is None and chosen is None and has_legacy(MDMConfig.schema(), around):
        hint = "'mdm config migrate' makes it of the legacy files; 'mdm config switch --legacy' goes back to them"
        raise InvalidConfigError(Problem("there is no new configuration", shown_path(found.path), hint))
    return found


def load_new(around: Surroundings, explicit: tuple[Source, ...] = (), found: Found | None = None) -> Active:
    """Return the new configuration; raises `InvalidConfigError` with every problem."""
    found = found or new_file(around)
    if found.document is not None:
        refuse_legacy(found.document, MDMConfig.schema())
    sources = [*explicit, *ambient_sources(around.environ)]
    if found.document is not None:
        sources.append(FileSource(found.document))
    config = MDMConfig.load(sources, around.environ, found.document)
    files = (found.path,) if found.document else ()
    if found.fetched is not None:
        from mdm.config.remote import keep

        keep(found.fetched, around.home)
    return Active(config, NEW, files, (*found.notices, *config.state.reading.notices))


def load_legacy(
    around: Surroundings,
    explicit: tuple[Source, ...] = (),
    *,
    reading: LegacyReading | None = None,
    tree: Mapping[str, Any] | None = None,
    lenient: bool = False,
) -> Active:
    """Return the legacy configuration through the same interface; *tree* stands in for what was read.

    With *lenient* the default stands in for what the new schema refuses, as attribute; the dictionary still has it.
    """
    from mdm.config.legacy import leaves_of, with_variables
    from mdm.config.outcomes import LegacySource
    from mdm.config.translation import translate

    schema = MDMConfig.schema()
    reading = reading or legacy_of(schema, around)
    if reading.problems:
        raise InvalidConfigError(*reading.problems)
    leaves = reading.leaves if tree is None else tuple(leaves_of(tree))
    translation = translate(schema, leaves, around.environ, flags=reading.flags, running=True)
    sources = [*explicit, *ambient_sources(around.environ), LegacySource(translation)]
    config = MDMConfig.load(sources, around.environ, lenient=lenient)
    old = dict(tree) if tree is not None else to_tree((x.path, x.value) for x in with_variables(leaves, around.environ))
    config.show_as_legacy(_differing(old, config))
    files = tuple(document.path for document in reading.documents)
    notices = (*reading.notices, *_unset_references(leaves), *config.state.reading.notices)
    return Active(config, LEGACY, files, notices)


def load_other(
    system: str, around: Surroundings, explicit: tuple[Source, ...] = (), tree: Mapping[str, Any] | None = None
) -> Active | None:
    """Return what the system says that is not *system*; none where it has no files. Errors as for the two above."""
    schema = MDMConfig.schema()
    if system == NEW:
        return load_legacy(around, explicit, tree=tree, lenient=True) if has_legacy(schema, around) else None
    found = find_file(schema, around)
    is_new = found.document is not None and is_new_format(found.document, schema)
    return load_new(around, explicit, found) if is_new else None


def reading_to_fall_back_to(around: Surroundings) -> LegacyReading | None:
    """Return what the legacy files say without the file that the new system refuses; none where there are no others.

    Nothing of a refused file counts, whatever is wrong with it: half of it would be a configuration that nobody wrote.
    """
    from mdm.config.legacy import reading_of

    schema = MDMConfig.schema()
    reading = legacy_of(schema, around)
    refused = around.home / CONFIG_FILE
    documents = [
        document
        for document in reading.documents
        if format_of(document, schema) in ((LEGACY_FORMAT,) if document.path == refused else (LEGACY_FORMAT, EITHER))
    ]
    problems = tuple(p for p in reading.problems if not p.where.startswith(shown_path(refused)))
    if not documents and not problems:
        return None
    return replace(reading_of(schema, documents, around.environ), flags=reading.flags, problems=problems)


def has_legacy_files(around: Surroundings) -> bool:
    """Say whether there are files that the legacy system reads."""
    return legacy_of(MDMConfig.schema(), around).present


def legacy_dictionary(around: Surroundings) -> dict[str, Any]:
    """Return the plain dictionary that the legacy system reads here."""
    reading: LegacyReading = legacy_of(MDMConfig.schema(), around, variables=True)
    if reading.problems:
        raise InvalidConfigError(*reading.problems)
    return reading.tree


def _unset_references(leaves: Iterable[Leaf]) -> Iterator[Notice]:
    for leaf in leaves:
        if leaf.unresolved:
            told = f"{leaf.key}: {leaf.unresolved[0]}, so the text stands as it is"
            yield Notice("unset", told, str(leaf.origin), "set it, or give a default: ${NAME:-default}")


def flags_of_files(document: Document | None, around: Surroundings) -> dict[str, object]:
    """Return the flags that files give below what ``mdm flags set`` stored; what is wrong counts for nothing.

    These are the ``refactoring`` section of the new-format *document*, and under it what the flags file of 1.x says
    under its own names. The migration takes both by the same rules, so it changes no flag.
    """
    schema = MDMConfig.schema()
    found: list[Finding] = list(_flags_under_old_names(schema, around))
    if document is not None:
        with suppress(MdmError):
            found += FileSource(_flags_alone(as_current(document))).read(schema)
    flags: dict[str, object] = {}
    for value in found:
        if isinstance(value, Value) and value.key.startswith("refactoring."):
            with suppress(ValidationError):
                flags[value.key.removeprefix("refactoring.")] = schema[value.key].parse(value.raw)
    return flags


def _flags_alone(document: Document) -> Document:
    """Return *document* with its version and its flags: nothing else need be read for these."""
    entries = (entry for entry in document.entries if str(entry.path[0]).startswith(("version", "refactoring")))
    return replace(document, entries=tuple(entries))


def set_elsewhere(flags: FeatureFlags, name: str) -> str:
    """Return in words what decides the flag *name* above the configuration; empty where the configuration does.

    A variable that does is a source of the configuration as well.
    """
    match flags.source(name):
        case source if source == str(flags.path):
            return f"what 'mdm flags set {name}' stored"
        case flag_state.SERVICE:
            return "the service for flags"
        case _:
            return ""


def what_hides(key: str, config: MDMConfig, flags: FeatureFlags, environ: Mapping[str, str]) -> str:
    """Return in words what beats the file's value of *key* in *config*; empty where nothing does."""
    winner = next(iter(config.candidates(key)), None)
    if winner is not None and winner.origin.layer > Layer.FILE:
        return str(winner.origin)
    section, _, name = key.partition(".")
    if section == "legacy":
        from mdm.config.rules import variable_of

        variable = variable_of(tuple(name.split(".")))
        return variable if variable in environ else ""
    return set_elsewhere(flags, name) if section == "refactoring" else ""


def _flags_under_old_names(schema: Schema, around: Surroundings) -> Iterable[Value]:
    """Return what the rules make of the flags file; nothing, and soon, where all its names are the present ones."""
    path = around.home / FLAGS_FILE
    try:
        if flag_store.decode_anyway(flag_store.content(path)).flags.keys() <= FLAGS.keys():
            return ()
    except (MdmError, OSError):
        return ()
    from mdm.config.legacy import read_flags
    from mdm.config.translation import translate

    flags, _ = read_flags(path)
    return translate(schema, (), around.environ, flags=flags).values.values()


def _differing(old: Mapping[Any, Any], config: MDMConfig) -> dict[Any, Any]:
    """Return what the view of *config* does not give as the old program did: refused values, losers of conflicts."""
    from mdm.config.outcomes import identical

    view = dict(walk((), dict(config)))
    return to_tree(
        (path, value) for path, value in walk((), dict(old)) if path and not identical(view.get(path, ...), value)
    )
