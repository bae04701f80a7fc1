"""The laws of a migration, over generated legacy homes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mdm.config.documents import to_tree
from mdm.config.legacy import get_config
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.outcomes import CONFLICT, INVALID, KEPT, MOVED, STAYS, Outcome, identical
from mdm.config.plan import Options, Plan, config_of
from mdm.config.rules import OLD_DEFAULTS
from mdm.config.rules.rule import NEW_DEFAULT
from mdm.config.selection import Surroundings
from mdm.config.systems import load_legacy, load_new
from mdm.config.types import Size
from mdm.config.view import same
from mdm.errors import InvalidConfigError

from .homes import RULES, SCHEMA, Place, inside, leaves, snapshot, way_back
from .strategies import Legacy, in_another_order, legacy_homes

LENIENT = Options(keep_invalid=True)
LAW = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
WRITING = settings(LAW, max_examples=60)


@contextmanager
def at_home(legacy: Legacy) -> Iterator[Place]:
    with TemporaryDirectory(prefix="mdm-laws-") as folder:
        place = legacy.write(Path(folder))
        with inside(place):
            yield place


def plan_of(place: Place) -> Plan:
    plan = ConfigurationMigrator().plan(LENIENT)
    assert plan.after is not None
    return plan


def meaning(place: Place, plan: Plan) -> MDMConfig:
    assert plan.after is not None
    return config_of(plan.after, place.target, place.environ)


# Law 1: nothing is lost ---------------------------------------------------------------------------------------------


@LAW
@given(legacy_homes())
def test_every_setting_is_moved_or_kept_or_reported(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        plan = plan_of(place)
        counts = Counter(outcome.status for outcome in plan.analysis.outcomes)
        flags = legacy.flags.get("flags", legacy.flags)
        found = sum(len(leaves(tree)) for tree in legacy.files.values()) + len(leaves(flags))
        assert sum(counts.values()) == found
        assert counts.keys() <= {MOVED, KEPT, CONFLICT, INVALID, STAYS}
        config = meaning(place, plan)
        for outcome in plan.analysis.outcomes:
            assert arrived(outcome, config, plan), f"{outcome.status}: {outcome.leaf} {outcome.new}"


def arrived(outcome: Outcome, config: MDMConfig, plan: Plan) -> bool:
    if outcome.leaf in plan.analysis.reading.flags:
        return outcome.status != MOVED or has(config, outcome)
    match outcome.status:
        case "moved":
            return has(config, outcome)
        case "kept" | "invalid":
            return is_carried(config, outcome)
        case _:
            return bool(outcome.detail)


def has(config: MDMConfig, outcome: Outcome) -> bool:
    """Say whether the new settings have what the legacy one said; ``use_new_config`` is what a migration sets."""
    return all(
        key == "refactoring.use_new_config"
        or same(SCHEMA, key, SCHEMA[key].default if value is NEW_DEFAULT else value, config.raw(key))
        or (value is NEW_DEFAULT and config.value(key) == MDMConfig.of_defaults().value(key))
        or (value is NEW_DEFAULT and SCHEMA[key].is_path)
        or (value is NEW_DEFAULT and config.raw(key) == OLD_DEFAULTS.get(key, ...))
        for key, value in outcome.new.items()
    )


def is_carried(config: MDMConfig, outcome: Outcome) -> bool:
    node: Any = config.legacy
    for name in outcome.leaf.path:
        if not isinstance(node, dict) or name not in node:
            return False
        node = node[name]
    return identical(node, outcome.leaf.value)


# Law 2: the way back ------------------------------------------------------------------------------------------------


@LAW
@example(
    Legacy(
        {
            "config.yaml": {"paths": {"custom_features_path": "~/x"}, "database": {"default_backend": "sqlite"}},
            "mdm.yaml": {"database": {"sqlite": {"synchronous": "OFF"}}},
            "settings.json": {"database": {"sqlite_synchronous": "OFF"}},
        }
    )
)
@given(legacy_homes())
def test_the_legacy_reader_gives_every_old_value_after_the_migration(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        before = get_config()
        plan = plan_of(place)
        assert way_back(before, plan, dict(meaning(place, plan))) == []
        place.target.write_text(plan.after or "")
        # What referred to nothing in a file that stays may refer to something now: another spelling of a key in the row.
        unset = tuple(str(leaf.path) for leaf in plan.analysis.reading.leaves if leaf.unresolved)
        assert [told for told in way_back(before, plan, get_config()) if not told.startswith(unset)] == []


# Law 3: twice is once -----------------------------------------------------------------------------------------------


@WRITING
@given(legacy_homes())
def test_migrating_twice_is_migrating_once(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        plan = plan_of(place)
        done = ConfigurationMigrator().apply(LENIENT)
        assert place.target.read_bytes().decode() == plan.after
        assert done.backup is not None
        after = snapshot(place.root)
        again = ConfigurationMigrator().apply(LENIENT)
        assert again.backup is None
        assert again.plan.after is None
        assert snapshot(place.root) == after


# Law 4: the order of keys -------------------------------------------------------------------------------------------


@LAW
@given(legacy_homes().flatmap(lambda home: st.tuples(st.just(home), in_another_order(home))))
def test_the_order_of_keys_does_not_matter(homes: tuple[Legacy, Legacy]) -> None:
    plans = []
    for legacy in homes:
        with at_home(legacy) as place:
            plans.append(plan_of(place))
    one, other = (
        {(o.leaf.path, o.status, o.detail.split(" of ")[0]) for o in plan.analysis.outcomes} for plan in plans
    )
    assert one == other
    first, second = (yaml.safe_load(plan.after or "") for plan in plans)
    assert identical(first, second)


# Rollback, dry run, both systems ------------------------------------------------------------------------------------


@WRITING
@given(legacy_homes())
def test_a_rollback_restores_every_byte_and_mode(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        before = snapshot(place.root)
        migrator = ConfigurationMigrator()
        migrator.apply(LENIENT)
        assert migrator.rollback()
        assert snapshot(place.root, without=("config_backups", "metrics.sqlite")) == before


@LAW
@given(legacy_homes())
def test_looking_writes_nothing(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        before = snapshot(place.root)
        migrator = ConfigurationMigrator()
        analysis = migrator.analyze_current_config()
        dry = migrator.perform_migration(dry_run=True)
        migrator.migrate_to_new_format()
        assert snapshot(place.root) == before
        assert analysis["settings_count"] == len(migrator.analyse().outcomes)
        assert dry["success"] is not bool(migrator.analyse().of(INVALID))
        assert bool(dry["validation_errors"]) is not dry["success"]


@WRITING
@given(legacy_homes())
def test_refused_values_stop_a_migration_and_change_nothing(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        before = snapshot(place.root)
        migrator = ConfigurationMigrator()
        refused = migrator.analyse().of(INVALID)
        if not refused:
            migrator.apply()
            return
        with pytest.raises(InvalidConfigError) as caught:
            migrator.apply()
        assert len(caught.value.problems) == len(refused)
        assert snapshot(place.root) == before


@WRITING
@example(Legacy({"config.yaml": {"features": {"enable_numeric": "off"}, "plugin": {"made_for": "1.x"}}}))
@given(legacy_homes())
def test_both_systems_give_the_same(legacy: Legacy) -> None:
    with at_home(legacy) as place:
        outside = Surroundings(place.environ, None)
        plan = plan_of(place)
        old = load_legacy(Surroundings(place.environ, place.folder), lenient=True).config
        dictionary = dict(old)
        ConfigurationMigrator().apply(LENIENT)
        new = load_new(outside).config
        back = load_legacy(Surroundings(place.environ, place.folder), lenient=True).config
        refused = {key for o in plan.translation.of(INVALID) for key in targets(o)}
        for key in SCHEMA:
            if key not in ("legacy", "version", "refactoring.use_new_config"):
                follows = SCHEMA[key].is_path and not refused.isdisjoint({"paths.home", "paths.config_path"})
                text = f"{old.raw(key)} {old.value(key)}"
                unset = (key in refused or follows) and "${" in text  # text to the old system only
                assert unset or old.value(key) == new.value(key), key
                assert key in refused or follows or equal(new.value(key), back.value(key)), key
        assert way_back(get_old(dictionary, plan), plan, dict(new)) == []
        assert way_back(get_old(dictionary, plan), plan, dict(back)) == []


def equal(one: Any, other: Any) -> bool:
    """Say whether two values are the same; of a size that legacy keys give in bytes the spelling does not count."""
    return bool(one == other) or (isinstance(one, Size) and isinstance(other, Size) and one.bytes == other.bytes)


def targets(outcome: Outcome) -> tuple[str, ...]:
    rule = RULES.get(outcome.leaf.path)
    return rule.to if rule else ()


def get_old(dictionary: dict[str, Any], plan: Plan) -> dict[Any, Any]:
    """Return of the legacy dictionary what the user had set; the rest of it follows from the new settings."""
    had = {outcome.leaf.path for outcome in plan.translation.outcomes}
    return to_tree((path, value) for path, value in leaves(dictionary).items() if path in had)
