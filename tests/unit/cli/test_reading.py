"""show, get, explain, validate, diff, path, schema, reference, export-env."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from .conftest import LEGACY, Home

NEW = """\
version: "2.0.0"
database:
  postgresql_password: hunter2
performance:
  batch_size: 500
features:
  numeric_aggregations: [mean, std]
"""


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("performance.batch_size", "500"),
        ("debug", "false"),
        ("logging.file", "null"),
        ("features.numeric_aggregations", '["mean", "std"]'),
        ("features.text_min_df", "0.01"),
        ("logging.level", "INFO"),
        ("batch_size", "500"),
        ("database.postgresql_password", "********"),
        ("database.postgresql.password", "********"),
    ],
)
def test_get_prints_the_bare_value(home: Home, key: str, printed: str) -> None:
    home.write(NEW)
    result = home.ok("config", "get", key)
    assert (result.out, result.err) == (printed + "\n", "")


def test_get_of_a_section_is_json(home: Home) -> None:
    home.write(NEW)
    section = home.ok("config", "get", "database").json
    assert section["default_backend"] == "sqlite"
    assert section["postgresql_password"] == "********"


def test_get_for_programs(home: Home) -> None:
    assert home.ok("config", "get", "logging.level", "--json").out == '"INFO"\n'


def test_get_reveals_a_secret_when_asked(home: Home) -> None:
    home.write(NEW)
    assert home.ok("config", "get", "database.postgresql_password", "--reveal").out == "hunter2\n"


def test_get_prints_text_as_it_is_to_a_program_and_escaped_to_a_person(home: Home) -> None:
    home.write('version: "2.0.0"\nlogging:\n  format: "a\\tb\\x1b[31m {message}"\n')
    assert home.ok("config", "get", "logging.format").out == "a\tb\x1b[31m {message}\n"
    assert home.on_terminal("config", "get", "logging.format").out == "a\\tb\\x1b[31m {message}\n"


def test_get_is_strict(home: Home) -> None:
    home.write("version: '2.0.0'\nperformance:\n  batch_size: 50\nlogging:\n  levle: INFO\n")
    result = home.run("config", "get", "debug")
    assert (result.code, result.out) == (2, "")
    assert "~/.mdm/mdm.yaml:3:15: performance.batch_size: 50 is below the minimum 100\n  hint: rows" in result.err
    assert "~/.mdm/mdm.yaml:5:10: logging.levle: unknown setting\n  hint: did you mean logging.level?" in result.err


def test_deprecated_variables_are_one_warning_each(home: Home) -> None:
    result = home.ok("config", "get", "performance.batch_size", MDM_BATCH_SIZE="700")
    assert result.out == "700\n"
    assert result.err == "warning: MDM_BATCH_SIZE is deprecated; use MDM_PERFORMANCE__BATCH_SIZE\n"


def test_show(home: Home) -> None:
    home.write(NEW)
    shown = home.ok("config", "show").out
    assert "performance.batch_size = 500\n" in shown
    assert "database.postgresql_password = ********\n" in shown
    assert "hunter2" not in shown


def test_show_origin_and_changed(home: Home) -> None:
    home.write(NEW)
    shown = home.ok("config", "show", "performance", "--changed", "--origin", MDM_PERFORMANCE__MAX_WORKERS="2").out
    assert [line.split() for line in shown.splitlines()] == [
        ["performance.batch_size", "=", "500", "#", "~/.mdm/mdm.yaml:5:15"],
        ["performance.max_workers", "=", "2", "#", "MDM_PERFORMANCE__MAX_WORKERS"],
    ]


def test_show_for_programs(home: Home) -> None:
    home.write(NEW)
    values = home.ok("config", "show", "--json").json
    assert values["performance.batch_size"] == 500
    assert values["database.postgresql_password"] == "********"
    origins = home.ok("config", "show", "debug", "--json", "--origin").json
    assert origins == {"debug": {"value": False, "origin": "default"}}


def test_show_on_a_terminal_says_which_file_is_active(home: Home) -> None:
    home.write(NEW)
    shown = home.on_terminal("config", "show", "cli", NO_COLOR="1").out
    assert shown.startswith("new system, ~/.mdm/mdm.yaml\ncli\n  cli.default_output_format = rich\n")


def test_show_of_an_unknown_section(home: Home) -> None:
    assert "did you mean" in home.run("config", "show", "performance.batchsize").err
    assert "did you mean performance?" in home.run("config", "show", "perfomance").err


def test_explain(home: Home) -> None:
    home.write(NEW)
    text = home.ok("config", "explain", "batch_size", "--set", "performance.batch_size=800", MDM_BATCH_SIZE="700").out
    lines = dict(line.split(maxsplit=1) for line in text.splitlines() if not line.startswith("beats"))
    assert lines["setting"] == "performance.batch_size"
    assert lines["value"] == "800"
    assert lines["from"] == "--set"
    assert lines["type"] == "int 100..1000000"
    assert lines["variable"] == "MDM_PERFORMANCE__BATCH_SIZE"
    assert "MDM_BATCH_SIZE is deprecated; use MDM_PERFORMANCE__BATCH_SIZE" in lines["note"]
    assert "700 from MDM_BATCH_SIZE" in text
    assert "500 from ~/.mdm/mdm.yaml:5:15" in text


def test_explain_for_programs_hides_secrets(home: Home) -> None:
    home.write(NEW)
    result = home.ok(
        "config", "explain", "database.postgresql_password", "--json", MDM_DATABASE__POSTGRESQL_PASSWORD="env-secret"
    )
    assert result.json["value"] == "********"
    assert result.json["overridden"] == [{"value": "********", "origin": "~/.mdm/mdm.yaml:3:24"}]
    assert "env-secret" not in result.out


def test_validate(home: Home) -> None:
    assert home.ok("config", "validate").out == "valid: no file, the defaults (0 settings)\n"
    home.write(NEW)
    assert home.ok("config", "validate").out == "valid: ~/.mdm/mdm.yaml (3 settings)\n"
    assert home.ok("config", "validate", "--json").json["valid"] is True


def test_validate_reports_every_problem(home: Home) -> None:
    path = home.write("version: '2.0.0'\nperformance:\n  batch_size: 50\nnothing: 1\n", "bad.yaml")
    result = home.run("config", "validate", str(path))
    assert (result.code, result.out) == (2, "")
    assert result.err.count("error: ~/.mdm/bad.yaml:") == 2
    found = home.run("config", "validate", str(path), "--json")
    assert (found.code, found.err) == (2, "")
    assert found.json["problems"][-1] == {
        "message": "nothing: unknown setting",
        "where": "~/.mdm/bad.yaml:4:10",
        "hint": "'mdm config reference' lists all settings",
    }


def test_validate_reads_a_legacy_file_through_the_rules(home: Home) -> None:
    good = home.write(LEGACY, "old.yaml")
    assert home.ok("config", "validate", str(good)).out.startswith("valid: ~/.mdm/old.yaml (")
    bad = home.write("batch_size: 5\nbackend: oracle\n", "old2.yaml")
    result = home.run("config", "validate", str(bad))
    assert result.code == 2
    assert "~/.mdm/old2.yaml:1:13: performance.batch_size: 5 is below the minimum 100" in result.err
    assert "oracle" in result.err
    assert home.run("config", "validate", "missing.yaml").code == 2


def test_diff_of_files(home: Home) -> None:
    a = str(home.write(NEW, "a.yaml"))
    b = str(home.write(NEW.replace("500", "600").replace("hunter2", "other"), "b.yaml"))
    result = home.ok("config", "diff", a, b)
    assert result.out == "database.postgresql_password: ******** -> ********\nperformance.batch_size: 500 -> 600\n"
    assert home.run("config", "diff", a, b, "--exit-code").code == 1
    assert home.run("config", "diff", a, a, "--exit-code").code == 0
    assert home.ok("config", "diff", a, b, "--json").json["differences"][1] == {
        "key": "performance.batch_size",
        "a": "500",
        "b": "600",
    }


def test_diff_of_the_active_configuration_and_a_file(home: Home) -> None:
    home.write(NEW)
    other = str(home.write("batch_size: 900\n", "old.yaml"))
    assert "performance.batch_size: 500 -> 900\n" in home.ok("config", "diff", other).out


@pytest.mark.parametrize("command", ["validate", "analyze"])
def test_a_legacy_variable_that_names_no_file(legacy_home: Home, command: str) -> None:
    told = (
        "warning: MDM_CONFIG_PATH names /no/such/file, which does not exist; no other legacy file is read in its place"
    )
    result = legacy_home.ok("config", command, MDM_CONFIG_PATH="/no/such/file")
    assert result.err.count(told) == 1


def test_diff_of_the_two_systems(legacy_home: Home) -> None:
    legacy_home.write("version: 2.0.0\nperformance: {batch_size: 700}\n")
    assert "database.default_backend: duckdb -> sqlite\n" in legacy_home.ok("config", "diff").out
    legacy_home.file.unlink()
    assert "there is no new configuration" in legacy_home.run("config", "diff").err
    legacy_home.write("batch_size: 600\n")
    result = legacy_home.run("config", "diff")
    assert result.code == 2
    assert result.err == (
        "error: ~/.mdm/mdm.yaml: in the legacy format\n  hint: 'mdm config migrate' moves it to the new one\n"
    )


def test_path(legacy_home: Home) -> None:
    assert legacy_home.ok("config", "path").out == f"{legacy_home.folder}/config.yaml\n"
    every = legacy_home.ok("config", "path", "--all", "--json").json
    used = [place["path"] for place in every if place["used"]]
    assert used == [f"{legacy_home.folder}/config.yaml"]
    assert "/etc/mdm/mdm.yaml" in [place["path"] for place in every]


def test_path_of_a_file_that_is_to_be_or_is_broken(home: Home) -> None:
    assert home.ok("config", "path").out == f"{home.file}\n"
    home.write("a: [")
    assert home.ok("config", "path").out == f"{home.file}\n"


def test_schema_and_reference(home: Home) -> None:
    assert home.ok("config", "schema").json["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "| `performance.batch_size` | int 100..1000000 | `10000` |" in home.ok("config", "reference").out


def test_export_env_reproduces_the_configuration(home: Home) -> None:
    home.write(NEW)
    result = home.ok("config", "export-env")
    assert "hunter2" not in result.out
    assert "warning: left out: 1 secret\n" in result.err
    shell = f"{result.out}\nenv | grep ^MDM_"
    exported = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True).stdout
    variables = dict(line.split("=", 1) for line in exported.splitlines())
    home.file.unlink()
    assert home.ok("config", "get", "features.numeric_aggregations", **variables).out == '["mean", "std"]\n'


def test_export_env_formats(home: Home) -> None:
    home.write(NEW)
    assert '  MDM_PERFORMANCE__BATCH_SIZE: "500"\n' in home.ok("config", "export-env", "--format", "compose").out
    everything = home.ok("config", "export-env", "--include-secrets", "--json").json
    assert everything["MDM_DATABASE__POSTGRESQL_PASSWORD"] == "hunter2"
    assert json.loads(everything["MDM_FEATURES__NUMERIC_AGGREGATIONS"]) == ["mean", "std"]


def test_watch_prints_what_changes_until_it_is_interrupted(home: Home) -> None:
    home.write("version: 2.0.0\nperformance: {batch_size: 500}\n")
    command = [sys.executable, "-m", "mdm", "config", "watch", "--json", "--interval", "0.05"]
    with subprocess.Popen(
        command, cwd=home.here, env=home.environ(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stderr.readline() == "watching the configuration; Ctrl-C ends it\n"
        home.write("version: 2.0.0\nperformance: {batch_size: 5}\n")
        assert "5 is below the minimum 100" in process.stderr.readline()
        home.write("version: 2.0.0\ndatabase: {postgresql_password: hunter2}\nperformance: {batch_size: 600}\n")
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    assert [line["key"] for line in lines] == ["database.postgresql_password", "performance.batch_size"]
    assert (lines[0]["new"], lines[1]["old"], lines[1]["new"]) == ("********", 500, 600)
