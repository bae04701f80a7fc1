"""What is logged, where to, and how long it is kept; and what else is told of a command."""

from __future__ import annotations

import json
import os
import pstats
import re
import stat
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loguru import logger
from loguru._file_sink import FileSink
from loguru._string_parsers import parse_duration, parse_frequency

from mdm import logs
from mdm.config.models import MDMConfig
from mdm.config.types import Size
from mdm.core.log import log
from mdm.core.printable import escape
from mdm.errors import FileError, InvalidConfigError
from mdm.logs.schedule import rotation_after, seconds_of
from mdm.profiling import profiled

from .conftest import Home

REGISTER = "dataset register rows rows.csv --force"


def log_as(module: str, level: str, text: str = "hello", **fields: object) -> None:
    """Log *text* as a module of this name does."""
    call = f"log({level!r}, '{{text}}', text=text, **fields)"
    exec(call, {"__name__": module, "log": log, "text": text, "fields": fields})


def levels(lines: list[str], module: str = "mdm") -> set[str]:
    """Return the levels of those of *lines* that are of *module*."""
    fields = [line.split(" | ") for line in lines]
    return {field[1] for field in fields if field[2].startswith(module)}


def aside(home: Home) -> list[Path]:
    return [path for path in home.log.parent.glob("*.log") if path != home.log]


# The file -------------------------------------------------------------------------------------------------------------


@pytest.mark.setting("logging.file")
def test_the_file_is_where_it_is_wanted_and_its_owners_alone(home: Home) -> None:
    home.run("dataset list")
    assert not list(home.top.rglob("*.log"))
    home.run("dataset list", logging__file="~/logs/deep/mdm.log")
    path = home.top / "logs" / "deep" / "mdm.log"
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)] == [0o600, 0o700]
    assert re.fullmatch(
        r"[\d-]{10} [\d:]{8} \| INFO \| mdm\.cli\.recording:\d+ \| mdm dataset list: exit code 0 after [\d.]+ s\n",
        path.read_text(),
    )


@pytest.mark.setting("logging.level")
def test_the_level_of_the_file(home: Home) -> None:
    assert levels(home.logged(REGISTER)) == {"INFO"}
    assert levels(home.logged(REGISTER, logging__level="debug")) == {"INFO", "DEBUG"}
    home.log.unlink()
    assert home.logged(REGISTER, logging__level="ERROR") == []
    assert levels(home.logged("dataset head nothing", logging__level="ERROR")) == {"ERROR"}


@pytest.mark.setting("logging.storage_level", "logging.features_level", "logging.cli_level")
@pytest.mark.parametrize("part", ["storage", "features", "cli"])
def test_the_level_of_a_component(home: Home, part: str) -> None:
    settings: dict[str, Any] = {"file": home.log, f"{part}_level": "ERROR", "level": "DEBUG"}
    logs.start(MDMConfig(logging=settings))
    for module in ("storage", "features", "cli", "clint"):
        log_as(f"mdm.{module}", "WARNING")
        log_as(f"mdm.{module}.some.part", "ERROR")
    logs.stop()
    found = home.log.read_text().splitlines()
    parts = {"storage", "features", "cli", "clint"} - {part}
    assert {name for name in parts if levels(found, f"mdm.{name}") == {"WARNING", "ERROR"}} == parts
    assert {line.split(" | ")[1] for line in found if f"mdm.{part}:" in line or f"mdm.{part}." in line} == {"ERROR"}


def test_components_of_a_command(home: Home) -> None:
    found = home.logged(REGISTER, logging__storage_level="DEBUG", database__echo_sql="true")
    assert (levels(found, "mdm.storage"), levels(found, "mdm.cli")) == ({"INFO", "DEBUG"}, {"INFO"})
    home.log.unlink()
    assert levels(home.logged(REGISTER, logging__cli_level="ERROR"), "mdm.cli") == set()


def test_the_level_of_features(home: Home) -> None:
    home.run(REGISTER)
    assert levels(home.logged("dataset features rows"), "mdm.features") == {"INFO"}
    home.log.unlink()
    assert (
        levels(home.logged("dataset features rows --refit", logging__features_level="ERROR"), "mdm.features") == set()
    )


@pytest.mark.setting("logging.format")
def test_the_format_of_a_line(home: Home) -> None:
    for form in ("<green>{level.no:>4}</green> {extra[command]}{extra[x]}", "<module>{level.no:>4} {extra[command]}"):
        home.logged("dataset list", logging__format=form)
    assert home.log.read_text() == "  20 mdm dataset list\n<module>  20 mdm dataset list\n"


@pytest.mark.setting("logging.format")
def test_lines_of_json_are_flat_and_whole(home: Home) -> None:
    logs.start(MDMConfig(logging={"file": home.log, "format": "json"}))
    log_as("mdm.trial", "INFO", "a\n\x1b{b}", name="x", rows=3, share=float("nan"))
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        log_as("mdm.trial", "ERROR", error=error)
    logs.stop()
    first, second = (json.loads(line) for line in home.log.read_text().splitlines())
    assert datetime.fromisoformat(first.pop("time")).tzinfo is not None
    text = "a\\n\\x1b{b}"
    basics = {"level": "INFO", "name": "mdm.trial", "line": 1, "message": text}
    assert first == {**basics, "text": text, "extra_name": "x", "rows": 3, "share": "nan"}
    assert second["exception"].endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.setting("logging.max_file_size")
def test_the_file_is_rotated_by_its_size(home: Home) -> None:
    for _ in range(3):
        home.logged("dataset list")
    assert aside(home) == []
    home.log.unlink()
    for _ in range(5):
        home.logged("dataset list", logging__max_file_size="250B")
    files = [*aside(home), home.log]
    assert sorted(len(path.read_text().splitlines()) for path in files) == [1, 2, 2]
    assert max(path.stat().st_size for path in files) <= 250


@pytest.mark.setting("logging.rotation")
def test_the_file_is_rotated_by_its_age(home: Home) -> None:
    for _ in range(2):
        home.logged("dataset list")
    assert aside(home) == []
    found = home.logged("dataset list", logging__rotation="1 ms")
    assert (len(found), [len(path.read_text().splitlines()) for path in aside(home)]) == (1, [2])


@pytest.mark.setting("logging.retention")
def test_rotated_files_are_kept_as_long_or_as_many_as_wanted(home: Home) -> None:
    home.log.parent.mkdir()
    (home.log.parent / "mdm.mine.log").touch()
    often = {"logging__rotation": "1 us"}
    for _ in range(4):
        home.logged("dataset list", **often)
    assert len(aside(home)) == 4
    newest = sorted(aside(home))[-2:]
    home.logged("dataset list", **often, logging__retention="3 files")
    assert len(aside(home)) == 4
    assert set(newest) < set(aside(home))
    home.logged("dataset list", **often, logging__retention="1 us")
    assert [path.name for path in aside(home)] == ["mdm.mine.log"]


# The console ----------------------------------------------------------------------------------------------------------


@pytest.mark.setting("logging.console_level")
def test_the_level_of_the_console(home: Home) -> None:
    assert home.run(REGISTER).err == ""
    told = home.run(REGISTER, logging__console_level="info").err.splitlines()
    assert [re.sub(r"[\d.]+ s$", "", line) for line in told] == [
        "info: mdm.storage.store: stored rows in sqlite: 9 rows now, ",
        "info: mdm.cli.recording: mdm dataset register: exit code 0 after ",
    ]


@pytest.mark.parametrize("level", ["DEBUG", "WARNING", "CRITICAL"])
def test_records_reach_the_console_at_its_level_and_above(
    home: Home, capsys: pytest.CaptureFixture[str], level: str
) -> None:
    logs.start(MDMConfig(logging={"console_level": level}))
    for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        log_as("mdm.testing.trial", name)
    names = ["debug", "info", "warning", "error", "critical"]
    assert capsys.readouterr().err.splitlines() == [
        f"{name}: mdm.testing.trial: hello" for name in names[names.index(level.lower()) :]
    ]


def test_what_the_command_says_itself_is_not_said_twice(home: Home) -> None:
    result = home.run("dataset head nothing", logging__console_level="WARNING", logging__file=str(home.log))
    assert result.err.count("there is no dataset 'nothing'") == 1
    assert levels(home.log.read_text().splitlines()) == {"ERROR", "INFO"}


@pytest.mark.setting("debug")
def test_debug_shows_everything_and_tracebacks(home: Home) -> None:
    quiet = home.run("dataset head nothing")
    told = home.run("dataset head nothing", debug="true")
    assert (quiet.code, told.code) == (2, 2)
    assert "Traceback" not in quiet.err
    assert "debug: mdm.cli.recording: mdm dataset head: begins\nTraceback (most recent call last):\n" in told.err
    assert told.err.count("error: there is no dataset 'nothing'") == 1


@pytest.mark.setting("database.echo_sql")
def test_statements_are_shown_where_their_level_is(home: Home) -> None:
    home.run(REGISTER)
    assert "SELECT" not in home.run("dataset head rows", logging__console_level="DEBUG").err
    told = home.run("dataset head rows", logging__console_level="DEBUG", database__echo_sql="true").err
    assert re.search(r'^debug: mdm\.storage\.statements: [\d.]+ ms: SELECT .*"letter" FROM "data"$', told, re.MULTILINE)
    assert home.run("dataset head rows", database__echo_sql="true").err == ""


def test_a_look_at_the_configuration_leaves_no_trace_and_a_change_does(home: Home) -> None:
    for look in ("config get debug", "config show", "config analyze", "config get nothing", "flags list"):
        assert home.logged(look) == []
    assert not home.log.parent.exists()
    home.run("config set performance.batch_size 700")
    found = home.logged("config set performance.batch_size 800")
    assert [re.sub(r".* \| |(in|after) .*", "", line) for line in found] == [
        "performance.batch_size: changed ",
        "mdm config set: exit code 0 ",
    ]


# Profiles -------------------------------------------------------------------------------------------------------------


@pytest.mark.setting("performance.enable_profiling")
@pytest.mark.parametrize(
    ("command", "code"), [("dataset list", 0), ("dataset head nothing", 2), ("config get debug", 0)]
)
def test_a_profile_is_written_whatever_becomes_of_the_command(home: Home, command: str, code: int) -> None:
    assert "profile" not in home.run(command).err
    result = home.run(command, performance__enable_profiling="true")
    assert result.code == code
    path = Path(result.err.splitlines()[-1].removeprefix("profile: "))
    assert path.parent == home.top / ".mdm" / "temp"
    files = {file for file, _, _ in pstats.Stats(str(path)).stats}  # type: ignore[attr-defined]
    assert any("mdm/storage" in file for file in files) == command.startswith("dataset")
    assert "function calls" in path.with_suffix(".txt").read_text()


@pytest.mark.setting("paths.temp_path")
def test_profiles_lie_with_the_temporary_files(home: Home) -> None:
    for folder in ("~/.mdm/temp", "~/elsewhere"):
        result = home.run("dataset list", performance__enable_profiling="true", paths__temp_path=folder)
        assert f"profile: {Path(folder).expanduser()}/mdm-dataset-list-" in result.err
    blocked = home.run("dataset list", performance__enable_profiling="true", paths__temp_path="~/rows.csv/temp")
    assert (blocked.code, blocked.err.count("warning: no profile: ")) == (0, 1)


def test_a_profile_of_a_block(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), profiled(tmp_path / "new") as path:
        1 / 0  # noqa: B018
    assert path.exists()


# What is in the way ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["rows.csv/mdm.log", "/proc/nobody/mdm.log", "/dev/full", "."])
def test_a_file_that_cannot_be_written_is_told_once_and_ends_nothing(home: Home, path: str) -> None:
    result = home.run(REGISTER, logging__file=str(home.top / path), logging__level="DEBUG", database__echo_sql="true")
    assert result.code == 0
    assert result.err.count("\n") <= 2
    assert result.err.startswith(f"warning: logging.file: {home.top / path}: cannot write: ")


def test_a_program_is_warned(home: Home) -> None:
    logs.start(MDMConfig(logging={"file": "/dev/full"}))
    with pytest.warns(UserWarning, match=r"logging.file: .*no space left"):
        log_as("mdm.trial", "INFO")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("format", "{message:>99999999}"),
        ("format", "{exception.type}"),
        ("format", "{line:YYYY}"),
        ("format", "{message:{line}}"),
        ("format", "{nothing}"),
        ("rotation", "0 days"),
        ("rotation", "at noon"),
        ("retention", "for ever"),
        ("level", "loud"),
    ],
)
def test_what_cannot_work_is_refused_by_name(setting: str, value: str) -> None:
    with pytest.raises(InvalidConfigError, match=rf"logging\.{setting}: "):
        MDMConfig(logging={setting: value})


def test_two_processes_write_and_rotate_at_once_and_lose_nothing(home: Home) -> None:
    config = MDMConfig(logging={"file": home.log, "max_file_size": "2kB", "format": "{message}"})
    children = [_child(config, name) for name in "ab"]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    lines = [line for path in [*aside(home), home.log] for line in path.read_text().splitlines()]
    assert sorted(lines) == sorted(f"{name} {number:04} {'x' * 40}" for name in "ab" for number in range(300))
    assert len(aside(home)) > 10


def _child(config: MDMConfig, name: str) -> int:
    if child := os.fork():
        return child
    try:
        logs.start(config)
        for number in range(300):
            log_as("mdm.trial", "INFO", f"{name} {number:04} {'x' * 40}")
        os._exit(0)
    finally:
        os._exit(1)


@given(st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=5))
def test_any_text_is_one_line(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.unlink(missing_ok=True)
    logs.start(MDMConfig(logging={"file": path, "format": ">{message}"}))
    for text in texts:
        log_as("mdm.trial", "INFO", f"[{text}]")
    logs.stop()
    assert path.read_text(encoding="utf-8").split("\n") == [*(f">[{escape(text)}]" for text in texts), ""]


# As a library ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def heard_by_application() -> Iterator[list[str]]:
    """What a handler hears that an application has added before it knew of MDM."""
    lines: list[str] = []
    number = logger.add(lines.append, format="{message}")
    yield lines
    logger.disable("mdm")
    logger.remove(number)


def test_mdm_is_silent_until_it_is_asked(home: Home, heard_by_application: list[str]) -> None:
    log_as("mdm.trial", "ERROR", "before")
    logger.enable("mdm")
    log_as("mdm.trial", "ERROR", "after")
    assert heard_by_application == ["after\n"]


def test_a_start_takes_the_place_of_the_one_before(home: Home) -> None:
    for name in ("one", "two"):
        logs.start(MDMConfig(logging={"file": home.top / name, "format": "{message}"}))
        log_as("mdm.trial", "INFO", name)
    logs.stop()
    log_as("mdm.trial", "INFO", "later")
    assert [(home.top / name).read_text() for name in ("one", "two")] == ["one\n", "two\n"]


def test_no_password_of_an_address_is_logged(home: Home) -> None:
    logs.start(MDMConfig(logging={"file": home.log}))
    log_as("mdm.trial", "INFO", "postgresql://me:hunter2@host/db?password=hunter2")
    assert "hunter2" not in home.log.read_text()


# Folders --------------------------------------------------------------------------------------------------------------


@pytest.mark.setting("paths.home")
def test_folders_are_made_by_the_commands_that_need_them(home: Home) -> None:
    elsewhere = home.top / "else" / "where"
    home.run("dataset list", paths__home=str(elsewhere))
    home.run("config show", paths__home=str(elsewhere))
    assert not elsewhere.exists()
    assert home.run(REGISTER, paths__home=str(elsewhere)).code == 0
    made = sorted(path.relative_to(elsewhere).as_posix() for path in elsewhere.rglob("*") if path.is_dir())
    assert made == ["cache", "config", "config/custom_features", "datasets", "temp"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (elsewhere.parent, elsewhere, elsewhere / "temp")} == {0o700}


def test_a_folder_that_cannot_be_made_is_named_with_its_setting(home: Home) -> None:
    config = MDMConfig(paths={"home": home.top / "new", "cache_path": home.top / "rows.csv" / "cache"})
    with pytest.raises(FileError, match=r"paths\.cache_path: .*rows\.csv/cache: cannot make: "):
        config.paths.ensure_directories()


# Durations and times --------------------------------------------------------------------------------------------------

NUMBERS = st.integers(1, 999).map(str) | st.floats(0.001, 999, allow_nan=False).map(lambda number: f"{number:.3f}")
UNITS = "us ms s sec secs second seconds min mins minute minutes h hour hours d day days w week weeks month months y year years"
DURATIONS = st.lists(st.tuples(NUMBERS, st.sampled_from(UNITS.split())).map(" ".join), min_size=1, max_size=3).map(
    ", ".join
)
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001


@given(DURATIONS)
def test_durations_mean_what_they_mean_to_loguru(text: str) -> None:
    expected = parse_duration(text)  # type: ignore[no-untyped-call]
    assert expected is not None
    assert seconds_of(text) == pytest.approx(expected.total_seconds(), abs=1e-5)
    MDMConfig(logging={"rotation": text, "retention": text})


@given(MOMENTS, st.sampled_from(["hourly", "daily", "weekly", "monthly", "yearly", "Daily"]))
def test_frequencies_do(moment: datetime, text: str) -> None:
    following = parse_frequency(text)  # type: ignore[no-untyped-call]
    assert following is not None
    assert rotation_after(moment.timestamp(), text) == following(moment).timestamp()


@given(MOMENTS, st.sampled_from(["monday", "w6", "sunday at 12:00", "w2 at 06:30:15", "00:00", "18:30:05", "6:00 pm"]))
def test_times_of_the_day_and_the_week_do(moment: datetime, text: str) -> None:
    born = moment.timestamp()
    due = rotation_after(born, text)
    assert born < due <= born + (8 if text[0] in "msw" else 2) * 86_400
    clock = re.search(r"(\d+):(\d\d)(?::(\d\d))?( pm)?", text)
    at = datetime.fromtimestamp(due)  # noqa: DTZ006
    hour, minute, second = (int(part or 0) for part in clock.groups()[:3]) if clock else (0, 0, 0)
    assert (at.hour, at.minute, at.second) == (hour + (12 if text.endswith("pm") else 0), minute, second)
    days = {"m": 0, "s": 6, "w": int(text[1]) if text[1].isdigit() else -1}
    assert text[0].isdigit() or at.weekday() == days[text[0]]


def test_what_loguru_takes_is_taken() -> None:
    for text in ("1 week 3 days", "10 h", "00:00", "monday at 12:00", "daily"):
        FileSink._make_rotation_function(text)  # type: ignore[no-untyped-call]
        MDMConfig(logging={"rotation": text})
    assert Size("1.5kB").bytes == 1500
    assert time.time() < rotation_after(time.time(), "1 h")
