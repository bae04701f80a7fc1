"""A secret, wherever it stands, right or wrong, is never shown by any command, and never copied elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from .homes import SAMPLE, Home, Plant
from .plants import PLANTS

READING = (
    "analyze",
    "analyze --json",
    "migrate",
    "migrate --json --on-invalid default",
    "validate",
    "validate --json",
    "show --origin",
    "get @KEY@",
    "explain @KEY@ --json",
    "export-env --json",
)
CHANGING = (
    "set performance.chunk_size 2000",
    "set database.postgresql_password @MARK@new",
    "set @KEY@ @VALUE@ --json",
    "edit",
    "switch --legacy",
    "migrate --execute --yes --on-invalid default",
    "diff",
    "status",
    "status --json",
    "finalize --execute --yes --json",
    "switch --new --json",
    "backups verify",
    "rollback --yes",
    "unset @KEY@ --json",
)
# What is much like a command above, or does not depend on values: each plant takes a few in turn.
READING_IN_TURN = (
    "mdm doctor",
    "mdm doctor --json",
    "export-env",
    "export-env --format fish",
    "export-env --format dotenv",
    "export-env --format compose",
    "export-env --format systemd",
    "migrate --env-format fish",
    "migrate --json --new-defaults --env-format dotenv",
    "migrate --env-format compose",
    "migrate --env-format systemd",
    "analyze --summary",
    "validate @FILE@",
    "validate @FILE@ --json",
    "show",
    "show --json",
    "show --origin --json",
    "show @KEY@ --changed",
    "show database --json",
    "get @KEY@ --json",
    "get database",
    "get legacy",
    "get legacy --json",
    "explain @KEY@",
    "explain legacy",
    "explain legacy --json",
    "diff --json",
    "diff @FILE@",
    "diff @FILE@ @FILE@ --json",
    "path",
    "path --all --json",
    "status",
    "status --json",
    "status --html /dev/stdout",
    "finalize",
    "finalize --json --days 0",
    "init --env",
    "init",
    "schema",
    "reference",
    "upgrade",
    "upgrade --json",
    "migrate-env . --json",
)
CHANGING_IN_TURN = (
    "set @KEY@ @VALUE@more",
    "set api.key @MARK@ --json",
    "migrate --execute --yes --json",
    "rollback --yes --json",
    "rollback --dry-run --json",
    "backups list",
    "backups list --json",
    "backups verify --json",
    "unset database.postgresql_password",
    "init --force",
)
ON_TERMINAL = ("show --origin", "analyze", "migrate", "validate", "get @KEY@", "diff", "explain @KEY@", "export-env")

EDITOR = "sed -i -e s/500/600/"
SPOILER = """sh -c 'echo "performance: [" >> "$0"'"""


def lines(home: Home, plant: Plant, commands: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the command lines, with what they are about filled in."""
    files = [name for name in plant.files if name.endswith(("yaml", "settings.json"))]
    words = {
        "@KEY@": plant.key,
        "@FILE@": str(home.top / (files or ["user/.mdm/mdm.yaml"])[0]),
        "@VALUE@": SAMPLE if plant.is_secret_by_name else f"https://u:{SAMPLE}@h/",
        "@VALUE@more": f"{SAMPLE}more" if plant.is_secret_by_name else f"https://u:{SAMPLE}more@h/",
    }
    whole = [
        command.split()[1:] if command.startswith("mdm ") else ["config", *command.split()] for command in commands
    ]
    return [(*plant.options, *(words.get(word, word) for word in line)) for line in whole]


def planted(home: Home, plant: Plant) -> Home:
    """Write the files of *plant*, and set its variables."""
    for name, text in plant.files.items():
        home.write(name, text)
    home.environ.update({name: home.filled(text) for name, text in plant.environ.items()})
    return home


def shown_by(
    home: Home, plant: Plant, commands: Iterable[str], *, terminal: bool = False, **variables: str
) -> Iterator[str]:
    """Run *commands*, and yield what each shows of the marker, or how it fails."""
    wanted = lines(home, plant, commands)
    results = home.run_all(wanted, variables, terminal=terminal)
    for line, result in zip(wanted, results, strict=True):
        command = " ".join(line[len(plant.options) :]).replace(str(home.top), "")
        for text in (*result.out.splitlines(), *result.err.splitlines()):
            if home.shows_marker(text):
                yield f"{command} prints {text}"
        if result.code not in (0, 1, 2) or "error: unexpected" in result.err:
            yield f"{command} fails with {result.code}: {result.err[-500:]}"
    yield from (f"one of them writes {name}" for name in home.strays())


def numbered(plants: Iterable[Plant]) -> list[Any]:
    params = []
    for at, plant in enumerate(plants):
        marks = pytest.mark.xfail(reason=plant.known_defect) if plant.known_defect else ()
        name = plant.name.replace(SAMPLE, "X").replace("@TOP@", "")
        params.append(pytest.param(at, plant, marks=marks, id=name))
    return params


def some(commands: tuple[str, ...], at: int, count: int) -> list[str]:
    """Return *count* of the commands, others for each *at*."""
    return [commands[(at * count + offset) % len(commands)] for offset in range(count)]


@pytest.mark.parametrize(("at", "plant"), numbered(PLANTS))
def test_no_command_shows_a_planted_secret(home: Home, at: int, plant: Plant) -> None:
    planted(home, plant)
    log = str(home.top / "mdm.log")
    found = [
        *shown_by(home, plant, (*READING, *some(READING_IN_TURN, at, 4)), MDM_DEBUG="true"),
        *(shown_by(home, plant, some(ON_TERMINAL, at // 4, 1), terminal=True) if at % 4 == 0 else ()),
        *(shown_by(home, plant, ["edit"], VISUAL=SPOILER) if at % 4 == 1 else ()),
        *shown_by(
            home,
            plant,
            (*CHANGING, *some(CHANGING_IN_TURN, at, 2)),
            EDITOR=EDITOR,
            MDM_DEBUG="true",
            MDM_LOGGING__FILE=log,
            MDM_LOGGING__LEVEL="DEBUG",
        ),
    ]
    assert not found, "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("form", ["json", "{time} {message} {extra} {exception}"])
def test_nothing_that_is_recorded_holds_a_secret(home: Home, form: str) -> None:
    """The log at its most talkative, statements and a profile included, of commands that work and that fail."""
    home.write("here/rows.csv", "a,b\n1,x\n2,y\n")
    home.environ.update(
        MDM_LOGGING__FILE=str(home.top / "mdm.log"),
        MDM_LOGGING__LEVEL="DEBUG",
        MDM_LOGGING__FORMAT=form,
        MDM_DATABASE__ECHO_SQL="true",
        MDM_DATABASE__POSTGRESQL_PASSWORD=home.marker,
        MDM_DATABASE__POSTGRESQL_HOST="127.0.0.1",
        MDM_DATABASE__POSTGRESQL_PORT="1",
        MDM_PERFORMANCE__ENABLE_PROFILING="true",
        MDM_DEBUG="true",
    )
    query = f"SELECT a FROM data WHERE b <> 'postgresql://u:{home.marker}@h/d'"
    commands = (
        ("dataset", "register", "rows", "rows.csv"),
        ("dataset", "sql", "rows", query),
        ("dataset", "list", "--backend", "postgresql"),
        ("config", "set", "database.postgresql_password", f"{home.marker}new"),
        ("config", "get", "database.postgresql_password"),
    )
    results = home.run_all(commands)
    assert [result.code for result in results] == [0, 0, 1, 0, 0], results
    assert [result for result in results if home.shows_marker(result.out + result.err)] == []
    assert list(home.strays()) == []
    log = (home.top / "mdm.log").read_text(encoding="utf-8")
    assert all(text in log for text in ("WHERE b <>", "changed in", "cannot connect", "exit code 1"))
