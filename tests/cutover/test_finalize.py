"""The end of the cutover, and the way back from it."""

from __future__ import annotations

from mdm.config.finalizing import FLAGS_OF_PARTS

from .conftest import Home

DONE = ("config", "finalize", "--days", "0", "--execute", "--yes")
LEGACY = ("config.yaml", "settings.json")
GROWING = (".mdm/config_backups/", ".mdm/logs/")


def migrated(home: Home) -> Home:
    home.write("batch_size: 500\nplugin: {name: mine}\n", "config.yaml")
    home.write('{"log_level": "DEBUG"}', "settings.json")
    home.ok("config", "migrate", "--execute")
    return home


def test_a_dry_run_says_what_would_happen(home: Home) -> None:
    before = migrated(home).files()
    result = home.ok("config", "finalize", "--days", "0")
    assert "~/.mdm/config.yaml         archived in a backup, then removed" in result.out
    assert "~/.mdm/feature_flags.json  on: use_new_config, use_new_backend, use_new_registrar" in result.out
    assert "dry run: nothing was written" in result.out
    assert home.files() == before


def test_it_stops_where_it_is_not_safe(home: Home) -> None:
    before = migrated(home).files()
    planned = home.ok("config", "finalize")
    assert "would stop: it is not safe yet" in planned.out
    result = home.run("config", "finalize", "--execute", "--yes")
    assert result.code == 1
    assert "error: the new system answers: no, only since" in result.err
    assert home.files() == before


def test_it_archives_and_removes_the_legacy_files(home: Home) -> None:
    migrated(home)
    before = home.ok("config", "show").out
    result = home.ok(*DONE)
    assert "removed   ~/.mdm/config.yaml, ~/.mdm/settings.json" in result.out
    assert not any((home.folder / name).exists() for name in LEGACY)
    assert home.ok("config", "show").out == before
    assert home.ok("config", "get", "legacy.plugin.name").out == "mine\n"
    assert home.ok(*DONE).out == "nothing to do: the cutover is finished\n"
    assert [home.ok("flags", "get", name).out for name in FLAGS_OF_PARTS] == ["true\n"] * 4
    assert home.ok("config", "status", "--json", "--days", "0").json["safe_to_finish"] is True


def test_rollback_takes_it_back(home: Home) -> None:
    before = migrated(home).files()
    home.ok(*DONE)
    home.ok("config", "rollback", "--yes")
    after = home.files()
    assert {name: data for name, data in after.items() if not name.startswith(GROWING)} == {
        name: data for name, data in before.items() if not name.startswith(GROWING)
    }


def test_force_passes_over_all_but_a_valid_configuration(home: Home) -> None:
    migrated(home)
    home.ok("config", "switch", "--legacy")
    assert home.run(*DONE).code == 1
    forced = home.ok(*DONE, "--force", "--json").json
    assert (forced["executed"], forced["safe_to_finish"]) == (True, False)
    assert home.ok("config", "path", "--json").code == 0
    home.ok("config", "rollback", "--yes")
    home.write("version: '2'\nperformance: {batch_size: 1}\n")
    before = home.files()
    refused = home.run(*DONE, "--force")
    assert refused.code == 1
    assert "the new configuration is in place: no" in refused.err
    assert home.files() == before


def test_nothing_to_do_without_legacy_files(home: Home) -> None:
    home.ok("config", "init")
    result = home.ok("config", "finalize", "--days", "0", "--json").json
    assert result["removed"] == []


def test_files_elsewhere_stay(home: Home) -> None:
    migrated(home)
    (home.here / ".mdm.yaml").write_text("batch_size: 500\n")
    result = home.ok(*DONE, "--json").json
    assert [path.rpartition("/")[2] for path in result["left"]] == [".mdm.yaml"]
    assert (home.here / ".mdm.yaml").exists()


def test_it_asks_on_a_terminal(home: Home) -> None:
    migrated(home)
    refused = home.on_terminal("config", "finalize", "--days", "0", "--execute", answers="n\n")
    assert refused.code == 1
    assert (home.folder / "config.yaml").exists()
    assert home.on_terminal("config", "finalize", "--days", "0", "--execute", answers="y\n").code == 0
    assert not (home.folder / "config.yaml").exists()
