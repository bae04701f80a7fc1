"""Real legacy files, where a folder of them is at hand: MDM_LEGACY_SAMPLES names it; skipped otherwise.

Every ``*.yaml`` below it is migrated as ``~/.mdm/mdm.yaml``, and every ``*.env`` gives the variables of an analysis.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from dotenv import dotenv_values

from mdm.config.legacy import get_config
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.plan import Options, config_of
from mdm.config.sources import LOCATORS
from mdm.errors import InvalidConfigError

from .homes import Place, inside, leaves, snapshot, way_back
from .test_laws import arrived

FOLDER = Path(os.environ.get("MDM_LEGACY_SAMPLES") or os.devnull)
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="MDM_LEGACY_SAMPLES names no folder")


def samples(suffix: str) -> list[Path]:
    return sorted(FOLDER.rglob(f"*{suffix}")) if FOLDER.is_dir() else []


@pytest.mark.parametrize("sample", samples(".yaml"), ids=lambda path: path.stem)
def test_a_real_file_is_migrated_by_the_laws(sample: Path) -> None:
    with TemporaryDirectory() as root:
        place = Place(Path(root))
        place.home.mkdir()
        place.target.write_bytes(sample.read_bytes())
        with inside(place):
            before = get_config()
            migrator = ConfigurationMigrator()
            plan = migrator.plan(Options(keep_invalid=True))
            if plan.after is None:
                assert migrator.apply().backup is None
                assert place.target.read_bytes() == sample.read_bytes()
                return
            assert len(plan.analysis.outcomes) == len(leaves(before))
            config = config_of(plan.after, plan.target, place.environ)
            assert [o for o in plan.analysis.outcomes if not arrived(o, config, plan)] == []
            migrator.apply(Options(keep_invalid=True))
            assert place.target.read_bytes().decode() == plan.after
            assert way_back(before, plan, get_config()) == []
            after = snapshot(place.root)
            assert migrator.apply().plan.after is None
            assert snapshot(place.root) == after
            migrator.rollback()
            assert place.target.read_bytes() == sample.read_bytes()


@pytest.mark.parametrize("sample", samples(".env"), ids=lambda path: path.stem)
def test_real_variables_are_analysed(sample: Path) -> None:
    variables = {name: text for name, text in dotenv_values(sample, interpolate=False).items() if text is not None}
    with TemporaryDirectory() as root:
        place = Place(Path(root), variables)
        with inside(place):
            before = snapshot(place.root)
            try:
                found = Counter(variable.name for variable in ConfigurationMigrator().analyse().variables)
            except InvalidConfigError as error:
                pytest.fail(str(error))
            assert snapshot(place.root) == before
    ours = {name for name in variables if name.startswith("MDM_")}
    assert found.keys() | set(LOCATORS) >= ours
    assert set(found.values()) <= {1}
