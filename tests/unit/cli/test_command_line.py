"""What holds for every command: exit codes, errors, help, speed, terminals."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

import mdm
from mdm import __version__
from mdm.cli.app import cli
from mdm.cli.commands import HELP
from mdm.config.backups import create_backup
from tests.performance.counting import modules_of

from .conftest import Home

COMMANDS = [
    *("show", "get", "set", "unset", "explain", "validate", "diff", "edit", "init", "path", "analyze", "migrate"),
    *("migrate-env", "migrate-code", "rollback", "switch", "status", "finalize", "schema", "reference", "export-env"),
    *("watch", "upgrade", "backups"),
]


@pytest.mark.parametrize("arguments", [("--version",), ("version",)])
def test_version(home: Home, arguments: tuple[str, ...]) -> None:
    assert home.ok(*arguments).out == f"mdm {__version__}\n"


def test_version_for_programs(home: Home) -> None:
    assert home.ok("version", "--json").json == {"version": __version__}


def test_help_lists_every_command(home: Home) -> None:
    text = home.ok("config", "--help").out
    assert all(f"\n  {command} " in text for command in COMMANDS)


@pytest.mark.parametrize("name", HELP)
def test_the_list_at_the_top_says_what_each_command_says(home: Home, name: str) -> None:
    assert f"\n  {HELP[name]}" in home.ok(name, "--help").out


def test_every_command_has_help_with_an_example() -> None:
    commands = dict(typer.main.get_group(cli).commands["config"].commands)  # type: ignore[attr-defined]
    assert set(commands) == set(COMMANDS)
    commands |= commands.pop("backups").commands
    for name, command in commands.items():
        assert "Example:\n" in command.help, name


def test_a_command_imports_no_other(tmp_path: Path) -> None:
    imported = modules_of("from mdm.__main__ import main; main(['config', 'set', 'debug', 'true'])", tmp_path)

    assert "mdm.cli.config.changing" in imported
    assert not imported & {"rich", "mdm.cli.config.reading", "mdm.cli.config.migration", "mdm.config.migrator"}


def test_a_missing_command_shows_what_there_is(home: Home) -> None:
    result = home.run("config")
    assert (result.code, result.err) == (2, "")
    assert "analyze" in result.out


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        pytest.param(("config", "shw"), "error: no such command 'shw'. Did you mean 'show'?", id="command"),
        pytest.param(("config", "show", "--colour"), "error: no such option: --colour", id="option"),
        pytest.param(("config", "explain"), "error: missing argument 'KEY'", id="argument"),
        pytest.param(("config", "show", "--set"), "error: --set: a value is missing", id="value"),
        pytest.param(
            ("config", "get", "performance.batch_sise"), "hint: did you mean performance.batch_size?", id="key"
        ),
        pytest.param(("--config", "none.yaml", "config", "show"), "none.yaml: no such file", id="file"),
        pytest.param(("config", "show", "--set", "debug"), "--set: not of the form KEY=VALUE", id="assignment"),
        pytest.param(("config", "migrate", "--on-invalid", "maybe"), "invalid value for '--on-invalid'", id="choice"),
    ],
)
def test_wrong_use_is_two(home: Home, arguments: tuple[str, ...], error: str) -> None:
    result = home.run(*arguments)
    assert (result.code, result.out) == (2, "")
    assert error in result.err
    assert "Traceback" not in result.err


def test_options_stand_anywhere(home: Home) -> None:
    home.write("version: '2.0.0'\nperformance:\n  batch_size: 300\n", "other.yaml")
    other = str(home.folder / "other.yaml")
    for line in (
        ("--config", other, "--set", "debug=true", "config", "show", "--json"),
        ("config", "--set=debug=true", "show", "--json", f"--config={other}"),
    ):
        shown = home.ok(*line).json
        assert (shown["performance.batch_size"], shown["debug"]) == (300, True)


def test_an_unexpected_error_is_one_line_unless_debugging(home: Home) -> None:
    home.folder.write_text("a file where the folder is to be")
    result = home.run("config", "set", "performance.batch_size", "500")
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err
    debugged = home.run("config", "set", "performance.batch_size", "500", MDM_DEBUG="true")
    assert debugged.code == 1
    assert "Traceback" in debugged.err


def test_an_error_that_nobody_thought_of(home: Home) -> None:
    script = "import sys, mdm.cli.guard as g; sys.exit(g.guarded(lambda a: 1 // 0, ()))"
    result = home.python("-c", script)
    assert result.code == 1
    assert result.err.startswith("error: unexpected: ZeroDivisionError")
    assert "hint: set MDM_DEBUG=true" in result.err
    assert "Traceback" in home.python("-c", script, MDM_DEBUG="1").err


def test_a_reader_that_leaves_early_is_no_error(home: Home) -> None:
    command = f"{sys.executable} -m mdm config reference | head -1"
    done = subprocess.run(command, shell=True, env=home.environ(), capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("# Settings\n", "")


@pytest.mark.parametrize("line", ["--version", "--help", "config show", "config get debug", "config schema"])
def test_a_full_disk_is_one_line(home: Home, line: str) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "mdm", *line.split()]
        done = subprocess.run(command, env=home.environ(), stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        b"error: standard output: cannot write: no space left on the disk",
        b"  hint: free some space, then run the command again",
    ]


def test_an_interrupt_is_130(home: Home) -> None:
    home.write("#!/bin/sh\nexec sleep 20\n", "editor").chmod(0o700)
    environ = home.environ(EDITOR=str(home.folder / "editor"))
    process = subprocess.Popen(
        [sys.executable, "-m", "mdm", "config", "edit"], env=environ, stderr=subprocess.PIPE, start_new_session=True
    )
    while not list(home.folder.glob(".mdm.edit-*")):
        time.sleep(0.05)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in errors
    assert not list(home.folder.glob(".mdm.edit-*"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("version",),
        ("config", "get", "debug"),
        ("config", "get", "debug", "--json", "--set", "debug=true"),
    ],
)
def test_what_scripts_call_in_loops_imports_neither_typer_nor_rich(home: Home, arguments: tuple[str, ...]) -> None:
    result = home.python("-X", "importtime", "-m", "mdm", *arguments)
    imported = {line.rpartition("|")[2].strip().split(".")[0] for line in result.err.splitlines()}
    assert "mdm" in imported
    assert not imported & {"typer", "rich", "click"}


def test_the_quick_answer_is_the_answer_of_the_command(home: Home) -> None:
    for key in ("performance.batch_size", "database", "nothing.here", "database.postgresql_password"):
        quick, full = home.run("config", "get", key), home.run("config", "get", "--", key)
        assert quick == full


def test_only_rendering_imports_rich_and_only_the_command_line_typer() -> None:
    for path in sorted(Path(mdm.__file__).parent.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert path.name == "render.py" or not re.search(r"^\s*(from|import) rich\b", text, re.MULTILINE), path
        assert "cli" in path.parts or not re.search(r"^\s*(from|import) typer\b", text, re.MULTILINE), path


def test_nothing_is_drawn_without_a_terminal_or_with_no_color(legacy_home: Home) -> None:
    assert "\x1b" not in legacy_home.ok("config", "migrate").out
    assert "\x1b" not in legacy_home.on_terminal("config", "migrate", NO_COLOR="1").out
    assert "\x1b[" in legacy_home.on_terminal("config", "migrate").out


def test_nothing_that_a_terminal_obeys_reaches_it(home: Home) -> None:
    home.write('"evil\\x1b[31mkey": "a\\x1b]0;title\\x07b"\n"\\u202ekey": 1\n', "config.yaml")
    home.write("x", "config/datasets/\x1b[2Jbad.yaml")
    for arguments in (("analyze",), ("migrate",), ("show",), ("show", "--json"), ("analyze", "--json"), ("diff",)):
        result = home.run("config", *arguments)
        for character in "\x1b\x07\u202e\x9b":
            assert character not in result.out + result.err
    assert "\\x1b[31m" in home.ok("config", "analyze").out


def test_loguru_is_imported_only_where_something_is_logged(home: Home) -> None:
    home.write("version: '2.0.0'\nlogging: {file: mdm.log}\n")
    script = (
        "import sys, mdm, mdm.config; from mdm.__main__ import main; main(sys.argv[1:]); print('loguru' in sys.modules)"
    )
    for command, expected in (("config get debug", "False"), ("config set debug true", "True")):
        assert home.python("-c", script, *command.split()).out.split()[-1] == expected


def test_a_killed_change_is_finished_and_told(home: Home) -> None:
    home.write("version: '2.0.0'\n")
    script = (
        "import os; from pathlib import Path; from mdm.core import transaction as t\n"
        "t._finish = lambda *_: os._exit(9)\n"
        "home = Path.home() / '.mdm'\n"
        "t.commit([t.Change(home / 'mdm.yaml', b'version: 2.0.0\\ncli: {page_size: 7}\\n')], folder=home, label='migration')"
    )
    assert home.python("-c", script).code == 9
    result = home.ok("config", "get", "cli.page_size")
    assert (result.out, result.err) == ("7\n", "warning: an interrupted migration was finished\n")
    assert home.ok("config", "get", "cli.page_size").err == ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("mdm config mig", {"migrate"}, id="command"),
        pytest.param("mdm config get performance.b", {"performance.batch_size"}, id="key"),
        pytest.param("mdm config set database.default_backend d", {"duckdb"}, id="choice"),
        pytest.param("mdm config set debug ", {"true", "false"}, id="bool"),
        pytest.param("mdm config set features.datetime_components year,mi", {"year,minute"}, id="word of a list"),
        pytest.param("mdm config set logging.storage_level n", {"null"}, id="none"),
        pytest.param("mdm config unset performance.batch", {"performance.batch_size"}, id="key to unset"),
        pytest.param("mdm config show dat", {"database", "datasets"}, id="section"),
        pytest.param("mdm doctor --backend du", {"duckdb"}, id="option"),
        pytest.param("mdm --set debug=true config explain deb", {"debug"}, id="after options"),
        pytest.param("mdm config set no.such.setting ", set(), id="unknown"),
        pytest.param("mdm config rollback ", {"backup_20260101_000000"}, id="backup"),
        pytest.param("mdm dataset head ", {"titanic"}, id="dataset"),
    ],
)
def test_completion(home: Home, line: str, expected: set[str]) -> None:
    backup = create_backup(home.folder, environ={}, now=datetime(2026, 1, 1, tzinfo=UTC), reason="test")
    assert backup.name == "backup_20260101_000000"
    home.write("", "datasets/titanic.sqlite")
    environ = {"_MDM_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    done = home.ok(**environ)
    assert expected <= set(done.out.split())
    assert done.err == ""


def test_completion_without_a_home_and_with_a_broken_configuration(home: Home) -> None:
    home.write("version: [")
    for place in (str(home.folder.parent), "/nonexistent"):
        for line in ("mdm config get deb", "mdm dataset head ", "mdm config rollback "):
            words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1), "HOME": place}
            done = home.run(**{"_MDM_COMPLETE": "complete_bash", **words})
            assert (done.code, done.out.strip(), done.err) == (0, "debug" if "get" in line else "", "")


BASH = """
eval "$(_MDM_COMPLETE=source_bash mdm)"
COMP_WORDS=(mdm config set database.default_backend d) COMP_CWORD=4
_mdm_completion mdm
printf '%s\n' "${COMPREPLY[@]}"
"""


def test_completion_in_a_real_bash(home: Home) -> None:
    command = home.here / "mdm"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m mdm "$@"\n')
    command.chmod(0o755)
    environ = home.environ() | {"PATH": f"{home.here}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", BASH], cwd=home.here, env=environ, capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"duckdb\n", b"")


def test_completion_as_zsh_and_fish_ask_for_it(home: Home) -> None:
    line = {"_TYPER_COMPLETE_ARGS": "mdm config set database.default_backend d"}
    assert '"duckdb"' in home.ok(_MDM_COMPLETE="complete_zsh", **line).out
    assert home.ok(_MDM_COMPLETE="complete_fish", _TYPER_COMPLETE_FISH_ACTION="get-args", **line).out == "duckdb\n"
    key = {"_TYPER_COMPLETE_ARGS": "mdm config explain performance.batch_s"}
    assert "Rows in one write batch." in home.ok(_MDM_COMPLETE="complete_zsh", **key).out
