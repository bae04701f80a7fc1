"""analyze, migrate, rollback and backups."""

from __future__ import annotations

import json
import stat

from .conftest import LEGACY, Home

SECRETS = ("hunter2", "tok-123", "env-secret")


def test_analyze_tells_the_story(legacy_home: Home) -> None:
    legacy_home.write('{"batch_size": 600, "performance": {"max_workers": 99}}', "settings.json")
    before = legacy_home.files()
    result = legacy_home.ok("config", "analyze", MDM_BACKEND="sqlite", MDM_DATABASE_POSTGRESQL_PASSWORD="env-secret")
    first, *rest = result.out.splitlines()
    assert first == "~/.mdm: 8 settings: 4 to new keys, 2 kept under legacy, 1 in conflict, 1 refused"
    text = "\n".join(" ".join(line.split()) for line in rest)
    assert "~/.mdm/config.yaml legacy 6 settings" in text
    assert (
        "performance.max_workers 99 ~/.mdm/settings.json:1:52 performance.max_workers: 99 is above the maximum 32"
        in text
    )
    assert "batch_size 500 ~/.mdm/config.yaml:6:13 batch_size of ~/.mdm/settings.json:1:16 wins" in text
    assert "MDM_BACKEND MDM_DATABASE__DEFAULT_BACKEND=sqlite" in text
    assert "database.backend duckdb ~/.mdm/config.yaml:3:12 database.default_backend" in text
    assert "api.port 8080 ~/.mdm/config.yaml:9:9 kept under legacy" in text
    assert not any(secret in result.out + result.err for secret in SECRETS)
    assert legacy_home.files() == before
    assert "becomes" not in legacy_home.ok("config", "analyze", "--summary").out


def test_analyze_for_programs(legacy_home: Home) -> None:
    found = legacy_home.ok("config", "analyze", "--json", MDM_BATCH_SIZE="700").json
    assert found["settings_count"] == 6
    assert found["env_vars_found"] == [
        {"name": "MDM_BATCH_SIZE", "new": {"MDM_PERFORMANCE__BATCH_SIZE": "700"}, "note": ""}
    ]
    (setting,) = [setting for setting in found["settings"] if setting["key"] == "database.backend"]
    assert setting["new"] == {"database.default_backend": "duckdb"}
    assert setting["source"] == "~/.mdm/config.yaml:3:12"


def test_analyze_goes_on_past_a_broken_file(legacy_home: Home) -> None:
    legacy_home.write("a: [\n", "mdm.yaml")
    result = legacy_home.run("config", "analyze")
    assert result.code == 2
    assert "batch_size" in result.out
    assert "error: ~/.mdm/mdm.yaml:" in result.err
    found = legacy_home.run("config", "analyze", "--json")
    assert (found.code, found.err) == (2, "")
    assert found.json["problems"][0]["where"].startswith("~/.mdm/mdm.yaml:")


def test_analyze_of_nothing(home: Home) -> None:
    result = home.ok("config", "analyze")
    assert result.out.startswith("no legacy configuration in ~/.mdm\n")
    assert home.files() == {}


def test_analyze_after_the_migration(legacy_home: Home) -> None:
    legacy_home.ok("config", "migrate", "--execute", "--yes")
    legacy_home.ok("flags", "set", "use_new_backend", "true")
    result = legacy_home.ok("config", "analyze")
    assert result.out.startswith("~/.mdm: 6 settings in legacy files: all migrated\n")
    assert "nothing to migrate" in result.out
    assert "use_new" not in result.out
    assert legacy_home.ok("config", "analyze", "--json").json["settings_count"] == 6
    legacy_home.write("batch_size: 500\nmine: 1\n", "config.yaml")
    assert legacy_home.ok("config", "analyze").out.startswith(
        "~/.mdm: 2 settings in legacy files: 1 migrated, 1 not in the new file\n"
    )
    (legacy_home.folder / "config.yaml").unlink()
    assert legacy_home.ok("config", "analyze").out.startswith("~/.mdm: migrated, and nothing is left in legacy files\n")


def test_analyze_names_what_a_file_in_the_new_format_does_not_have(home: Home) -> None:
    home.write("version: '2.0.0'\nperformance: {batch_size: 700}\n")
    (home.folder / "config.yaml").write_text("plugin: {speed: 2}\nbatch_size: 700\nlogging: {level: DEBUG}\n")
    (home.folder / "settings.json").mkdir()
    result = home.run("config", "analyze")
    assert "plugin.speed does not count in the new system, whose file lacks legacy.plugin.speed" in result.err
    assert "logging.level does not count in the new system, whose file lacks logging.level" in result.err
    assert "batch_size does not count" not in result.err
    assert "settings.json: is a folder, not a regular file" in result.out


def test_analyze_says_which_of_two_variables_wins(home: Home) -> None:
    variables = {"MDM_LOG_FILE": "a.log", "MDM_LOGGING_FILE": "b.log", "MDM_BACKEND": "duckdb"}
    result = home.ok("config", "analyze", "--json", **variables, MDM_DATABASE__DEFAULT_BACKEND="sqlite")
    assert json.loads(result.out)["env_vars_found"] == [
        {"name": "MDM_LOG_FILE", "new": {}, "note": "MDM_LOGGING_FILE wins"},
        {"name": "MDM_LOGGING_FILE", "new": {"MDM_LOGGING__FILE": "logs/b.log"}, "note": ""},
        {"name": "MDM_BACKEND", "new": {}, "note": "MDM_DATABASE__DEFAULT_BACKEND wins"},
    ]


def test_a_dry_run_writes_nothing(legacy_home: Home) -> None:
    before = legacy_home.files()
    result = legacy_home.ok("config", "migrate", MDM_BATCH_SIZE="700")
    assert "+  default_backend: duckdb" in result.out
    assert "+  postgresql_password: '********'  # not to be shown" in result.out
    assert "in place of MDM_BATCH_SIZE:\n  export MDM_PERFORMANCE__BATCH_SIZE=700\n" in result.out
    assert "dry run: nothing was written" in result.out
    assert not any(secret in result.out + result.err for secret in SECRETS)
    assert legacy_home.files() == before


def test_migrate(legacy_home: Home) -> None:
    result = legacy_home.ok("config", "migrate", "--execute", "--env-format", "fish", MDM_BATCH_SIZE="700")
    assert "backup   ~/.mdm/config_backups/backup_" in result.out
    assert "6 settings, no difference" in result.out
    assert "active   the new system" in result.out
    assert "set -gx MDM_PERFORMANCE__BATCH_SIZE '700'" in result.out
    assert not any(secret in result.out for secret in SECRETS)
    assert "postgresql_password: hunter2" in legacy_home.file.read_text()
    assert stat.S_IMODE(legacy_home.file.stat().st_mode) == 0o600
    assert legacy_home.ok("config", "get", "database.default_backend").out == "duckdb\n"
    assert legacy_home.ok("config", "get", "api.port").out == "8080\n"
    assert legacy_home.ok("config", "diff").out.startswith("no difference")
    again = legacy_home.ok("config", "migrate", "--execute")
    assert again.out == "nothing to do: the configuration is in the new format already\n"


def test_migrate_says_when_a_variable_keeps_the_legacy_system(legacy_home: Home) -> None:
    result = legacy_home.ok("config", "migrate", "--execute", MDM_REFACTORING__USE_NEW_CONFIG="false")
    assert "active   the legacy system" in result.out
    assert "warning: MDM_REFACTORING__USE_NEW_CONFIG hides the flag" in result.err


def test_migrate_for_programs(legacy_home: Home) -> None:
    planned = legacy_home.ok("config", "migrate", "--json").json
    assert (planned["dry_run"], planned["executed"], planned["backup"]) == (True, False, None)
    assert planned["old_defaults"]["database.duckdb_memory_limit"] == "8GB"
    fewer = legacy_home.ok("config", "migrate", "--json", "--new-defaults").json
    assert fewer["old_defaults"] == {}
    done = legacy_home.ok("config", "migrate", "--json", "--execute")
    assert done.json["executed"] is True
    assert "config_backups/backup_" in done.json["backup"]
    assert not any(secret in done.out for secret in SECRETS)


def test_refused_values_stop_it(home: Home) -> None:
    home.write("batch_size: 50\napi: {port: 1}\n", "config.yaml")
    before = home.files()
    planned = home.ok("config", "migrate")
    assert "would stop: 1 value refused" in planned.out
    assert "performance.batch_size: 50 is below the minimum 100" in planned.err
    stopped = home.run("config", "migrate", "--execute")
    assert stopped.code == 2
    assert "error: ~/.mdm/config.yaml:1:13: performance.batch_size: 50 is below" in stopped.err
    assert home.files() == before
    home.ok("config", "migrate", "--execute", "--on-invalid=default")
    assert home.ok("config", "get", "performance.batch_size").out == "10000\n"
    assert home.ok("config", "get", "legacy.batch_size").out == "50\n"


def test_a_refused_variable_stops_it_too(legacy_home: Home) -> None:
    refused = "performance.max_workers: 50 is above the maximum 32"
    found = legacy_home.ok("config", "analyze", "--json", MDM_MAX_WORKERS="50").json["env_vars_found"]
    assert found == [{"name": "MDM_MAX_WORKERS", "new": {}, "note": f"refused: {refused}"}]
    assert "correct or unset" in legacy_home.ok("config", "analyze", MDM_MAX_WORKERS="50").out
    dry = legacy_home.ok("config", "migrate", MDM_MAX_WORKERS="50")
    assert "would stop: 1 value refused; correct them\n" in dry.out
    before = legacy_home.files()
    for choice in ("--on-invalid=stop", "--on-invalid=default"):
        result = legacy_home.run("config", "migrate", "--execute", "--yes", choice, MDM_MAX_WORKERS="50")
        assert result.code == 2
        assert f"error: MDM_MAX_WORKERS: {refused}\n  hint: correct or unset the variable\n" in result.err
    assert legacy_home.files() == before
    beaten = {"MDM_MAX_WORKERS": "50", "MDM_PERFORMANCE__MAX_WORKERS": "3"}
    legacy_home.ok("config", "migrate", "--execute", "--yes", **beaten)
    assert legacy_home.ok("config", "get", "performance.max_workers", **beaten).out == "3\n"


def test_migrate_asks_on_a_terminal(legacy_home: Home) -> None:
    refused = legacy_home.on_terminal("config", "migrate", "--execute", answers="n\n")
    assert refused.code == 1
    assert "write ~/.mdm/mdm.yaml? [y/N]" in refused.out
    assert not legacy_home.file.exists()
    accepted = legacy_home.on_terminal("config", "migrate", "--execute", answers="what\ny\n")
    assert accepted.code == 0
    assert legacy_home.file.exists()


def test_yes_answers_the_question(legacy_home: Home) -> None:
    done = legacy_home.on_terminal("config", "migrate", "--execute", "--yes")
    assert done.code == 0
    assert "[y/N]" not in done.out


def test_no_backup_needs_yes_without_a_terminal(legacy_home: Home) -> None:
    result = legacy_home.run("config", "migrate", "--execute", "--no-backup")
    assert (result.code, result.err) == (2, "error: --no-backup: a migration without a backup needs --yes\n")
    done = legacy_home.ok("config", "migrate", "--execute", "--no-backup", "--yes")
    assert "backup   none, as you asked" in done.out
    assert not (legacy_home.folder / "config_backups").exists()


def test_the_diff_shows_no_secret_of_the_file_before(home: Home) -> None:
    home.write('# token: tok-123\npassword: "hunter2"\npassword: hunter2, too\nurl: postgresql://me:env-secret@db/x\n')
    result = home.ok("config", "migrate")
    assert "-# token: ********" in result.out
    assert not any(secret in result.out + result.err for secret in SECRETS)


def test_rollback(legacy_home: Home) -> None:
    legacy_home.ok("config", "migrate", "--execute")
    shown = legacy_home.ok("config", "rollback", "--dry-run")
    assert "~/.mdm/mdm.yaml" in shown.out
    assert "removed" in shown.out
    assert legacy_home.file.exists()
    done = legacy_home.ok("config", "rollback")
    assert "active    the legacy system, from ~/.mdm/config.yaml" in done.out
    assert not legacy_home.file.exists()
    assert (legacy_home.folder / "config.yaml").read_text() == LEGACY
    undo = done.out.split()[-1]
    assert legacy_home.ok("config", "rollback", undo, "--json").json["executed"] is True
    assert legacy_home.file.exists()


def test_rollback_asks_and_finds_no_backup(legacy_home: Home) -> None:
    assert legacy_home.run("config", "rollback").code == 2
    legacy_home.ok("config", "migrate", "--execute")
    assert legacy_home.on_terminal("config", "rollback", answers="\n").code == 1
    assert legacy_home.file.exists()


def test_backups(legacy_home: Home) -> None:
    assert legacy_home.ok("config", "backups", "list", "--json").json == []
    for size in ("600", "700"):
        legacy_home.ok("config", "migrate", "--execute")
        legacy_home.ok("config", "rollback")
        legacy_home.ok("config", "set", "performance.batch_size", size)
    listed = legacy_home.ok("config", "backups", "list", "--json").json
    assert [backup["reason"] for backup in listed] == ["before rollback", "migration"] * 2
    assert listed[0]["name"] in legacy_home.ok("config", "backups", "list").out
    assert legacy_home.ok("config", "backups", "verify").out.count(": sound\n") == 4
    assert legacy_home.ok("config", "backups", "prune", "--keep", "1").out.count("removed: ") == 3
    assert legacy_home.ok("config", "backups", "prune", "--keep", "1").out == "nothing to remove\n"


def test_a_damaged_backup_is_found(legacy_home: Home) -> None:
    legacy_home.ok("config", "migrate", "--execute")
    (backup,) = (legacy_home.folder / "config_backups").iterdir()
    (backup / "config.yaml").write_text("other")
    result = legacy_home.run("config", "backups", "verify", backup.name)
    assert (result.code, result.out) == (1, f"{backup.name}: damaged\n")
    assert "checksum differs" in result.err
    assert legacy_home.run("config", "rollback").code == 2
    assert legacy_home.run("config", "backups", "verify", "nothing").code == 2
