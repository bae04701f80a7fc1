"""set, unset, init, edit, switch."""

from __future__ import annotations

import stat

import pytest

from .conftest import Home

NEW = '# mine\nversion: "2.0.0"\nperformance:\n  batch_size: 500  # small\n'


def test_set_and_unset(home: Home) -> None:
    home.write(NEW)
    result = home.ok("config", "set", "performance.batch_size", "700")
    assert result.out == "performance.batch_size: 500 -> 700 (~/.mdm/mdm.yaml)\n"
    assert home.file.read_text() == NEW.replace("500", "700")
    assert (
        home.ok("config", "set", "batch_size", "700").out
        == "performance.batch_size: 700, as before (~/.mdm/mdm.yaml)\n"
    )
    assert home.ok("config", "unset", "performance.batch_size").out == (
        "performance.batch_size: 700 -> 10000 (default) (~/.mdm/mdm.yaml)\n"
    )
    assert home.ok("config", "unset", "performance.batch_size").out == (
        "performance.batch_size: not set in a file; nothing was changed\n"
    )


def test_set_writes_a_first_file(home: Home) -> None:
    result = home.ok("config", "set", "performance.feature_n_jobs", "-1", "--json")
    assert result.json == {
        "key": "performance.feature_n_jobs",
        "old": "-1 (default)",
        "new": "-1",
        "file": "~/.mdm/mdm.yaml",
        "changed": True,
    }
    assert "feature_n_jobs: -1" in home.file.read_text()


def test_set_of_a_legacy_key_says_that_a_variable_hides_it(home: Home) -> None:
    result = home.ok("config", "set", "batch_size", "600", MDM_PERFORMANCE__BATCH_SIZE="900")
    assert result.err == "warning: performance.batch_size is written, but MDM_PERFORMANCE__BATCH_SIZE hides it\n"


KEPT = """\
# of old
version: "2.0.0"
legacy:
  database:
    sqlite: {mmap_size: 268435456, a.b: 1}  # both
  api: {token: tok-123}
"""


def test_what_is_kept_under_legacy_can_be_explained_changed_and_taken_out(home: Home) -> None:
    home.write(KEPT)
    key = "legacy.database.sqlite.mmap_size"
    assert home.ok("config", "show", "legacy.database", "--json").json == {
        "legacy.database": {"sqlite": {"mmap_size": 268435456, "a.b": 1}}
    }
    explained = home.ok("config", "explain", key, "--json").json
    assert (explained["value"], explained["origin"]) == (268435456, "~/.mdm/mdm.yaml:5:25")
    assert explained["variable"] == "MDM_DATABASE_SQLITE_MMAP_SIZE"
    assert home.ok("config", "set", key, "0").out == f"{key}: 268435456 -> 0 (~/.mdm/mdm.yaml)\n"
    home.ok("config", "set", "legacy.database.sqlite.a.b", "[1, 2]")
    assert home.file.read_text() == KEPT.replace("268435456", "0").replace("a.b: 1", "a.b: [1, 2]")
    assert home.ok("config", "get", "legacy.database.sqlite").out == '{"mmap_size": 0, "a.b": [1, 2]}\n'
    assert "tok" not in home.ok("config", "set", "legacy.api.token", "tok-456").out.replace("token", "")
    assert home.ok("config", "set", "legacy.mine", "yes", "--json").json["old"] == "(not set)"
    home.ok("config", "unset", "legacy.mine")
    home.ok("config", "unset", "legacy.database")
    assert home.ok("config", "show", "legacy").out == "legacy.api.token = ********\n"
    assert home.ok("config", "unset", "legacy.nothing").out.endswith("nothing was changed\n")
    assert "MDM_API_TOKEN hides it" in home.ok("config", "set", "legacy.api.token", "x", MDM_API_TOKEN="y").err


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("explain", "legacy.no"), "legacy.no: no such setting is kept\n  hint: 'mdm config", id="explain"),
        pytest.param(("show", "legacy.no"), "legacy.no: no such setting is kept", id="show"),
        pytest.param(("set", "legacy.mine", "[1"), "legacy.mine: not JSON: ", id="set"),
    ],
)
def test_what_is_not_kept_under_legacy(home: Home, arguments: tuple[str, ...], error: str) -> None:
    home.write(KEPT)
    result = home.run("config", *arguments)
    assert (result.code, result.out) == (2, "")
    assert f"error: {error}" in result.err
    assert home.file.read_text() == KEPT


def test_what_is_kept_is_not_written_to_the_legacy_files(legacy_home: Home) -> None:
    result = legacy_home.run("config", "set", "legacy.api.port", "1")
    assert result.code == 2
    assert "hint: its key there is api.port; 'mdm config migrate' makes the new file" in result.err


def test_set_of_a_flag_that_is_stored_says_that_it_has_no_effect(legacy_home: Home) -> None:
    legacy_home.ok("config", "migrate", "--execute", "--yes")
    result = legacy_home.ok("config", "set", "refactoring.use_new_config", "false")
    stored = "what 'mdm flags set use_new_config' stored"
    assert result.err == f"warning: refactoring.use_new_config is written, but {stored} hides it\n"
    explained = legacy_home.ok("config", "explain", "refactoring.use_new_config", "--json").json
    assert explained["value"] is False
    assert explained["note"] == f"the flag is true: {stored} counts above the configuration"
    assert legacy_home.ok("config", "set", "refactoring.use_new_backend", "true").err == ""
    assert legacy_home.ok("config", "explain", "refactoring.use_new_backend", "--json").json["note"] == ""


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("performance.batch_size", "5", "performance.batch_size: 5 is below the minimum 100"),
        ("performance.batch_size", "many", "performance.batch_size: many does not fit"),
        ("performance.batchsize", "500", "hint: did you mean performance.batch_size?"),
        ("database.default_backend", "oracle", "Invalid backend: oracle"),
    ],
)
def test_what_is_refused_is_not_written(home: Home, key: str, value: str, error: str) -> None:
    home.write(NEW)
    result = home.run("config", "set", key, value)
    assert (result.code, result.out) == (2, "")
    assert error in result.err
    assert home.file.read_text() == NEW


def test_set_of_a_secret_shows_none(home: Home) -> None:
    result = home.ok("config", "set", "database.postgresql_password", "hunter2")
    assert result.out == "database.postgresql_password: (empty) (default) -> ******** (~/.mdm/mdm.yaml)\n"
    assert "hunter2" in home.file.read_text()
    assert stat.S_IMODE(home.file.stat().st_mode) == 0o600


def test_set_warns_of_a_variable_that_hides_it(home: Home) -> None:
    result = home.ok("config", "set", "logging.level", "ERROR", MDM_LOGGING__LEVEL="DEBUG")
    assert result.err == "warning: logging.level is written, but MDM_LOGGING__LEVEL hides it\n"


def test_set_mends_a_file_that_is_refused(home: Home) -> None:
    home.write("version: '2.0.0'\nperformance:\n  batch_size: 5\n")
    result = home.ok("config", "set", "performance.batch_size", "500")
    assert result.out == "performance.batch_size: 5 -> 500 (~/.mdm/mdm.yaml)\n"


def test_set_on_a_legacy_file(legacy_home: Home) -> None:
    result = legacy_home.ok("config", "set", "performance.batch_size", "900")
    assert result.out == "performance.batch_size: 500 -> 900 (~/.mdm/config.yaml)\n"
    assert "\nbatch_size: 900\n" in (legacy_home.folder / "config.yaml").read_text()


def test_set_tells_the_old_default_that_was_there_before(legacy_home: Home) -> None:
    result = legacy_home.ok("config", "set", "features.categorical_max_cardinality", "60")
    assert result.out.startswith("features.categorical_max_cardinality: 50 (old default) -> 60 ")
    result = legacy_home.ok("config", "unset", "features.categorical_max_cardinality")
    assert result.out.startswith("features.categorical_max_cardinality: 60 -> 50 (old default) ")


def test_init(home: Home) -> None:
    result = home.ok("config", "init")
    assert result.out == "written: ~/.mdm/mdm.yaml\nwritten: ~/.mdm/mdm.schema.json\n"
    assert "#   batch_size: 10000" in home.file.read_text()
    assert home.ok("config", "validate").err == ""


def test_init_replaces_nothing_unless_forced(home: Home) -> None:
    home.write(NEW)
    assert home.run("config", "init").code == 2
    assert home.file.read_text() == NEW
    result = home.ok("config", "init", "--force")
    assert result.out.startswith("backup: ~/.mdm/config_backups/backup_")
    home.ok("config", "rollback")
    assert home.file.read_text() == NEW


def test_init_elsewhere(home: Home) -> None:
    home.ok("config", "init", "--output", "mine.yaml")
    assert home.run("config", "init", "--output", "mine.yaml").code == 2
    home.ok("config", "init", "--output", "mine.yaml", "--force")
    assert len(list(home.here.glob("mine.yaml.*.bak"))) == 1
    named = str(home.here / "named.yaml")
    home.ok("config", "init", MDM_CONFIG_FILE=named)
    assert home.ok("config", "path", MDM_CONFIG_FILE=named).out == f"{named}\n"


def test_init_env_prints_a_template(home: Home) -> None:
    assert "# MDM_PERFORMANCE__BATCH_SIZE=10000\n" in home.ok("config", "init", "--env").out
    assert home.files() == {}


def test_edit(home: Home) -> None:
    home.write(NEW)
    assert home.ok("config", "edit", EDITOR="sed -i s/500/600/").out == "written: ~/.mdm/mdm.yaml\n"
    assert home.file.read_text() == NEW.replace("500", "600")
    assert home.ok("config", "edit", VISUAL="true", EDITOR="false").out == "unchanged: ~/.mdm/mdm.yaml\n"
    assert list(home.files()) == [".mdm/mdm.yaml"]


def test_edit_keeps_what_is_not_valid_beside_the_file(home: Home) -> None:
    home.write(NEW)
    result = home.run("config", "edit", EDITOR="sed -i s/500/5/")
    assert result.code == 2
    assert "5 is below the minimum 100" in result.err
    assert "not written; what you wrote is kept" in result.err
    (copy,) = home.folder.glob(".mdm.edit-*.yaml")
    assert copy.read_text() == NEW.replace("500", "5")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert home.file.read_text() == NEW


def test_edit_asks_on_a_terminal(home: Home) -> None:
    home.write(NEW)
    # the first edit is wrong, the second one puts it right
    result = home.on_terminal("config", "edit", answers="y\n", EDITOR="sed -i -e s/=5=/600/ -e s/500/=5=/")
    assert result.code == 0, result.out
    assert "edit again? [Y/n]" in result.out
    assert home.file.read_text() == NEW.replace("500", "600")


def test_edit_opens_a_broken_file_and_sees_that_another_changed_it(home: Home) -> None:
    home.write("a: [\n")
    home.ok("config", "edit", EDITOR="sed -i s/.*/debug:\\ true/")
    assert home.file.read_text() == "debug: true\n"
    script = home.write('#!/bin/sh\necho "debug: false" > "$1"\necho "# other" >> "$HOME/.mdm/mdm.yaml"\n', "editor")
    script.chmod(0o700)
    result = home.run("config", "edit", EDITOR=str(script))
    assert result.code == 1
    assert "changed by somebody else meanwhile" in result.err
    assert home.file.read_text() == "debug: true\n# other\n"


def test_edit_without_an_editor(home: Home) -> None:
    result = home.run("config", "edit")
    assert (result.code, result.err.splitlines()[1]) == (2, "  hint: set EDITOR, for example EDITOR=nano")
    assert home.run("config", "edit", EDITOR="/none").code == 2
    assert home.run("config", "edit", EDITOR="false").code == 1
    assert home.files() == {}


def test_switch(legacy_home: Home) -> None:
    legacy_home.write("version: 2.0.0\nperformance: {batch_size: 700}\n")
    result = legacy_home.ok("config", "switch", "--new")
    assert result.out.startswith("new system active, from ~/.mdm/mdm.yaml\n")
    assert "database.default_backend: duckdb -> sqlite\n" in result.out
    assert legacy_home.ok("config", "get", "database.default_backend").out == "sqlite\n"
    back = legacy_home.ok("config", "switch", "--legacy", "--json")
    assert back.json["system"] == "legacy"
    assert legacy_home.ok("config", "get", "database.default_backend").out == "duckdb\n"


def test_switch_refuses_to_pass_over_what_was_not_migrated(legacy_home: Home) -> None:
    refused = legacy_home.run("config", "switch", "--new")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("error: ~/.mdm/mdm.yaml: there is no new configuration\n  hint: 'mdm config migrate'")
    assert not (legacy_home.folder / "feature_flags.json").exists()
    forced = legacy_home.ok("config", "switch", "--new", "--force")
    assert forced.out == "new system active, from no file\n"
    assert "warning: there is no new configuration: programs fall back to the legacy one" in forced.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("get", "debug"), id="get"),
        pytest.param(("show",), id="show"),
        pytest.param(("validate",), id="validate"),
        pytest.param(("set", "performance.batch_size", "700"), id="set"),
    ],
)
def test_commands_tell_of_a_new_configuration_that_is_not_there(legacy_home: Home, arguments: tuple[str, ...]) -> None:
    legacy_home.ok("config", "migrate", "--execute", "--yes")
    legacy_home.file.unlink()
    result = legacy_home.run("config", *arguments)
    assert result.code == 2
    assert "~/.mdm/mdm.yaml: there is no new configuration\n  hint: 'mdm config migrate' makes it" in result.err
    assert not legacy_home.file.exists()


def test_switch_refuses_a_configuration_that_is_invalid(legacy_home: Home) -> None:
    legacy_home.write("version: '2.0.0'\nperformance:\n  batch_size: 5\n")
    assert legacy_home.run("config", "switch", "--new").code == 2
    assert not (legacy_home.folder / "feature_flags.json").exists()
    legacy_home.ok("config", "switch", "--new", "--force")
    assert legacy_home.run("config", "get", "debug").code == 2


def test_switch_says_what_is_in_its_way(legacy_home: Home) -> None:
    result = legacy_home.ok("config", "switch", "--new", "--force", MDM_REFACTORING__USE_NEW_CONFIG="false")
    assert "warning: MDM_REFACTORING__USE_NEW_CONFIG hides the flag" in result.err
    assert legacy_home.run("config", "switch").code == 2
