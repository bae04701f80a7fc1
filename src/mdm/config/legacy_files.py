"""Which files the legacy system reads, and whether there are any; what they say is for `mdm.config.legacy`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from mdm.config.documents import Document, read_document
from mdm.config.formats import is_new_format
from mdm.config.layers import Notice, shown_path
from mdm.config.schema import Schema
from mdm.core.home import expand
from mdm.core.owners import is_strangers
from mdm.errors import InvalidConfigError

Read: TypeAlias = Callable[[Path], Document]

FLAGS_FILE = "feature_flags.json"
_HOME_FILES = ("config.yaml", "mdm.yaml", "settings.json")
_FOLDER_FILES = ("mdm.yaml", ".mdm.yaml")


def legacy_files(home: Path, folder: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """Return the files that the legacy system reads, lowest precedence first; none of a stranger's."""
    if name := environ.get("MDM_CONFIG_PATH"):
        return [expand(name)]
    own = [path for path in _folder_files(home, folder) if not is_strangers(path)]
    return [*_files_of_home(home), *own]


@lru_cache(maxsize=8)
def _files_of_home(home: Path) -> tuple[Path, ...]:
    return tuple(home / name for name in _HOME_FILES)


def is_present(schema: Schema, files: Iterable[Path], read: Read = read_document) -> bool:
    """Say whether there are legacy ones among *files*, as `LegacyReading.present` does, without making settings."""
    for path in files:
        try:
            if not is_new_format(read(path), schema):
                return True
        except FileNotFoundError:
            continue
        except InvalidConfigError:
            return True
    return False


def files_of_strangers(home: Path, folder: Path | None, environ: Mapping[str, str]) -> list[Path]:
    """Return the files that would be among them, if they did not belong to somebody else."""
    named = environ.get("MDM_CONFIG_PATH")
    return [] if named else [path for path in _folder_files(home, folder) if is_strangers(path)]


def strangers_notice(path: Path) -> Notice:
    """Return the notice that a file of the current folder does not count."""
    reason = "it belongs to another user; name it in MDM_CONFIG_FILE if it is to be used"
    return Notice("skipped", f"{shown_path(path)} is not read: {reason}")


def _folder_files(home: Path, folder: Path | None) -> list[Path]:
    if folder is None or folder.absolute() == home.absolute():
        return []
    return [folder / name for name in _FOLDER_FILES]
