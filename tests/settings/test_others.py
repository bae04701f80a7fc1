"""Settings of the file itself, and the folders that no dataset lies in."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdm.config import get_config
from mdm.config.manager import config_manager
from mdm.errors import InvalidConfigError
from tests.cutover.conftest import here

__all__ = ["here"]

NEW = "performance: {batch_size: 500}\n"


def wrote(folder: Path, text: str) -> None:
    (folder / "mdm.yaml").write_text(text)
    config_manager.reload()


@pytest.mark.setting("version")
def test_version(here: Path) -> None:
    wrote(here, f'version: "2.0.0"\n{NEW}')
    assert get_config().performance.batch_size == 500
    wrote(here, f'version: "3.0.0"\n{NEW}')
    with pytest.raises(InvalidConfigError, match="written for a newer version of MDM"):
        get_config()


@pytest.mark.setting("version")
def test_version_tells_a_new_file_from_a_legacy_one(here: Path) -> None:
    """A file that could be either: one that names a version is the new system's."""
    wrote(here, NEW)
    assert config_manager.load_with_fallback().system == "legacy"
    wrote(here, f'version: "2.0.0"\n{NEW}')
    assert config_manager.load_with_fallback().system == "new"


@pytest.mark.setting("legacy")
def test_legacy(here: Path) -> None:
    wrote(here, 'version: "2.0.0"\n')
    assert get_config().get("plugin") is None
    wrote(here, 'version: "2.0.0"\nlegacy: {plugin: {name: mine}}\n')
    assert get_config()["plugin"]["name"] == "mine"


@pytest.mark.parametrize(
    ("field", "below"),
    [
        pytest.param("config_path", ["custom_features"], marks=pytest.mark.setting("paths.config_path")),
        pytest.param("cache_path", [], marks=pytest.mark.setting("paths.cache_path")),
    ],
)
def test_folders(here: Path, tmp_path: Path, field: str, below: list[str]) -> None:
    """The folder is made where the setting says, with what follows it, and not in the home."""
    elsewhere = tmp_path / "elsewhere"
    wrote(here, f'version: "2.0.0"\npaths: {{{field}: {elsewhere}}}\n')
    get_config().paths.ensure_directories()
    assert [path.name for path in elsewhere.iterdir()] == below
    assert not (here / field.removesuffix("_path")).exists()
