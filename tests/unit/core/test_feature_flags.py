"""What the feature flags promise: order of sources, sharing between processes, rollouts, and never stopping anybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.core.feature_flags import FeatureFlags, FlagWarning, feature_flags
from mdm.errors import FileError, FlagError

if TYPE_CHECKING:
    from collections.abc import Mapping

BOOLS = {
    "use_new_backend": False,
    "use_new_registrar": False,
    "use_new_features": False,
    "use_new_config": False,
    "enable_comparison_tests": True,
    "enable_performance_tracking": True,
    "enable_memory_profiling": False,
    "auto_fallback": True,
}
PERCENTAGES = {
    "backend_rollout_percentage": 0,
    "registrar_rollout_percentage": 0,
    "features_rollout_percentage": 0,
}
ROLLOUTS = {
    "use_new_backend": "backend_rollout_percentage",
    "use_new_registrar": "registrar_rollout_percentage",
    "use_new_features": "features_rollout_percentage",
}
VARIABLE = "MDM_REFACTORING__USE_NEW_CONFIG"
SCRIPT = (
    "import sys; from pathlib import Path; from mdm.core.feature_flags import *; f = FeatureFlags(Path(sys.argv[1]));"
)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "feature_flags.json"


@pytest.fixture
def flags(file: Path) -> FeatureFlags:
    return FeatureFlags(file, {})


def put(file: Path, content: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(content, encoding="utf-8")


def in_another_process(file: Path, code: str) -> str:
    command = [sys.executable, "-c", SCRIPT + code, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# --- the catalogue


def test_all_gives_every_flag_with_its_default(flags: FeatureFlags, file: Path) -> None:
    assert flags.all() == {**BOOLS, **PERCENTAGES}
    assert not file.parent.exists()


def test_an_unknown_name_is_an_error_that_suggests_the_nearest(flags: FeatureFlags) -> None:
    for call in (
        lambda: flags.get("use_new_confg"),
        lambda: flags.get("use_new_confg", default=True),
        lambda: flags.set("use_new_confg", True),
        lambda: flags.reset("use_new_confg"),
        lambda: flags.history("use_new_confg"),
        lambda: flags.is_enabled("use_new_confg"),
        lambda: flags.explain("use_new_confg"),
        lambda: flags.on_change("use_new_confg", print),
    ):
        with pytest.raises(FlagError, match=r"use_new_confg: unknown flag\n  hint: did you mean use_new_config\?"):
            call()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("use_new_config", 1),
        ("use_new_config", "true"),
        ("use_new_config", None),
        ("backend_rollout_percentage", True),
        ("backend_rollout_percentage", 10.0),
        ("backend_rollout_percentage", -1),
        ("backend_rollout_percentage", 101),
    ],
)
def test_a_value_that_a_flag_does_not_take_is_refused(flags: FeatureFlags, file: Path, name: str, value: int) -> None:
    with pytest.raises(FlagError, match=f"{name}: takes "):
        flags.set(name, value)
    assert not file.exists()


def test_get_uses_the_given_default_only_where_nothing_sets_the_flag(flags: FeatureFlags) -> None:
    assert flags.get("use_new_config", default=True) is True
    flags.set("use_new_config", False)
    assert flags.get("use_new_config", default=True) is False


# --- the order of the sources


@pytest.mark.parametrize(
    ("environ", "stored", "configured", "expected", "reason", "source"),
    [
        pytest.param({}, None, {}, False, "DEFAULT", "default", id="default"),
        pytest.param({}, None, {"use_new_config": True}, True, "STATIC", "configuration", id="configured"),
        pytest.param({}, False, {"use_new_config": True}, False, "DISABLED", "FILE", id="stored beats configured"),
        pytest.param({VARIABLE: "on"}, False, {}, True, "STATIC", VARIABLE, id="variable beats stored"),
        pytest.param({VARIABLE: "No"}, True, {}, False, "DISABLED", VARIABLE, id="variable turns off"),
        pytest.param({VARIABLE.lower(): " 1 "}, None, {}, True, "STATIC", VARIABLE.lower(), id="any case"),
        pytest.param({VARIABLE: "1", VARIABLE.lower(): "0"}, None, {}, True, "STATIC", VARIABLE, id="upper case wins"),
    ],
)
def test_the_highest_source_wins(  # noqa: PLR0917 (the columns of the table)
    file: Path,
    environ: dict[str, str],
    stored: bool | None,
    configured: Mapping[str, object],
    expected: bool,
    reason: str,
    source: str,
) -> None:
    flags = FeatureFlags(file, environ)
    flags.configured = lambda: configured
    if stored is not None:
        flags.set("use_new_config", stored)
    details = flags.explain("use_new_config")
    assert flags.get("use_new_config") is details.value is flags.is_enabled("use_new_config") is expected
    assert (details.reason, details.source) == (reason, source.replace("FILE", str(file)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("use_new_config", "maybe"),
        ("use_new_config", ""),
        ("use_new_config", "2"),
        ("backend_rollout_percentage", "150"),
        ("backend_rollout_percentage", "-1"),
        ("backend_rollout_percentage", "10%"),
        ("backend_rollout_percentage", "true"),
        ("backend_rollout_percentage", "²"),
    ],
)
def test_a_malformed_variable_is_passed_over_with_one_warning(file: Path, name: str, text: str) -> None:
    variable = f"MDM_REFACTORING__{name.upper()}"
    flags = FeatureFlags(file, {variable: text})
    with pytest.warns(FlagWarning, match=f"{variable}: .* takes .*passed over") as caught:
        value = flags.get(name)
    flags.set("auto_fallback", False)
    assert flags.all()[name] == value == 0
    assert len(caught) == 1
    assert flags.explain(name).reason == "ERROR"


def test_a_malformed_stored_value_is_passed_over_and_kept(flags: FeatureFlags, file: Path) -> None:
    put(file, '{"flags": {"use_new_config": "yes please"}}')
    with pytest.warns(FlagWarning, match="takes true or false") as caught:
        assert flags.get("use_new_config") is False
    assert "please" not in str(caught[0].message)
    flags.set("auto_fallback", False)
    assert json.loads(file.read_bytes())["flags"]["use_new_config"] == "yes please"


def test_a_configuration_that_fails_is_warned_about_and_does_not_count(flags: FeatureFlags) -> None:
    def fail() -> dict[str, object]:
        raise ValueError("hunter2")

    flags.configured = fail
    with pytest.warns(FlagWarning, match=r"the configuration gives no flags \(ValueError\)") as caught:
        assert flags.get("auto_fallback") is True
    flags.set("auto_fallback", False)
    assert len(caught) == 1
    assert "hunter2" not in str(caught[0].message)


def test_a_configuration_may_read_a_flag_on_its_way(flags: FeatureFlags) -> None:
    flags.configured = lambda: {"use_new_backend": not flags.get("use_new_config")}
    assert flags.get("use_new_backend") is True


def test_the_shared_instance_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MDM_HOME_DIR", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert feature_flags.get("use_new_config") is False
    monkeypatch.setenv(VARIABLE, "true")
    assert feature_flags.get("use_new_config") is True
    monkeypatch.setenv(VARIABLE, "false")
    assert feature_flags.get("use_new_config") is False
    monkeypatch.delenv(VARIABLE)
    feature_flags.set("use_new_config", True)
    assert feature_flags.path == tmp_path / ".mdm" / "feature_flags.json"
    monkeypatch.setenv("MDM_HOME_DIR", "~/new")
    assert feature_flags.get("use_new_config") is False
    assert feature_flags.path == tmp_path / "new" / "feature_flags.json"
    monkeypatch.setenv("MDM_HOME_DIR", str(tmp_path / ".mdm"))
    assert feature_flags.get("use_new_config") is True


# --- the file


def test_set_keeps_a_history_of_who_when_old_and_new(flags: FeatureFlags) -> None:
    flags.set("backend_rollout_percentage", 10, who="ann", when=NOON)
    flags.set("backend_rollout_percentage", 10, who="nobody")
    flags.set("use_new_config", True)
    flags.reset("backend_rollout_percentage", who="bob", when=NOON)
    flags.reset("backend_rollout_percentage", who="nobody")
    noon = "2026-11-01T12:00:00+00:00"
    assert [
        (each.name, each.old, each.new, each.who, each.when) for each in flags.history("backend_rollout_percentage")
    ] == [("backend_rollout_percentage", 0, 10, "ann", noon), ("backend_rollout_percentage", 10, 0, "bob", noon)]
    assert [each.name for each in flags.history()][1] == "use_new_config"
    assert flags.history()[1].who
    assert datetime.fromisoformat(flags.history()[1].when).tzinfo is not None


def test_the_history_is_bounded(flags: FeatureFlags, file: Path) -> None:
    entry = {"name": "auto_fallback", "old": True, "new": False, "who": "ann", "when": "then"}
    put(file, json.dumps({"flags": {}, "history": [entry] * 1000}))
    flags.set("use_new_config", True)
    assert len(flags.history()) == 1000
    assert flags.history()[-1].name == "use_new_config"


@pytest.mark.parametrize(
    "content",
    [
        {"flags": {"use_new_config": True, "mine": [1]}, "history": [{"flag": "x"}], "written_by": "1.4"},
        {"use_new_config": True, "mine": [1]},
        {"use_new_config": True, "mine": [1], "history": [{"flag": "x"}]},
    ],
    ids=["envelope", "top level", "top level with history"],
)
def test_both_legacy_forms_are_read_and_unknown_entries_kept(
    flags: FeatureFlags, file: Path, content: dict[str, object]
) -> None:
    put(file, json.dumps(content))
    assert flags.get("use_new_config") is True
    flags.set("use_new_config", False, who="ann", when=NOON)
    after = json.loads(file.read_bytes())
    assert after["flags"] == {"use_new_config": False, "mine": [1]}
    assert after["history"][:-1] == content.get("history", [])
    assert after.get("written_by") == content.get("written_by")
    assert [(each.old, each.new) for each in flags.history()] == [(True, False)]


def test_planned_is_what_set_would_write(flags: FeatureFlags, file: Path) -> None:
    put(file, '{"use_new_config": false, "mine": 1}')
    before = file.read_bytes()
    planned = flags.planned("use_new_config", True, who="ann", when=NOON)
    assert file.read_bytes() == before
    two = flags.planned("auto_fallback", False, who="ann", when=NOON, content=planned)
    flags.set("use_new_config", True, who="ann", when=NOON)
    assert file.read_bytes() == planned
    flags.set("auto_fallback", False, who="ann", when=NOON)
    assert file.read_bytes() == two
    assert flags.planned("auto_fallback", False) == two


@pytest.mark.parametrize("content", ["{", "[1]", '{"flags": []}', '{"history": {}}', "[" * 100_000, "\x00"])
def test_a_damaged_file_is_reported_and_set_aside(flags: FeatureFlags, file: Path, content: str) -> None:
    put(file, content)
    with pytest.warns(FlagWarning, match="damaged") as caught:
        assert flags.all() == {**BOOLS, **PERCENTAGES}
    assert len(caught) == 1
    (aside,) = file.parent.glob("feature_flags.json.damaged-????????T??????")
    assert aside.read_text(encoding="utf-8") == content
    flags.set("use_new_config", True)
    assert flags.get("use_new_config") is True


def test_set_on_a_damaged_file_sets_it_aside_too(file: Path) -> None:
    put(file, "{")
    with pytest.warns(FlagWarning, match="damaged"):
        FeatureFlags(file, {}).set("use_new_config", True)
    assert FeatureFlags(file, {}).get("use_new_config") is True
    assert len(list(file.parent.glob("*.damaged-*"))) == 1


def test_an_empty_file_is_no_damage(flags: FeatureFlags, file: Path) -> None:
    put(file, "")
    assert flags.get("auto_fallback") is True


def test_a_file_that_cannot_be_read_is_warned_about_and_stays(flags: FeatureFlags, file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.warns(FlagWarning, match="cannot be read"):
        assert flags.get("auto_fallback") is True
    assert flags.explain("auto_fallback").reason == "ERROR"
    with pytest.raises(FileError):
        flags.set("auto_fallback", False)
    assert file.is_dir()


# --- many processes, many threads


def test_processes_see_each_other(flags: FeatureFlags, file: Path) -> None:
    assert flags.get("use_new_config") is False
    in_another_process(file, "f.set('use_new_config', True)")
    assert flags.get("use_new_config") is True
    flags.set("backend_rollout_percentage", 30)
    assert in_another_process(file, "print(f.get('backend_rollout_percentage'), f.get('use_new_config'))") == "30 True"


def test_a_running_process_sees_a_set_without_a_restart(flags: FeatureFlags, file: Path) -> None:
    code = "print(f.get('use_new_config'), flush=True); input(); print(f.get('use_new_config'))"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT + code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "False\n"
        flags.set("use_new_config", True)
        assert reader.communicate("\n")[0] == "True\n"


def test_instances_in_one_process_see_each_other_at_once(file: Path) -> None:
    one, other = FeatureFlags(file, {}), FeatureFlags(file, {})
    for value in (True, False) * 10:
        one.set("use_new_config", value)
        assert other.get("use_new_config") is value


def test_no_set_is_lost_between_processes(flags: FeatureFlags, file: Path) -> None:
    names = [*BOOLS, *PERCENTAGES][:4]
    loop = "[f.set(sys.argv[2], bool(i % 2)) for i in range(1, 12)]"
    runs = [subprocess.Popen([sys.executable, "-c", SCRIPT + loop, str(file), name]) for name in names]
    assert [run.wait(60) for run in runs] == [0] * 4
    assert [flags.get(name) for name in names] == [True] * 4
    assert all(len(flags.history(name)) == 11 for name in names)


def test_threads_may_read_and_set_at_once(flags: FeatureFlags) -> None:
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                flags.set(name, number % 2 == 0)
                assert flags.get(name) is (number % 2 == 0)
        except Exception as error:  # noqa: BLE001 (the main thread fails with it)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in list(BOOLS)[:4]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert json.loads(flags.path.read_bytes())["flags"] == dict.fromkeys(list(BOOLS)[:4], False)


# --- callbacks


def test_callbacks_hear_of_changes_until_they_unsubscribe(flags: FeatureFlags) -> None:
    heard: list[tuple[str, object, object]] = []
    unsubscribe = flags.on_change("use_new_config", lambda *change: heard.append(change))
    flags.set("use_new_config", True)
    flags.set("use_new_config", True)
    flags.set("auto_fallback", False)
    flags.reset("use_new_config")
    unsubscribe()
    unsubscribe()
    flags.set("use_new_config", True)
    assert heard == [("use_new_config", False, True), ("use_new_config", True, False)]


def test_callbacks_hear_of_changes_by_another_process(flags: FeatureFlags, file: Path) -> None:
    heard: list[object] = []
    flags.on_change("backend_rollout_percentage", lambda _name, old, new: heard.append((old, new)))
    in_another_process(file, "f.set('backend_rollout_percentage', 5)")
    flags.get("use_new_config")
    assert heard == [(0, 5)]


def test_a_callback_that_raises_is_warned_about_and_others_are_called(flags: FeatureFlags) -> None:
    heard: list[object] = []

    def fail(*_change: object) -> None:
        raise RuntimeError("hunter2")

    flags.on_change("use_new_config", fail)
    flags.on_change("use_new_config", lambda *change: heard.append(change))
    with pytest.warns(FlagWarning, match="use_new_config: a callback failed") as caught:
        flags.set("use_new_config", True)
    assert len(heard) == 1
    assert "hunter2" not in str(caught[0].message)


# --- rollouts


@pytest.mark.parametrize(
    ("name", "subject", "expected"),
    [
        # sha256sum of "1:name:subject", first 16 hex digits, modulo 10000, in hundredths of a percent
        ("use_new_backend", "alice", 32.38),
        ("use_new_registrar", "alice", 77.75),
        ("use_new_features", "alice", 79.36),
        ("use_new_backend", "titanic", 19.02),
        ("use_new_backend", "", 16.08),
        ("use_new_features", "größe", 73.74),
    ],
)
def test_buckets_are_fixed_for_ever(flags: FeatureFlags, name: str, subject: str, expected: float) -> None:
    assert flags.explain(name, subject).bucket == expected


def test_buckets_are_uniform_and_independent_between_flags(flags: FeatureFlags) -> None:
    count = 20_000
    buckets = {name: [flags.explain(name, f"subject-{n}").bucket or 0.0 for n in range(count)] for name in ROLLOUTS}
    for found in buckets.values():
        tenths = [sum(1 for each in found if low <= each < low + 10) for low in range(0, 100, 10)]
        assert sum((each - count / 10) ** 2 / (count / 10) for each in tenths) < 27.9  # chi-square, 9 df, p = 0.001
    backend, registrar = buckets["use_new_backend"], buckets["use_new_registrar"]
    both = sum(1 for one, other in zip(backend, registrar, strict=True) if one < 50 and other < 50)
    assert abs(both - count / 4) < 4 * (count * 0.25 * 0.75) ** 0.5


@pytest.mark.parametrize("percentage", [1, 10, 50, 99])
def test_a_percentage_lets_in_that_many(file: Path, percentage: int) -> None:
    flags = FeatureFlags(file, {"MDM_REFACTORING__BACKEND_ROLLOUT_PERCENTAGE": str(percentage)})
    count, share = 5_000, percentage / 100
    inside = sum(flags.is_enabled("use_new_backend", f"host-{n}") for n in range(count))
    assert abs(inside - count * share) < 4 * (count * share * (1 - share)) ** 0.5


@given(subject=st.text(), name=st.sampled_from(list(ROLLOUTS)), percentages=st.tuples(*[st.integers(0, 100)] * 2))
def test_who_is_in_stays_in_while_a_rollout_grows(subject: str, name: str, percentages: tuple[int, int]) -> None:
    variable = f"MDM_REFACTORING__{ROLLOUTS[name].upper()}"
    file = Path("/nonexistent/feature_flags.json")
    small, large = (FeatureFlags(file, {variable: str(each)}).is_enabled(name, subject) for each in sorted(percentages))
    assert small <= large
    assert not FeatureFlags(file, {variable: "0"}).is_enabled(name, subject)
    assert FeatureFlags(file, {variable: "100"}).is_enabled(name, subject)


def test_a_flag_that_is_on_is_on_for_all(flags: FeatureFlags, file: Path) -> None:
    flags.set("use_new_backend", True)
    assert all(flags.is_enabled("use_new_backend", f"{n}") for n in range(100))
    details = flags.explain("use_new_backend", "alice")
    assert (details.value, details.reason, details.source) == (True, "STATIC", str(file))


def test_explain_tells_of_the_split(flags: FeatureFlags, file: Path) -> None:
    flags.set("backend_rollout_percentage", 50)
    for subject in map(str, range(20)):
        details = flags.explain("use_new_backend", subject)
        assert details.bucket is not None
        assert details.value is (details.bucket < 50) is flags.is_enabled("use_new_backend", subject)
        assert (details.name, details.reason, details.source) == ("use_new_backend", "SPLIT", str(file))
    percentage = flags.explain("backend_rollout_percentage")
    assert (percentage.value, percentage.reason, percentage.bucket) == (50, "STATIC", None)


def test_the_subject_is_an_id_of_this_installation_kept_at_first_use(flags: FeatureFlags, file: Path) -> None:
    kept = file.with_name("host_id")
    assert flags.is_enabled("use_new_backend") is False
    assert not kept.exists()
    flags.set("backend_rollout_percentage", 50)
    place = flags.explain("use_new_backend").bucket
    subject = kept.read_text(encoding="utf-8").strip()
    assert len(subject) == 36
    assert flags.explain("use_new_backend", subject).bucket == place
    assert FeatureFlags(file, {}).explain("use_new_backend").bucket == place
    assert in_another_process(file, "print(f.explain('use_new_backend').bucket)") == str(place)


def test_a_variable_names_the_subject(file: Path) -> None:
    flags = FeatureFlags(file, {"MDM_HOST_ID": "alice", "MDM_REFACTORING__BACKEND_ROLLOUT_PERCENTAGE": "50"})
    assert flags.explain("use_new_backend").bucket == flags.explain("use_new_backend", "alice").bucket
    assert not file.parent.exists()


def test_an_id_that_cannot_be_kept_is_stable_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environ = {"MDM_REFACTORING__BACKEND_ROLLOUT_PERCENTAGE": "50"}
    places = {
        FeatureFlags(tmp_path / "file" / "feature_flags.json", environ).explain("use_new_backend").bucket
        for _ in range(3)
    }
    assert len(places) == 1
    assert None not in places


# --- cost


def test_importing_touches_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, mdm.core.feature_flags; print(sorted({'json', 'sqlite3', 'hashlib', 'pydantic'} & {*sys.modules}))"
    )
    environ = {**os.environ, "HOME": str(tmp_path), VARIABLE: "nonsense"}
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_reading_in_a_loop_hardly_ever_looks_at_the_file(flags: FeatureFlags, monkeypatch: pytest.MonkeyPatch) -> None:
    flags.set("use_new_config", True)
    looks = 0
    stat = Path.stat

    def counted(self: Path, **options: bool) -> os.stat_result:
        nonlocal looks
        looks += 1
        return stat(self, **options)

    monkeypatch.setattr(Path, "stat", counted)
    start = time.monotonic()
    for _ in range(20_000):
        flags.get("use_new_config")
    assert looks <= (time.monotonic() - start) * 1000 + 1


def test_nothing_warns_when_nothing_is_wrong(flags: FeatureFlags) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flags.set("use_new_config", True)
        flags.reset("use_new_config")
        flags.all()
