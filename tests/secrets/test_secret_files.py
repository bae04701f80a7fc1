"""A file that holds a secret is its owner's alone, and only who asks for a secret sees it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from mdm.config import MDMConfig

from .homes import SAMPLE, Home

NEW = f'version: "2.0.0"\ndatabase:\n  postgresql_password: "{SAMPLE}"\nlegacy: {{api: {{key: {SAMPLE}}}}}\n'
OLD = f"batch_size: 500\ndatabase: {{postgresql: {{password: {SAMPLE}}}}}\napi: {{key: {SAMPLE}}}\n"
PLAIN = 'version: "2.0.0"\nperformance: {batch_size: 500}\n'


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [0o600, 0o644, 0o640, 0o664])
@pytest.mark.parametrize(
    ("text", "change"),
    [
        pytest.param(PLAIN, ("set", "database.postgresql_password", SAMPLE), id="a secret is set"),
        pytest.param(NEW, ("set", "performance.batch_size", "600"), id="beside a secret"),
        pytest.param(
            PLAIN + f"legacy: {{x: [{{token: {SAMPLE}}}]}}\n", ("set", "debug", "true"), id="beside one in a list"
        ),
        pytest.param(
            PLAIN + f"legacy: {{db: 'postgresql://u:{SAMPLE}@h/d'}}\n", ("set", "debug", "true"), id="beside an address"
        ),
        pytest.param(
            PLAIN + f"database: {{postgresql_password: '{SAMPLE}${{HOME}}'}}\n",
            ("set", "debug", "true"),
            id="beside a reference with text",
        ),
        pytest.param(NEW, ("edit",), id="edited"),
    ],
)
def test_a_new_file_with_a_secret(home: Home, before: int, text: str, change: tuple[str, ...]) -> None:
    file = home.write("user/.mdm/mdm.yaml", text, before)
    home.ok("config", *change, EDITOR="sed -i -e s/2.0.0/2.0/")
    assert home.marker in file.read_text(encoding="utf-8")
    assert mode(file) == "600"


@pytest.mark.parametrize("name", ["config.yaml", "mdm.yaml", "settings.json"])
@pytest.mark.parametrize("change", ["set batch_size 600", f"set database.postgresql.password {SAMPLE}new", "edit"])
def test_a_legacy_file_with_a_secret(home: Home, name: str, change: str) -> None:
    text = OLD
    if name.endswith("json"):
        text = json.dumps({"batch_size": 500, "database": {"postgresql": {"password": SAMPLE}}})
    file = home.write(f"user/.mdm/{name}", text)
    home.ok("config", *change.split(), EDITOR="sed -i -e s/500/600/")
    assert home.marker in file.read_text(encoding="utf-8")
    assert mode(file) == "600"


@pytest.mark.parametrize("name", ["config.yaml", "mdm.yaml"])
def test_a_secret_that_a_migration_carries_over(home: Home, name: str) -> None:
    home.write(f"user/.mdm/{name}", OLD)
    home.ok("config", "migrate", "--execute", "--yes")
    assert home.file.read_text(encoding="utf-8").count(home.marker) == 2
    assert mode(home.file) == "600"


def test_a_folder_that_a_command_makes(home: Home) -> None:
    home.ok("config", "set", "database.postgresql_password", SAMPLE)
    assert (mode(home.folder), mode(home.file)) == ("700", "600")


def test_a_link_to_the_file_stays(home: Home) -> None:
    target = home.write("given/mdm.yaml", NEW)
    home.folder.mkdir()
    home.file.symlink_to(target)
    home.ok("config", "set", "debug", "true")
    assert home.file.is_symlink()
    assert mode(target) == "600"


@pytest.mark.parametrize("before", [None, 0o644])
def test_what_is_saved_from_python(home: Home, monkeypatch: pytest.MonkeyPatch, before: int | None) -> None:
    monkeypatch.setenv("HOME", str(home.top / "user"))
    path = home.top / "given.yaml"
    if before is not None:
        home.write("given.yaml", PLAIN, before)
    config = MDMConfig()
    config.database.postgresql_password = home.marker  # type: ignore[assignment] # text is taken too
    config.save_to_file(path)
    assert home.marker in path.read_text(encoding="utf-8")
    assert mode(path) == "600"


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_backups_are_the_owners_alone(home: Home, umask: int) -> None:
    home.write("user/.mdm/config.yaml", OLD, 0o666)
    home.write("user/.mdm/config/datasets/a.yaml", "name: a\n", 0o666)
    before = os.umask(umask)
    try:
        home.ok("config", "migrate", "--execute", "--yes")
        home.ok("config", "rollback", "--yes")
    finally:
        os.umask(before)
    folder = home.folder / "config_backups"
    made = [folder, *folder.rglob("*")]
    assert len(made) > 10
    assert {mode(path) for path in made if path.is_dir()} == {"700"}
    assert {mode(path) for path in made if path.is_file()} == {"600"}
    assert mode(home.folder / "config.yaml") == "666"  # what was open before is so again


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("MDM_DATABASE__POSTGRESQL_PASSWORD", SAMPLE),
        ("mdm_database__postgresql_password", SAMPLE),
        ("MDM_DATABASE_POSTGRESQL_PASSWORD", SAMPLE),
        ("MDM_POSTGRESQL_PASSWORD", SAMPLE),
        ("MDM_API_KEY", SAMPLE),
        ("MDM_SMTP_PASSWD", SAMPLE),
        ("MDM_DATABASE__POSTGRESQL_HOST", f"postgresql://u:{SAMPLE}@h/d"),
        ("MDM_STORE", f"https://u:{SAMPLE}@h"),
        ("MDM_LEGACY", f'{{"api": {{"key": "{SAMPLE}"}}}}'),
        ("MDM_LEGACY", f'{{"x": [[{{"token": "{SAMPLE}"}}]]}}'),
        ("MDM_LEGACY", f'{{"db": "postgresql://u:{SAMPLE}@h/d"}}'),
        ("MDM_LEGACY", f'{{"api": {{"key": "{SAMPLE}"'),
    ],
)
def test_variables_in_a_backup(home: Home, name: str, text: str) -> None:
    home.write("user/.mdm/config.yaml", "performance: {chunk_size: 2000}\n")
    home.run("config", "migrate", "--execute", "--yes", "--on-invalid", "default")  # while the variable is right
    home.run("config", "rollback", "--yes", **{name: home.filled(text)})
    found = [json.loads(path.read_text(encoding="utf-8")) for path in home.folder.rglob("environment.json")]
    assert name.islower() or any(name in content for content in map(json.dumps, found))
    assert home.marker not in json.dumps(found)


# The only ways to see a secret ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "environ", "key"),
    [
        ({"user/.mdm/mdm.yaml": NEW}, {}, "database.postgresql_password"),
        ({"user/.mdm/mdm.yaml": NEW}, {}, "legacy.api.key"),
        ({"user/.mdm/config.yaml": OLD}, {}, "database.postgresql_password"),
        ({"user/.mdm/config.yaml": OLD}, {}, "database.postgresql.password"),
        ({"user/.mdm/config.yaml": OLD}, {}, "api.key"),
        ({}, {"MDM_DATABASE__POSTGRESQL_PASSWORD": SAMPLE}, "database.postgresql_password"),
    ],
)
def test_who_asks_for_a_secret_sees_it(home: Home, files: dict[str, str], environ: dict[str, str], key: str) -> None:
    for name, text in files.items():
        home.write(name, text)
    home.environ.update({name: home.filled(text) for name, text in environ.items()})
    assert home.ok("config", "get", key, "--reveal").out == home.marker + "\n"
    assert home.ok("config", "get", key, "--reveal", "--json").json == home.marker
    assert not home.shows_marker(home.ok("config", "get", key).out)


@pytest.mark.parametrize("style", ["sh", "fish", "dotenv", "compose", "systemd", "json"])
def test_who_exports_secrets_gets_them(home: Home, style: str) -> None:
    home.write("user/.mdm/mdm.yaml", NEW)
    options = ["--json"] if style == "json" else ["--format", style]
    shown = home.ok("config", "export-env", "--include-secrets", *options).out
    assert shown.count(home.marker) == 2
    hidden = home.ok("config", "export-env", *options)
    assert not home.shows_marker(hidden.out + hidden.err)
    assert "--include-secrets" in hidden.err


def test_a_password_with_a_space_and_no_quotes_is_not_repeated(home: Home) -> None:
    result = home.run("config", "set", "database.postgresql_password", "correct", SAMPLE)
    assert result.code == 2
    assert not home.shows_marker(result.out + result.err)


@pytest.mark.parametrize(
    "line",
    [
        ["config", "set", f"database.postgresql_password={SAMPLE}"],
        ["config", "set", "database.postgresql_password", f"-{SAMPLE}"],
        ["config", "set", "database.postgresql_password", f"--{SAMPLE}"],
        ["--set", f"database.postgresql_password{SAMPLE}", "config", "show"],
        ["--set", SAMPLE, "config", "show"],
        ["config", "--set", f"database.postgresql_password={SAMPLE}", "nothing"],
    ],
    ids=lambda line: " ".join(line).replace(SAMPLE, "X"),
)
def test_a_mistake_on_the_command_line(home: Home, line: list[str]) -> None:
    result = home.run(*line)
    assert result.code in (0, 2)
    assert not home.shows_marker(result.out + result.err)


def test_a_number_for_a_password_is_masked(home: Home) -> None:
    home.write(
        "user/.mdm/mdm.yaml",
        'version: "2.0.0"\ndatabase: {postgresql_password: 7300112233}\nlegacy: {api: {key: 7300112233}}\n',
    )
    for line in (
        ["show", "--origin"],
        ["show", "--json"],
        ["get", "legacy"],
        ["explain", "database.postgresql_password"],
    ):
        assert "7300112233" not in home.ok("config", *line).out
    shown: Any = home.ok("config", "get", "database.postgresql_password", "--reveal", "--json").json
    assert shown == "7300112233"
