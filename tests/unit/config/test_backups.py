"""Backups: whole or not at all, checked before use, and the way back to exactly what was there."""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.config.backups import (
    Backup,
    create_backup,
    find_backup,
    list_backups,
    plan_restore,
    prune_backups,
    verify_backup,
)
from mdm.core.sealed import seal, unseal
from mdm.core.transaction import commit
from mdm.errors import BackupError, FileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 22, 20, 58, 7, tzinfo=timezone(timedelta(hours=1)))
NAME = "backup_20261122_205807"


def write(path: Path, content: bytes, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    write(folder / "mdm.yaml", b"performance:\n  batch_size: 500\n")
    write(folder / "config.yaml", b"batch_size: 500\n", 0o600)
    write(folder / "other.yml", b"a: 1\n", 0o640)
    write(folder / "feature_flags.json", b'{"flags": {}}')
    write(folder / "config" / "datasets" / "iris.yaml", b"name: iris\n")
    write(folder / "config" / "datasets" / "deep" / "down" / "x.bin", b"\x00\xff", 0o600)
    write(folder / "notes.txt", b"not configuration")
    write(folder / "datasets" / "iris.sqlite", b"data")
    write(folder / "config" / "other.yaml", b"not in scope")
    return folder


def back_up(home: Path, **options: Any) -> Backup:
    return create_backup(home, **{"environ": {}, "now": NOW, **options})


def restore(backup: Backup, home: Path) -> None:
    commit(plan_restore(backup, home), folder=home, label="rollback")


def in_scope(home: Path) -> dict[str, tuple[int, bytes]]:
    paths = [path for suffix in ("yaml", "yml", "json") for path in home.glob(f"*.{suffix}")]
    paths += (home / "config" / "datasets").rglob("*")
    return {
        str(path.relative_to(home)): (stat.S_IMODE(path.stat().st_mode), path.read_bytes())
        for path in paths
        if path.is_file()
    }


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestCreate:
    def test_what_is_in_it(self, home: Path) -> None:
        backup = back_up(home, reason="migration")
        assert (backup.path, backup.name) == (home / "config_backups" / NAME, NAME)
        assert (backup.created, backup.reason) == ("2026-11-22T20:58:07+01:00", "migration")
        assert {file.path for file in backup.files} == set(in_scope(home))
        for file in backup.files:
            mode, content = in_scope(home)[file.path]
            assert (file.mode, file.size) == (mode, len(content))
            assert (backup.path / file.path).read_bytes() == content
        assert verify_backup(backup) == []

    def test_readable_by_the_owner_alone(self, home: Path) -> None:
        backup = back_up(home)
        for path in [backup.path, *backup.path.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)

    def test_environment(self, home: Path) -> None:
        environ = {
            "MDM_BATCH_SIZE": "5",
            "MDM_PG_PASSWORD": "hunter2",
            "MDM_API_KEY": "hunter2",
            "MDM_URL": "postgresql://me:hunter2@host/db",
            "PATH": "/bin",
        }
        backup = back_up(home, environ=environ)
        saved = json.loads((backup.path / "environment.json").read_bytes())
        assert saved == {
            "MDM_API_KEY": "********",
            "MDM_BATCH_SIZE": "5",
            "MDM_PG_PASSWORD": "********",
            "MDM_URL": "postgresql://me:********@host/db",
        }
        del environ["PATH"]
        backup = back_up(home, environ=environ, include_secrets=True)
        assert json.loads((backup.path / "environment.json").read_bytes()) == environ

    def test_numbers_when_the_name_is_taken(self, home: Path) -> None:
        write(home / "config_backups" / f"{NAME}_2", b"a file, not even a backup")
        assert [back_up(home).name for _ in range(3)] == [NAME, f"{NAME}_3", f"{NAME}_4"]
        assert [backup.name for backup in list_backups(home / "config_backups")] == [f"{NAME}_4", f"{NAME}_3", NAME]

    def test_folder_can_be_chosen(self, home: Path, tmp_path: Path) -> None:
        backup = back_up(home, folder=tmp_path / "safe" / "place")
        assert backup.path.parent == tmp_path / "safe" / "place"
        assert not (home / "config_backups").exists()

    def test_empty_home(self, tmp_path: Path) -> None:
        backup = back_up(tmp_path / "new")
        assert backup.files == ()
        assert verify_backup(backup) == []

    def test_names_that_the_backup_uses_itself(self, home: Path) -> None:
        write(home / "manifest.json", b"mine")
        write(home / "environment.json", b"mine too")
        backup = back_up(home)
        assert verify_backup(backup) == []
        (home / "manifest.json").unlink()
        write(home / "environment.json", b"changed")
        restore(backup, home)
        assert (home / "manifest.json").read_bytes() == b"mine"
        assert (home / "environment.json").read_bytes() == b"mine too"

    def test_unusual_names(self, home: Path) -> None:
        names = ["ü.yaml", "a b.json", "new\nline.yml", "{}.yaml", ".hidden.yaml"]
        names += [] if sys.platform == "darwin" else [os.fsdecode(b"\xff.yaml")]
        for name in names:
            write(home / "config" / "datasets" / name, name.encode(errors="replace"))
        before, backup = in_scope(home), back_up(home)
        for path in (home / "config" / "datasets").iterdir():
            if path.is_file():
                path.unlink()
        restore(find_backup(backup.path.parent, None), home)
        assert in_scope(home) == before

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
    @pytest.mark.parametrize("call", ["write", "open", "mkdir", "rename", "fsync", "read"])
    def test_refused_at_any_call(self, home: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
        before, number = snapshot(home), 0
        while True:
            with monkeypatch.context() as patch:
                failed = fail(patch, call, number, code)
                try:
                    back_up(home)
                except FileError:
                    made = False
                else:
                    made = True
            backups = list_backups(home / "config_backups")
            assert [verify_backup(backup) for backup in backups] == [[]] * made
            prune_backups(home / "config_backups", 0)
            assert snapshot(home) == before, f"call {number}"
            if not failed:
                break
            number += 1
        assert made

    def test_what_a_killed_process_left_goes_with_the_next(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def killed(*_args: object, **_options: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("shutil.rmtree", lambda *_args, **_options: None)
            patch.setattr(Path, "rename", killed)
            with pytest.raises(KeyboardInterrupt):
                back_up(home)
        assert list_backups(home / "config_backups") == []
        assert len(list((home / "config_backups").iterdir())) == 1
        back_up(home)
        assert [path.name for path in (home / "config_backups").iterdir()] == [NAME]

    def test_many_files_at_once(self, home: Path) -> None:
        for number in range(300):
            write(home / "config" / "datasets" / f"{number}.yaml", b"%d" % number)
        before, backup = in_scope(home), back_up(home)
        for number in range(300):
            write(home / "config" / "datasets" / f"{number}.yaml", b"changed")
        restore(backup, home)
        assert in_scope(home) == before


def fail(patch: pytest.MonkeyPatch, name: str, number: int, code: int) -> list[bool]:
    """Let call *number* of this function of os fail; the list says whether it came to that."""
    real: Callable[..., Any] = getattr(os, name)
    calls: list[int] = []
    failed: list[bool] = []

    def call(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) - 1 == number:
            failed.append(True)
            raise OSError(code, os.strerror(code))
        return real(*args, **options)

    patch.setattr(os, name, call)
    return failed


class TestLinks:
    def test_content_is_saved_and_the_link_survives(self, home: Path, tmp_path: Path) -> None:
        write(tmp_path / "dotfiles" / "mdm.yaml", b"linked")
        (home / "mdm.yaml").unlink()
        (home / "mdm.yaml").symlink_to(tmp_path / "dotfiles" / "mdm.yaml")
        backup = back_up(home)
        assert not (backup.path / "mdm.yaml").is_symlink()
        (home / "mdm.yaml").write_bytes(b"changed")
        restore(backup, home)
        assert (home / "mdm.yaml").is_symlink()
        assert (tmp_path / "dotfiles" / "mdm.yaml").read_bytes() == b"linked"

    def test_new_link_is_removed_but_not_what_it_leads_to(self, home: Path, tmp_path: Path) -> None:
        backup = back_up(home)
        write(tmp_path / "precious.yaml", b"precious")
        (home / "link.yaml").symlink_to(tmp_path / "precious.yaml")
        restore(backup, home)
        assert not (home / "link.yaml").is_symlink()
        assert (tmp_path / "precious.yaml").read_bytes() == b"precious"

    def test_what_leads_nowhere_is_left_alone(self, home: Path) -> None:
        (home / ".#mdm.yaml").symlink_to("me@host.1234")  # how an editor locks a file
        (home / "later.yaml").symlink_to("notes.txt.gone")
        (home / "folder.json").mkdir()
        os.mkfifo(home / "config" / "datasets" / "pipe")
        (home / "config" / "datasets" / "loop").symlink_to(".")
        before = in_scope(home)
        backup = back_up(home)
        (home / "notes.txt.gone").touch()
        restore(backup, home)
        assert in_scope(home) == {**before, "later.yaml": in_scope(home)["later.yaml"]}
        assert (home / ".#mdm.yaml").is_symlink()


class TestListAndFind:
    def test_newest_first_damaged_ones_too(self, home: Path) -> None:
        here = NOW.replace(tzinfo=None).astimezone()  # names hold local times
        for hours in (2, 0, 1):
            back_up(home, now=here + timedelta(hours=hours))
        folder = home / "config_backups"
        (folder / "backup_20261122_215807" / "manifest.json").write_bytes(b"{")
        (folder / "something else").mkdir()
        (folder / "file").touch()
        backups = list_backups(folder)
        names = ["backup_20261122_225807", "backup_20261122_215807", "backup_20261122_205807"]
        assert [backup.name for backup in backups] == names
        assert [bool(backup.problems) for backup in backups] == [False, True, False]

    def test_order_is_that_of_time_not_of_clocks(self, home: Path) -> None:
        summer = back_up(home, now=datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2))))
        winter = back_up(home, now=datetime(2026, 10, 25, 2, 10, tzinfo=timezone(timedelta(hours=1))))
        assert [b.name for b in list_backups(summer.path.parent)] == [winter.name, summer.name]

    def test_read_back_as_made(self, home: Path) -> None:
        made = back_up(home, reason="before rollback")
        assert list_backups(home / "config_backups") == [made]

    def test_no_folder(self, tmp_path: Path) -> None:
        assert list_backups(tmp_path / "none") == []
        with pytest.raises(BackupError, match="no backup here"):
            find_backup(tmp_path / "none", None)

    def test_by_name_path_or_newest(self, home: Path, tmp_path: Path) -> None:
        old, new = back_up(home), back_up(home, now=NOW + timedelta(days=1))
        folder = old.path.parent
        assert find_backup(folder, None) == new
        assert find_backup(folder, old.name) == old
        assert find_backup(tmp_path, str(old.path)) == old

    @pytest.mark.parametrize("name", ["", "backup_20200101_000000", "a\0b", "~nobody-here/x", "x" * 5000])
    def test_no_such_backup(self, home: Path, name: str) -> None:
        back_up(home)
        with pytest.raises(BackupError, match="no such backup") as caught:
            find_backup(home / "config_backups", name)
        assert caught.value.exit_code == 2
        assert "mdm config backups list" in caught.value.problems[0].hint


class TestPrune:
    def test_newest_stay(self, home: Path) -> None:
        made = [back_up(home, now=NOW + timedelta(minutes=minute)) for minute in range(5)]
        folder = made[0].path.parent
        assert prune_backups(folder, 2) == [made[2], made[1], made[0]]
        assert sorted(path.name for path in folder.iterdir()) == [made[3].name, made[4].name]
        assert prune_backups(folder, 2) == []
        assert prune_backups(folder / "none", 2) == []

    def test_damaged_renamed_and_foreign_ones_stay(self, home: Path) -> None:
        damaged, renamed, old, new = (back_up(home, now=NOW + timedelta(minutes=minute)) for minute in range(4))
        folder = old.path.parent
        (damaged.path / "manifest.json").unlink()
        renamed.path.rename(folder / "keep me")
        write(folder / "foreign" / "file", b"x")
        assert prune_backups(folder, 1) == [old]
        assert {path.name for path in folder.iterdir()} == {damaged.name, "keep me", "foreign", new.name}

    def test_negative_number(self, home: Path) -> None:
        with pytest.raises(UsageError):
            prune_backups(home, -1)


def rewritten(backup: Backup, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest and seal it again, as a forger would."""
    manifest = backup.path / "manifest.json"
    content = unseal(manifest.read_bytes())
    change(content)
    manifest.write_bytes(seal(content))


def rename_entry(backup: Backup, path: str) -> None:
    rewritten(backup, lambda content: content["files"][0].update(path=path))


def swap_for_link(path: Path) -> None:
    path.rename(path.parent.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent.parent / "elsewhere")


DAMAGE: dict[str, tuple[Callable[[Backup], object], str]] = {
    "changed": (
        lambda b: (b.path / "mdm.yaml").write_bytes(b"performance:\n  batch_size: 501\n"),
        "mdm.yaml.*checksum",
    ),
    "longer": (lambda b: (b.path / "mdm.yaml").write_bytes(b"x" * 1000), "mdm.yaml.*larger"),
    "missing": (lambda b: (b.path / "mdm.yaml").unlink(), "mdm.yaml.*missing"),
    "extra": (lambda b: (b.path / "extra.yaml").touch(), "extra.yaml.*not in the manifest"),
    "environment": (lambda b: (b.path / "environment.json").write_bytes(b"[]"), "environment.json.*checksum"),
    "link": (lambda b: swap_for_link(b.path / "mdm.yaml"), "mdm.yaml.*a link"),
    "linked folder": (lambda b: swap_for_link(b.path / "config"), "config.*a link"),
    "linked manifest": (lambda b: swap_for_link(b.path / "manifest.json"), "manifest.*damaged"),
    "pipe": (lambda b: os.mkfifo(b.path / "pipe"), "pipe.*not a file"),
    "no manifest": (lambda b: (b.path / "manifest.json").unlink(), "no manifest"),
    "cut manifest": (lambda b: os.truncate(b.path / "manifest.json", 100), "manifest is damaged"),
    "empty manifest": (lambda b: (b.path / "manifest.json").write_bytes(b""), "manifest is damaged"),
    "deep manifest": (lambda b: (b.path / "manifest.json").write_bytes(b"[" * 100_000), "manifest is damaged"),
    "binary manifest": (lambda b: (b.path / "manifest.json").write_bytes(b"\xff\xfe"), "manifest is damaged"),
    "list": (lambda b: (b.path / "manifest.json").write_bytes(b"[]"), "manifest is damaged"),
    "mode": (lambda b: rewritten(b, lambda c: c["files"][0].update(mode="4755")), "manifest is damaged"),
    "no files": (lambda b: rewritten(b, lambda c: c.pop("files")), "manifest is damaged"),
    "newer": (lambda b: rewritten(b, lambda c: c.update(format=2)), "newer version of mdm"),
    "up": (lambda b: rename_entry(b, "../evil.yaml"), "no part of a backup"),
    "up from inside": (lambda b: rename_entry(b, "config/datasets/../../../evil"), "no part of a backup"),
    "absolute": (lambda b: rename_entry(b, "/etc/cron.d/evil.yaml"), "no part of a backup"),
    "outside": (lambda b: rename_entry(b, "features/evil.py"), "no part of a backup"),
    "NUL": (lambda b: rename_entry(b, "config/datasets/a\0b"), "no part of a backup"),
    "not a path": (lambda b: rename_entry(b, ""), "no part of a backup"),
}


class TestRefusals:
    @pytest.mark.parametrize("damage", DAMAGE)
    def test_damaged_or_foreign(self, home: Path, damage: str) -> None:
        spoil, message = DAMAGE[damage]
        made = back_up(home)
        write(home / "mdm.yaml", b"newer")
        spoil(made)
        before = snapshot(home)
        backup = find_backup(made.path.parent, made.name)
        (problem,) = verify_backup(backup)
        assert problem.hint
        with pytest.raises(BackupError, match=message):
            plan_restore(backup, home)
        assert snapshot(home) == before

    def test_one_flipped_bit_of_the_manifest(self, home: Path) -> None:
        backup = back_up(home, reason="migration")
        manifest = backup.path / "manifest.json"
        content = manifest.read_bytes()
        for place in range(0, len(content), 29):
            manifest.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            changed = find_backup(backup.path.parent, backup.name)
            assert changed.problems or changed == backup  # white space carries nothing

    def test_all_problems_at_once(self, home: Path) -> None:
        backup = back_up(home)
        for name in ("mdm.yaml", "other.yml"):
            (backup.path / name).write_bytes(b"x")
        (backup.path / "config.yaml").unlink()
        (home / "feature_flags.json").unlink()
        (home / "feature_flags.json").mkdir()
        with pytest.raises(BackupError) as caught:
            plan_restore(backup, home)
        assert {Path(problem.where).name for problem in caught.value.problems} == {
            "mdm.yaml",
            "other.yml",
            "config.yaml",
            "feature_flags.json",
        }

    def test_backup_that_went_away(self, home: Path) -> None:
        backup = back_up(home)
        prune_backups(backup.path.parent, 0)
        assert verify_backup(backup)

    def test_any_folder(self, tmp_path: Path) -> None:
        with pytest.raises(BackupError, match="is not a backup"):
            plan_restore(find_backup(tmp_path, str(tmp_path)), tmp_path)


class TestRestore:
    def test_plan_changes_nothing(self, home: Path) -> None:
        backup = back_up(home)
        assert plan_restore(backup, home) == ()
        write(home / "mdm.yaml", b"changed")
        write(home / "new.json", b"new")
        before = snapshot(home)
        assert {change.path.name for change in plan_restore(backup, home)} == {"mdm.yaml", "new.json"}
        assert snapshot(home) == before

    def test_only_what_is_in_scope(self, home: Path) -> None:
        backup = back_up(home)
        write(home / "notes.txt", b"later notes")
        write(home / "config" / "other.yaml", b"later")
        write(home / "features" / "mine.py", b"code")
        assert plan_restore(backup, home) == ()

    def test_mode_alone(self, home: Path) -> None:
        backup = back_up(home)
        (home / "mdm.yaml").chmod(0o600)
        restore(backup, home)
        assert stat.S_IMODE((home / "mdm.yaml").stat().st_mode) == 0o644

    def test_into_another_home(self, home: Path, tmp_path: Path) -> None:
        restore(back_up(home), tmp_path / "moved")
        assert in_scope(tmp_path / "moved") == in_scope(home)

    def test_safety_backup_leads_forward_again(self, home: Path) -> None:
        first = back_up(home)
        write(home / "mdm.yaml", b"newer")
        write(home / "new.yaml", b"new")
        newer = in_scope(home)
        second = back_up(home)
        restore(first, home)
        restore(second, home)
        assert in_scope(home) == newer


modes = st.sampled_from([0o600, 0o644, 0o640, 0o400, 0o755])
files = st.dictionaries(
    st.builds(
        "{}{}".format,
        st.sampled_from(
            ["", "config/datasets/", "config/datasets/d1/", "config/datasets/d1/d2/", "config/datasets/d3/"]
        ),
        st.sampled_from(["a.yaml", "b.yml", "c.json", "mdm.yaml", "manifest.json", "environment.json", "ü ö.yaml"]),
    ),
    st.tuples(st.binary(max_size=40), modes),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=files, after=files)
def test_any_tree_comes_back(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        grow(home, before)
        expected = in_scope(home)
        backup = create_backup(home, environ={}, now=datetime.now(UTC))
        for path in expected:
            (home / path).unlink()
        grow(home, after)
        restore(backup, home)
        assert in_scope(home) == expected
        assert plan_restore(replace(backup), home) == ()


def grow(home: Path, tree: dict[str, tuple[bytes, int]]) -> None:
    for name, (content, mode) in tree.items():
        write(home / name, content, mode)
