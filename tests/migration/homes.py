"""A user's home for a migration test: laid out below a scratch folder, entered, looked at, and reported on."""

from __future__ import annotations

import os
import shutil
import stat
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dotenv import dotenv_values

from mdm.config.analysis import shown
from mdm.config.documents import walk
from mdm.config.json_schema import schema_text
from mdm.config.leaves import Leaf
from mdm.config.legacy_files import FLAGS_FILE
from mdm.config.models import MDMConfig
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, MOVED, Outcome, identical
from mdm.config.plan import Plan
from mdm.config.references import has_reference
from mdm.config.rules import all_rules
from mdm.config.rules.rule import Context, Given, Special
from mdm.config.view import same
from mdm.core.flag_watch import FlagWarning
from mdm.core.home import home_folder

CASES = Path(__file__).parent / "cases"
MEMORY = 16 * 1024**3
SCHEMA = MDMConfig.schema()
RULES = {key: rule for rule in all_rules(SCHEMA) for key in rule.legacy}


@dataclass(frozen=True, slots=True)
class Place:
    """What surrounds a run: *root* stands for the home directory, *folder* is the current folder."""

    root: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        """The whole environment: that of the tests without any of MDM's variables, and those of the place."""
        kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("MDM_")}
        return {**kept, "HOME": str(self.root), **self.variables}

    @property
    def home(self) -> Path:
        """The folder of the configuration: ``~/.mdm``, or what MDM_HOME_DIR names."""
        return home_folder(self.environ)

    @property
    def folder(self) -> Path:
        """The current folder."""
        return self.root / "project"

    @property
    def target(self) -> Path:
        """The file that a migration writes."""
        return self.home / "mdm.yaml"


def case_names() -> list[str]:
    """Return the names of all cases."""
    return sorted(path.name for path in CASES.iterdir() if path.is_dir())


def lay_out(name: str, root: Path) -> Place:
    """Copy the case *name* to below *root*."""
    case = CASES / name
    variables = dotenv_values(case / "environ.env", interpolate=False)
    place = Place(root, {name: text for name, text in variables.items() if text is not None})
    for part, target in (("home", place.home), ("folder", place.folder)):
        target.mkdir(parents=True, exist_ok=True)
        if (case / part).is_dir():
            shutil.copytree(case / part, target, dirs_exist_ok=True)
    return place


@cache
def _schema_text() -> str:
    return schema_text()


@contextmanager
def inside(place: Place) -> Iterator[None]:
    """Run what follows in *place*, on a machine with 16 GiB of memory."""
    page = 4096
    numbers = {"SC_PAGE_SIZE": page, "SC_PHYS_PAGES": MEMORY // page}
    real = os.sysconf
    before = Path.cwd()
    place.folder.mkdir(parents=True, exist_ok=True)
    with (
        patch.dict(os.environ, place.environ, clear=True),
        patch("os.sysconf", lambda name: numbers.get(name) or real(name)),
        patch("mdm.config.migrator.schema_text", _schema_text),
        warnings.catch_warnings(action="ignore", category=FlagWarning),
    ):
        os.chdir(place.folder)
        try:
            yield
        finally:
            os.chdir(before)


def snapshot(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, tuple[str, bytes]]:
    """Return kind, mode and content of everything in *folder*; what lies below the names *without* is left out."""
    found = {}
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if not set(relative.parts) & set(without):
            info = path.lstat()
            content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
            found[str(relative)] = (stat.filemode(info.st_mode), content)
    return found


# The report ---------------------------------------------------------------------------------------------------------


def report(plan: Plan, root: Path) -> str:
    """Return everything that a migration says, one line a setting: status, old key, value and place, new key and value."""
    analysis = plan.analysis
    sections = {
        "settings": [] if plan.reason else [_setting(outcome, plan) for outcome in analysis.outcomes],
        "old defaults": [f"{key} = {v.raw}" for key, v in plan.translation.old_defaults.items() if not plan.reason],
        "conflicts": [f"{_old(o.leaf)}: {o.detail}" for o in analysis.of(CONFLICT)],
        "refused": [f"{_old(o.leaf)}: {o.detail}" for o in analysis.of(INVALID)],
        "notices": [str(notice) for notice in analysis.notices],
        "variables": [_variable(v.name, v.new, v.note) for v in analysis.variables],
    }
    lines = [f"nothing to do: {plan.reason}\n"] if plan.reason else []
    for title, entries in sections.items():
        if entries:
            lines.append("\n".join([title, *(f"  {entry}" for entry in entries)]) + "\n")
    return "\n".join(lines).replace(str(root), "$HOME")


def is_kept(tree: Any, path: tuple[Any, ...]) -> bool:
    """Say whether the nested dictionaries *tree* have something at *path*."""
    for name in path:
        if not isinstance(tree, dict) or name not in tree:
            return False
        tree = tree[name]
    return True


def leaves(tree: Mapping[Any, Any]) -> dict[tuple[Any, ...], Any]:
    """Return the settings of nested dictionaries by their path."""
    return {path: value for path, value in walk((), dict(tree)) if path and value != {}}


def way_back(before: Mapping[Any, Any], plan: Plan, after: Mapping[Any, Any]) -> list[str]:
    """Return where *after*, the legacy view of what was migrated, gives another value than *before*.

    A setting that lost a conflict is to give the value that won, in the terms of its own key, or still its own where a
    file that stays says so; a refused value is left out.
    """
    lost = {o.leaf.path: o for o in plan.translation.outcomes if o.status in (CONFLICT, INVALID)}
    now = leaves(after)
    return [
        f"{path}: {value!r} became {now.get(path, '(nothing)')!r}"
        for path, value in leaves(before).items()
        if not identical(now.get(path, ...), value) and not _may_differ(lost.get(path), now, plan)
    ]


def _may_differ(outcome: Outcome | None, now: Mapping[tuple[Any, ...], Any], plan: Plan) -> bool:
    return outcome is not None and (outcome.status == INVALID or _is_winner(outcome, now, plan))


def _is_winner(outcome: Outcome, now: Mapping[tuple[Any, ...], Any], plan: Plan) -> bool:
    """Say whether the value under the key that lost means what the key that won says."""
    path = outcome.leaf.path
    if path not in now:
        return path not in RULES
    new = RULES[path].forward(Given(now[path]), Context(now, lambda: MEMORY))
    won = {key: value.raw for key, value in plan.translation.values.items()}
    return all(
        has_reference(won.get(key)) or same(SCHEMA, key, value, won.get(key, SCHEMA[key].default))
        for key, value in new.items()
    )


def _setting(outcome: Outcome, plan: Plan) -> str:
    leaf = outcome.leaf
    new = ", ".join(f"{key} = {_shown(key, value)}" for key, value in outcome.new.items())
    match outcome.status:
        case status if status == MOVED and is_kept(plan.translation.carried, leaf.path):
            new = f"{new or 'decides nothing'}, and kept as it was under legacy"
        case status if status == MOVED:
            new = new or "decides nothing"
        case status if status == KEPT and leaf.origin.name.endswith(FLAGS_FILE):
            new = f"stays in {FLAGS_FILE}"
        case status if status == KEPT:
            new = f"legacy.{leaf.key}"
        case status if status == CONFLICT:
            new = "another one wins"
        case _:
            new = f"the default, and legacy.{leaf.key}"
    return f"{outcome.status:<9} {_old(leaf)}  -> {new}"


def _old(leaf: Leaf) -> str:
    return f"{leaf.key} = {_shown(leaf.key, leaf.value)} ({leaf.origin})"


def _shown(key: str, value: Any) -> str:
    return f"({value.value})" if isinstance(value, Special) else shown(SCHEMA, key, value).replace("\n", "\\n")


def _variable(name: str, new: tuple[tuple[str, str], ...], note: str) -> str:
    pairs = ", ".join(f"{key}={'********' if _is_secret(key) else text}" for key, text in new)
    return f"{name} -> {pairs or '(nothing)'}" + (f"  ({note})" if note else "")


def _is_secret(name: str) -> bool:
    setting = SCHEMA.by_env_name(name)
    return setting is not None and setting.secret
