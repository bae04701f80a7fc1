"""All flags at one moment: where each value comes from, and whether that may have changed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mdm.core import flag_store
from mdm.core.flag_catalogue import FLAGS, Flag, FlagValue, check, parse
from mdm.core.flag_environment import Environment, read_environment
from mdm.errors import FlagError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

Given: TypeAlias = "Mapping[str, Mapping[str, object]]"
"""The flags that other parts of the program give, by the name of the source, highest first."""

FILE_NAME: Final = "feature_flags.json"
SERVICE: Final = "service"
CONFIGURATION: Final = "configuration"
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A flag's value, its source (a variable, a file, a name in *Given*, the default), what was passed over."""

    value: FlagValue
    source: str
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """What every read is answered from, and what it was made of."""

    environment: Environment
    path: Path
    stamp: object
    stored: flag_store.Stored
    problem: str
    given: Given
    resolved: Mapping[str, Resolved]
    values: Mapping[str, FlagValue]

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong with the sources."""
        texts = [text for resolved in self.resolved.values() for text in resolved.problems]
        return tuple(texts) if not self.problem else (self.problem, *texts)


def look(
    before: State | None,
    environ: Mapping[str, str],
    path: Path | None,
    given: Given,
    now: datetime,
) -> State:
    """Return the present state, which is *before* itself when nothing has changed."""
    environment = read_environment(environ, before.environment if before else None)
    same = before is not None and before.environment is environment
    place = before.path if before and same else path or environment.home / FILE_NAME
    stamp = flag_store.stamp(place)  # before the file is read: a change in between shows at the next look
    if before and before.path == place and before.stamp == stamp:
        if same and before.given == given:
            return before
        stored, problem = before.stored, before.problem
    else:
        stored, problem = (flag_store.Stored(), "") if stamp is None else flag_store.read_anyway(place, now)
    resolved = {name: resolve(flag, environment, place, stored, given) for name, flag in FLAGS.items()}
    values = {name: found.value for name, found in resolved.items()}
    return State(environment, place, stamp, stored, problem, given, resolved, values)


def resolve(flag: Flag, environment: Environment, path: Path, stored: flag_store.Stored, given: Given) -> Resolved:
    """Return the first candidate that the flag takes; the ones that it does not take become problems."""
    problems: list[str] = []
    for raw, source, reader in _candidates(flag, environment, path, stored, given):
        try:
            return Resolved(reader(flag, raw), source, tuple(problems))
        except FlagError as error:
            problems.append(f"{source}: {error}; the value is passed over")
    return Resolved(flag.default, DEFAULT, tuple(problems))


def below(flag: Flag, stored: Mapping[str, object], given: Given) -> FlagValue:
    """Return the flag's value without regard to variables: what the history tells of."""
    for values in (stored, *given.values()):
        if flag.name in values:
            try:
                return check(flag, values[flag.name])
            except FlagError:
                continue
    return flag.default


def _candidates(
    flag: Flag, environment: Environment, path: Path, stored: flag_store.Stored, given: Given
) -> Iterator[tuple[Any, str, Callable[[Flag, Any], FlagValue]]]:
    if flag.name in environment.variables:
        variable, text = environment.variables[flag.name]
        yield text, variable, parse
    if flag.name in stored.flags:
        yield stored.flags[flag.name], str(path), check
    for source, values in given.items():
        if flag.name in values:
            yield values[flag.name], source, check
