"""A legacy variable and what takes its place: the new names, and the texts that mean what the old text meant."""

from __future__ import annotations

from functools import cache

from pydantic import ValidationError

from mdm.config.export import variable_text
from mdm.config.models import MDMConfig
from mdm.config.rules import legacy_variables, rules_by_key
from mdm.config.rules.rule import Special
from mdm.config.schema import plain
from mdm.config.sources import LOCATORS, read_text, single_underscore_names, translate_variable

Variables = tuple[tuple[str, str | None], ...]
"""New variables with their texts; none where the text is known only later, and stays."""

PLACES = {
    "MDM_HOME_DIR": "it says where configuration, flags and backups lie, and goes on to do so; to leave it, move them "
    "to ~/.mdm and set MDM_PATHS__HOME",
    "MDM_CONFIG_PATH": "it names a file for the legacy system; once that file is migrated, name the new one in "
    "MDM_CONFIG_FILE",
}
"""The legacy variables that say where something is: no text of another variable means the same."""

# Texts in all the ways in which a conversion could change one: case, units, lists, numbers, paths, words of 1.x.
_PROBES = (
    *("", " ", "0", "1", "2", "-1", " 5 ", "1.5", "1e3", "1_000", "10485760", "512MB", "2G", "50%"),
    *("true", "FALSE", "yes", "off", "null", "None", "word", "Word", "12,34", "a, b", '["a"]'),
    *("app.log", "/x/app.log", "config/datasets", "/x/y/", "~/x", "frequency", "console", "%(message)s", "{message}"),
    *("sqlite", "SQLite", "wal", "debug", "CSV", "mean,std", "numeric,text"),
)


class UndecidedError(ValueError):
    """What takes the place of a variable cannot be said; the text says why."""


class RefusedError(UndecidedError):
    """The value is refused, under either name."""


class SetsNothingError(UndecidedError):
    """The value of a variable decides nothing, so that another one may."""


@cache
def new_names(name: str) -> tuple[str, ...]:
    """Return the new variables in place of the legacy variable *name*; empty where it is none."""
    schema = MDMConfig.schema()
    if name in legacy_variables():
        return tuple(schema[key].env_name for key in rules_by_key()[legacy_variables()[name]].to)
    key = single_underscore_names(schema).get(name)
    return (schema[key].env_name,) if key else ()


@cache
def rank(name: str) -> int:
    """Return the place of *name* among all: where several set the same, the lowest counts; a new name always does."""
    order = (*legacy_variables(), *single_underscore_names(MDMConfig.schema()))
    return order.index(name) if name in order else -1


def is_known(name: str) -> bool:
    """Say whether *name* is a variable of 2.0."""
    return (name in LOCATORS and name not in PLACES) or MDMConfig.schema().by_env_name(name) is not None


def translated(name: str, text: str) -> Variables:
    """Return the new variables that mean what *name* with this *text* meant; raises `UndecidedError`.

    A text that the new variable reads as the same value stays as it is.
    """
    schema = MDMConfig.schema()
    new, problem = translate_variable(name, text, schema)
    if "%" in text and any("memory" in key for key in new):
        raise UndecidedError("a share of the memory of whatever machine runs it")
    if problem:
        raise _refused(name, text, problem)
    if not new or Special.NEW_DEFAULT in new.values():
        raise SetsNothingError("this value sets nothing any more")
    found = []
    for key, raw in new.items():
        wanted = _parsed(key, raw)
        if wanted is None:
            raise _refused(name, text, f"{schema[key].type_name} is expected")
        candidates = (text, variable_text(plain(raw)))
        fitting = [t for t in candidates if _read(key, t) == wanted]
        if not fitting:
            raise UndecidedError("no text of the new variable means the same")
        found.append((schema[key].env_name, fitting[0]))
    return tuple(found)


def _refused(name: str, text: str, reason: str) -> UndecidedError:
    """Return the error of a value that is refused; under the new name it has to be refused as well."""
    setting = MDMConfig.schema().by_env_name(new_names(name)[0])
    alike = len(new_names(name)) == 1 and setting is not None and _read(setting.key, text) is None
    return RefusedError(reason) if alike else UndecidedError("the value is refused")


@cache
def takes_any_text(name: str) -> bool:
    """Say whether the new variable reads every text as the legacy one did, so that it need not be known."""
    return len(new_names(name)) == 1 and all(_is_kept(name, text) for text in _PROBES)


def _is_kept(name: str, text: str) -> bool:
    schema = MDMConfig.schema()
    new, problem = translate_variable(name, text, schema)
    setting = schema.by_env_name(new_names(name)[0])
    assert setting is not None
    raw = new.get(setting.key, Special.NEW_DEFAULT)
    old = None if problem or raw is Special.NEW_DEFAULT else _parsed(setting.key, raw)
    return old == _read(setting.key, text)


def _read(key: str, text: str) -> tuple[object] | None:
    try:
        return _parsed(key, read_text(MDMConfig.schema()[key], text))
    except ValueError:
        return None


def _parsed(key: str, raw: object) -> tuple[object] | None:
    """Return the value in a tuple of one; none where it is refused."""
    try:
        return (plain(MDMConfig.schema()[key].parse(raw)),)
    except ValidationError:
        return None
