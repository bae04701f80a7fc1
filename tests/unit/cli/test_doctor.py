"""mdm doctor: what it finds, that it changes nothing, shows no secret, and never falls ill itself."""

from __future__ import annotations

import pytest

from mdm.app import Application
from mdm.cli.doctor.finding import Finding, examined
from mdm.errors import FileError, Problem

from .conftest import Home


def findings(home: Home, *arguments: str, **variables: str) -> tuple[int, list[dict[str, str]]]:
    result = home.run("doctor", "--json", *arguments, **variables)
    assert "Traceback" not in result.err
    assert result.json["healthy"] == (result.code == 0)
    return result.code, result.json["findings"]


def test_an_empty_home_is_healthy_and_stays_empty(home: Home) -> None:
    before = home.files()
    code, found = findings(home)
    assert code == 0
    assert {finding["severity"] for finding in found} <= {"ok", "info"}
    assert {finding["check"] for finding in found} == {
        "mdm", "libraries", "extras", "configuration", "folders", "disk", "backend"
    }  # fmt: skip
    assert home.files() == before == {}


CONFIG = """\
version: 2.0.0
database:
  default_backend: postgresql
  postgresql_host: 127.0.0.1
  postgresql_port: 1
  postgresql_password: hunter2
"""


def test_everything_that_is_wrong_is_found_with_what_to_do_and_nothing_is_changed(home: Home) -> None:
    home.write(CONFIG).chmod(0o644)
    home.folder.chmod(0o777)
    (home.folder / ".mdm-transaction").mkdir()
    for left in ("damaged-transaction-1/after", ".mdm.edit-abc.yaml", ".mdm.yaml.999999999.00000000.tmp"):
        home.write("", left)
    before = home.files()
    code, found = findings(home, MDM_BATCH_SIZE="500")
    assert code == 1
    for severity, told, fix in (
        ("error", "cannot connect", "is the server running?"),
        ("warning", "holds a secret, and others can read it", "chmod 600 "),
        ("warning", "others may write there", "chmod go-w "),
        ("warning", "a change was interrupted", "mdm config path"),
        ("warning", "neither finished nor undone", "mdm config rollback"),
        ("warning", "MDM_BATCH_SIZE is deprecated; use MDM_PERFORMANCE__BATCH_SIZE", "mdm config analyze"),
        ("info", "written in an editor and not taken over", "rm "),
        ("info", "holds 1 half-written file;", ""),
    ):
        matching = [f for f in found if f["severity"] == severity and told in f["message"]]
        assert [fix in finding["fix"] for finding in matching] == [True], told
    assert "hunter2" not in str(found)
    assert home.files() == before


@pytest.mark.parametrize(
    ("text", "told", "fix"),
    [
        ("version: 2.0.0\ndebug: perhaps\n", "~/.mdm/mdm.yaml:2:8: debug: perhaps", "log to the console"),
        ("version: 2.0.0\na: [\n", "not valid YAML", "compare the indentation"),
        ("batch_size: 5\n", "performance.batch_size: 5 is below the minimum", "legacy key batch_size"),
    ],
)
def test_what_is_wrong_with_the_configuration(home: Home, text: str, told: str, fix: str) -> None:
    home.write(text)
    code, found = findings(home)
    (error,) = [finding for finding in found if finding["severity"] == "error"]
    assert (code, error["check"]) == (1, "configuration")
    assert told in error["message"]
    assert fix in error["fix"]


def test_a_file_where_the_folder_is_to_be(home: Home) -> None:
    home.folder.write_text("")
    code, found = findings(home)
    assert code == 1
    assert any("cannot be a folder" in finding["message"] and "mv " in finding["fix"] for finding in found)


def test_for_people(home: Home) -> None:
    home.write("version: 2.0.0\ndebug: perhaps\n")
    result = home.run("doctor")
    assert result.code == 1
    lines = result.out.splitlines()
    assert lines[0].startswith("ok       mdm: 2.0.0, Python 3.")
    assert lines[-1] == "1 error, 0 warnings"


def test_a_check_that_fails_is_a_finding() -> None:
    def falls_ill(app: Application) -> list[Finding]:
        raise RuntimeError("postgresql://me:hunter2@host")

    def refused(app: Application) -> list[Finding]:
        raise FileError(Problem("cannot read", "here", "look"))

    app = Application()
    assert list(examined("x", falls_ill, app)) == [  # type: ignore[arg-type]
        Finding("x", "error", "cannot be examined: RuntimeError", "please report it")
    ]
    assert list(examined("x", refused, app)) == [Finding("x", "error", "here: cannot read", "look")]  # type: ignore[arg-type]
