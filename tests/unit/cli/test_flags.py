"""``mdm flags`` as a process: what is shown, changed, refused, and survived."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mdm.core.flag_catalogue import FLAGS
from mdm.core.flag_rollout import bucket

from .conftest import Home

NEW = "version: '2.0.0'\nrefactoring:\n  use_new_features: true\n  backend_rollout_percentage: 25\n"
VARIABLE = "MDM_REFACTORING__USE_NEW_CONFIG"
ROLLOUTS = [flag.name for flag in FLAGS.values() if flag.rollout]


def test_list_shows_every_flag_with_its_source(home: Home) -> None:
    home.write(NEW)
    home.ok("flags", "set", "auto_fallback", "false")
    text = home.ok("flags", "list", **{VARIABLE: "on"}).out
    assert re.search(r"^use_new_features +true +configuration$", text, re.MULTILINE)
    assert re.search(r"^auto_fallback +false +~/.mdm/feature_flags.json$", text, re.MULTILINE)
    assert re.search(rf"^use_new_config +true +{VARIABLE}$", text, re.MULTILINE)
    found = home.ok("flags", "list", "--json").json
    assert list(found) == list(FLAGS)
    assert found["backend_rollout_percentage"] == {"value": 25, "source": "configuration"}


@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("get", "use_new_config"), ("history",)])
def test_looking_leaves_nothing_behind(home: Home, arguments: tuple[str, ...]) -> None:
    home.ok("flags", *arguments)
    assert home.files() == {}


def test_get_prints_the_bare_value(home: Home) -> None:
    home.write(NEW)
    assert home.ok("flags", "get", "use_new_features").out == "true\n"
    assert home.ok("flags", "get", "backend_rollout_percentage", "--json").json == 25
    assert home.ok("flags", "get", "use_new_config", **{VARIABLE: "on"}).out == "true\n"
    home.write(NEW.replace("true", "false"), "other.yaml")
    other = str(home.folder / "other.yaml")
    assert home.ok("flags", "get", "use_new_features", "--config", other).out == "false\n"


def test_the_quick_answer_is_the_answer_of_the_command(home: Home) -> None:
    home.write(NEW)
    for name in ("use_new_features", "backend_rollout_percentage", "use_new_config", "use_new_confg"):
        assert home.run("flags", "get", name) == home.run("flags", "get", "--", name)


def test_get_of_what_is_set_imports_neither_typer_nor_the_configuration(home: Home) -> None:
    home.ok("flags", "set", "use_new_config", "true")
    result = home.python("-X", "importtime", "-m", "mdm", "flags", "get", "use_new_config")
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in result.err.splitlines()}
    assert result.out == "true\n"
    assert not imported & {"typer", "rich", "click", "pydantic", "yaml", "sqlite3"}


def test_set_is_told_and_seen(home: Home) -> None:
    assert home.ok("flags", "set", "use_new_config", "Yes").out == "use_new_config: false -> true\n"
    assert home.ok("flags", "set", "use_new_config", "true").out == "use_new_config: as before\n"
    changed = home.ok("flags", "set", "backend_rollout_percentage", "7", "--json").json
    assert changed == {"name": "backend_rollout_percentage", "value": 7, "changed": True}
    assert home.ok("flags", "get", "use_new_config").out == "true\n"


def test_a_variable_that_hides_what_is_stored_is_pointed_out(home: Home) -> None:
    result = home.ok("flags", "set", "use_new_config", "true", **{VARIABLE: "false"})
    assert result.out == "use_new_config: false -> true\n"
    assert result.err.startswith(f"warning: use_new_config: {VARIABLE} hides what is stored\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("get", "use_new_confg"), "did you mean use_new_config?", id="get unknown"),
        pytest.param(("explain", "use_new_confg"), "did you mean use_new_config?", id="explain unknown"),
        pytest.param(("set", "use_new_confg", "true"), "did you mean use_new_config?", id="set unknown"),
        pytest.param(("history", "use_new_confg"), "did you mean use_new_config?", id="history unknown"),
        pytest.param(("reset", "auto_fallback", "x"), "x: unknown flag", id="reset unknown"),
        pytest.param(("set", "use_new_config", "maybe"), "use_new_config: takes true or false", id="word"),
        pytest.param(("set", "use_new_config", "50"), "use_new_config: takes true or false", id="number"),
        pytest.param(("rollout", "use_new_backend", "101"), "a whole number from 0 to 100", id="above"),
        pytest.param(("rollout", "use_new_backend", "-1"), "a whole number from 0 to 100", id="below"),
        pytest.param(("rollout", "use_new_backend", "2.5"), "a whole number from 0 to 100", id="fraction"),
        pytest.param(("rollout", "use_new_backend"), "missing argument 'PERCENT'", id="no percentage"),
        pytest.param(("rollout", "use_new_config", "5"), "the flags that have one are use_new_backend", id="none"),
        pytest.param(("reset",), "hint: names, or --all", id="reset what"),
        pytest.param(("reset", "use_new_config", "--all"), "hint: names, or --all", id="reset both"),
    ],
)
def test_wrong_use_is_two_and_changes_nothing(home: Home, arguments: tuple[str, ...], error: str) -> None:
    result = home.run("flags", *arguments)
    assert (result.code, result.out) == (2, "")
    assert error in result.err
    assert home.files() == {}


def test_a_rollout_decides_by_subject(home: Home) -> None:
    assert home.ok("flags", "rollout", "use_new_backend", "20%").out == "backend_rollout_percentage: 0 -> 20\n"
    for subject in ("titanic", "alice"):
        on = bucket("use_new_backend", subject) < 20
        assert home.ok("flags", "get", "use_new_backend", "--subject", subject).json is on
        found = home.ok("flags", "explain", "use_new_backend", "--subject", subject, "--json").json
        assert (found["value"], found["reason"], found["subject"]) == (on, "SPLIT", subject)
    text = home.ok("flags", "explain", "use_new_backend", "--subject", "titanic").out
    assert "reason      SPLIT: its percentage decides" in text
    assert "bucket      19.02, so it is on from 20 %" in text


def test_a_rollout_of_a_flag_that_is_on_is_pointed_out(home: Home) -> None:
    home.ok("flags", "set", "use_new_backend", "true")
    assert "is on for all, so its percentage does not count" in home.ok("flags", "rollout", "use_new_backend", "5").err


def test_explain_this_installation_says_what_it_always_says(home: Home) -> None:
    home.ok("flags", "rollout", "use_new_backend", "50")
    first, second = (home.ok("flags", "explain", "use_new_backend", "--json").json for _ in range(2))
    assert first == second
    named = home.ok("flags", "explain", "use_new_backend", MDM_HOST_ID="titanic").out
    assert "bucket      19.02" in named


def test_reset_lets_the_configuration_count_again(home: Home) -> None:
    home.write(NEW)
    home.ok("flags", "set", "use_new_features", "false")
    home.ok("flags", "set", "use_new_config", "true")
    assert home.ok("flags", "reset", "use_new_features").out == "use_new_features: false -> true\n"
    changed = {each["name"]: each["changed"] for each in home.ok("flags", "reset", "--all", "--json").json}
    assert [name for name, done in changed.items() if done] == ["use_new_config"]


def test_history_tells_who_changed_what(home: Home) -> None:
    assert home.ok("flags", "history").out == "no flag was changed yet\n"
    home.ok("flags", "set", "use_new_config", "true")
    home.ok("flags", "rollout", "use_new_backend", "5")
    assert [each["name"] for each in home.ok("flags", "history", "--json").json] == [
        *("use_new_config", "backend_rollout_percentage")
    ]
    (line,) = home.ok("flags", "history", "use_new_config").out.splitlines()[1:]
    assert "use_new_config  false -> true" in line


@pytest.mark.parametrize("command", [("get", "use_new_config"), ("list",), ("set", "use_new_config", "true")])
def test_a_damaged_file_is_reported_moved_aside_and_stops_nothing(home: Home, command: tuple[str, ...]) -> None:
    home.write('{"flags": ', "feature_flags.json")
    result = home.ok("flags", *command)
    assert "warning:" in result.err
    assert "the flags were damaged and start anew" in result.err
    (aside,) = home.folder.glob("feature_flags.json.damaged-*")
    assert aside.read_text() == '{"flags": '
    assert home.ok("flags", *command).err == ""


def test_the_file_is_plain_json(home: Home) -> None:
    home.ok("flags", "set", "use_new_config", "true")
    assert json.loads((home.folder / "feature_flags.json").read_bytes())["flags"] == {"use_new_config": True}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.sampled_from(ROLLOUTS), subject=st.text(min_size=1, max_size=20), percent=st.integers(0, 100))
def test_law_the_command_says_what_the_bucket_says(home: Home, name: str, subject: str, percent: int) -> None:
    if "\0" in subject or not subject.isprintable() or subject.startswith("-"):
        return
    variable = f"MDM_REFACTORING__{FLAGS[name].rollout or ''}".upper()
    found = home.ok("flags", "get", name, f"--subject={subject}", **{variable: str(percent)})
    assert found.json is (bucket(name, subject) < percent)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("mdm flags ro", {"rollout"}, id="command"),
        pytest.param("mdm flags get use_new_b", {"use_new_backend"}, id="name"),
        pytest.param("mdm flags rollout use_", set(ROLLOUTS), id="rollout"),
        pytest.param("mdm flags set auto_fallback ", {"true", "false"}, id="word"),
    ],
)
def test_completion(home: Home, line: str, expected: set[str]) -> None:
    environ = {"_MDM_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    assert set(home.ok(**environ).out.split()) == expected


OLD_FLAGS = """\
{"flags": {"use_legacy_storage": false, "use_new_dataset": true, "rollout_percentage": {"new_features": 30},
           "auto_fallback": "no"}}
"""


def test_flags_of_old_are_what_the_configuration_says_before_and_after_the_migration(home: Home) -> None:
    home.write("batch_size: 5000\n", "config.yaml")
    home.write(OLD_FLAGS, "feature_flags.json")
    before = home.ok("flags", "list", "--json").json
    settings = home.ok("config", "show", "refactoring", "--json").json
    assert {name: flag["value"] for name, flag in before.items()} == {
        key.removeprefix("refactoring."): value for key, value in settings.items()
    }
    names = ("use_new_backend", "use_new_registrar", "features_rollout_percentage", "auto_fallback")
    assert [before[name]["value"] for name in names] == [True, True, 30, False]
    assert home.ok("flags", "get", "use_new_backend").out == "true\n"
    home.ok("config", "migrate", "--execute", "--yes")
    assert [home.ok("flags", "get", name).out for name in names] == ["true\n", "true\n", "30\n", "false\n"]
    home.ok("config", "set", "refactoring.use_new_backend", "false")
    assert home.ok("flags", "get", "use_new_backend").out == "false\n"
    home.ok("flags", "set", "use_new_registrar", "false")
    assert home.ok("flags", "get", "use_new_registrar").out == "false\n"


def test_one_wrong_flag_in_the_file_does_not_hide_the_others(home: Home) -> None:
    home.write("version: 2.0.0\nrefactoring: {use_new_backend: perhaps, use_new_features: true}\n")
    assert home.ok("flags", "get", "use_new_features").out == "true\n"
