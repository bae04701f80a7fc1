"""Backups as an attacker leaves them: whoever can write to one can also compute its checksums anew."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]


def tamper(folder: Path, how: str) -> None:
    """Change the backup in *folder* in one of the ways that the table names."""
    if how in _CONTENTS:
        _CONTENTS[how](folder)
        return
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["sha256"]
    _MANIFESTS[how](manifest, folder)
    _seal(folder, manifest)


def _seal(folder: Path, manifest: Manifest) -> None:
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({**manifest, "sha256": digest}))


def _entry(manifest: Manifest) -> dict[str, Any]:
    """Return the entry of the legacy file."""
    entry: dict[str, Any] = next(file for file in manifest["files"] if file["path"] == "config.yaml")
    return entry


def _renamed(path: str) -> Callable[[Manifest, Path], None]:
    def change(manifest: Manifest, folder: Path) -> None:
        _entry(manifest)["path"] = path
        (folder / "config.yaml").unlink()

    return change


def _with(slot: str, value: Any) -> Callable[[Manifest, Path], None]:
    return lambda manifest, _: manifest.update({slot: value})


def _entry_with(slot: str, value: Any) -> Callable[[Manifest, Path], None]:
    return lambda manifest, _: _entry(manifest).update({slot: value})


def _escape_below(manifest: Manifest, folder: Path) -> None:
    """Name a file whose folder, in the backup, is a link that leads out of it."""
    (folder / "config").symlink_to(folder.parents[1])
    content = (folder / "config.yaml").read_bytes()
    (folder.parents[1] / "datasets").mkdir()
    (folder.parents[1] / "datasets" / "a.yaml").write_bytes(content)
    entry = {**_entry(manifest), "path": "config/datasets/a.yaml"}
    manifest["files"].append(entry)


def _linked(target: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / "config.yaml").unlink()
        (folder / "config.yaml").symlink_to(target)

    return change


def _written(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: _nothing((folder / name).write_bytes(content))


def _nothing(_: object) -> None:
    """Take what a function returns that is called for what it does."""


def _linked_manifest(folder: Path) -> None:
    (folder / "manifest.json").rename(folder.parent / "elsewhere.json")
    (folder / "manifest.json").symlink_to("../elsewhere.json")


def _fifo_manifest(folder: Path) -> None:
    import os

    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


def _missing(folder: Path) -> None:
    (folder / "config.yaml").unlink()


def _as_folder(folder: Path) -> None:
    (folder / "config.yaml").unlink()
    (folder / "config.yaml").mkdir()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


_DEEP = "[" * 900 + "]" * 900
_MANIFESTS: dict[str, Callable[[Manifest, Path], None]] = {
    "absolute path": _renamed("/etc/mdm/mdm.yaml"),
    "path out of home": _renamed("../outside.yaml"),
    "path out of home below": _renamed("config/datasets/../../../outside.yaml"),
    "path with a backslash and control characters": _renamed("..\\\x1b[2J\n.yaml"),
    "path with NUL": _renamed("config/datasets/a\0b.yaml"),
    "path with a surrogate": _renamed("config/datasets/\udcff.yaml"),
    "path out of scope": _renamed("datasets/iris.db"),
    "path of a thousand letters": _renamed("config/datasets/" + "a" * 1000 + ".yaml"),
    "empty path": _renamed(""),
    "folder that leads out": _escape_below,
    "newer format": _with("format", 2),
    "format of another type": _with("format", "1"),
    "negative format": _with("format", -1),
    "no time": _with("created", "yesterday"),
    "time beyond time": _with("created", "9999-12-31T23:59:59-23:59"),
    "reason with control characters": _with("reason", "\x1b]0;owned\x07\u202e\x9b31m"),
    "files that are no list": _with("files", {"a": 1}),
    "too large": _entry_with("size", 10**15),
    "negative size": _entry_with("size", -1),
    "size of a thousand digits": _entry_with("size", 10**1000),
    "size that is a truth": _entry_with("size", True),
    "wrong size": _entry_with("size", 3),
    "wrong hash": _entry_with("sha256", "0" * 64),
    "mode with setuid": _entry_with("mode", "4755"),
    "mode that is no number": _entry_with("mode", "rwx"),
    "environment elsewhere": _with("environment", {"path": "../x", "size": 1, "mode": "0600", "sha256": ""}),
    "skipped that are lists": _with("skipped", [["../x"], None]),
}
_CONTENTS: dict[str, Callable[[Path], None]] = {
    "manifest changed": lambda folder: _nothing(
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text().replace('"size"', '"Size"'))
    ),
    "manifest cut": lambda folder: _nothing(
        (folder / "manifest.json").write_text((folder / "manifest.json").read_text()[:-20])
    ),
    "manifest empty": _written("manifest.json", b""),
    "manifest of bytes": _written("manifest.json", b"\xff\xfe\0\x80" * 10),
    "manifest deep": _written("manifest.json", f'{{"a": {_DEEP}}}'.encode()),
    "manifest deeper": _written("manifest.json", b"[" * 100_000),
    "manifest that is a link": _linked_manifest,
    "manifest that is a pipe": _fifo_manifest,
    "no manifest": _empty,
    "content changed": _written("config.yaml", b"batch_size: 501\n"),
    "content missing": _missing,
    "content that is a folder": _as_folder,
    "content that is a link": _linked("/etc/passwd"),
    "content that is an endless device": _linked("/dev/zero"),
    "content besides": _written("extra.yaml", b"a: 1\n"),
}
