"""Python code: what becomes of each habit, and the law that the code gives the values that it gave."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mdm.config
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import MDMConfig
from mdm.config.rules import RULES
from mdm.config.rules.rule import LegacyKey
from mdm.config.schema import Kind
from mdm.config.selection import Surroundings
from mdm.config.systems import load_legacy, load_new
from mdm.errors import UsageError
from mdm.rewriting.code import parse, reading
from mdm.rewriting.code.settings import NoAttributeError, attribute_of
from mdm.rewriting.deciding import Decided, decide
from mdm.rewriting.occurrences import Source

HEAD = "from mdm.config import get_config\nconfig = get_config()\n"
SCHEMA = MDMConfig.schema()


def decided(text: str) -> Decided:
    source = Source(Path("a.py"), text, text.encode())
    return decide([(source, parse(source))])[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('get_config().get("database", {}).get("backend", "sqlite")', "get_config().database.default_backend", id="chain"),
        pytest.param('config["database"]["sqlite"]["cache_size"]', "config.database.sqlite_cache_size", id="subscripts"),
        pytest.param('config.get("batch_size")  # rows', "config.performance.batch_size  # rows", id="no default"),
        pytest.param('f"{config[\'log_level\']!r}"', 'f"{config.logging.level!r}"', id="f-string"),
        pytest.param('[config["batch_size"] for _ in "ab"]', '[config.performance.batch_size for _ in "ab"]', id="comprehension"),
        pytest.param('(c := get_config()).get("debug"), c["debug"]', "(c := get_config()).debug, c.debug", id="walrus"),
        pytest.param('db = config["database"]; db.get("backend"); db["sqlite"]["journal_mode"]', "db = config.database; db.default_backend; db.sqlite_journal_mode", id="section"),
        pytest.param('db = config["database"]; pg = db.get("postgresql", {}); pg["port"], db["backend"]', "db = config.database; pg = db; pg.postgresql_port, db.default_backend", id="section of a section"),
        pytest.param('x = config.get("performance", {}); x["batch_size"], x.get("n_jobs"), x["show_progress"]', "x = config; x.performance.batch_size, x.performance.feature_n_jobs, x.cli.show_progress", id="section of several"),
        pytest.param('def f(c=get_config()):\n    return c["debug"]', "def f(c=get_config()):\n    return c.debug", id="parameter"),
        pytest.param("class A:\n    def __init__(self): self.c = config\n    def f(self): return self.c['debug']", "class A:\n    def __init__(self): self.c = config\n    def f(self): return self.c.debug", id="attribute"),
        pytest.param('import mdm.config as m; m.get_config()["debug"]', "import mdm.config as m; m.get_config().debug", id="module"),
        pytest.param('from mdm.config.manager import get_config as g\ng()["debug"]', "from mdm.config.manager import get_config as g\ng().debug", id="alias"),
        pytest.param('config["logging"]["max_bytes"]', "config.logging.max_file_size.bytes", id="unit"),
        pytest.param('config["postgresql"]["password"]', "config.database.postgresql_password.get_secret_value()", id="secret"),
        pytest.param('config.get("performance", {}).get("max_workers", 5)', "config.performance.max_workers", id="default of 1.x"),
        pytest.param('(\n    config\n    .get("database", {})\n    .get("backend")\n)', "(\n    config\n    .database.default_backend\n)", id="over lines"),
    ],
)  # fmt: skip
def test_rewritten(before: str, after: str) -> None:
    assert decided(HEAD + before).after == HEAD + after
    assert decided(HEAD + after).after == HEAD + after


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('config.get("batch_size", 7)', id="another default"),
        pytest.param('config.get("max_workers", 4)', id="the new default"),
        pytest.param('config.get("batch_size", SIZE)', id="default of a name"),
        pytest.param("config[name]", id="key of a name"),
        pytest.param('config["plugin"]["x"]', id="no counterpart"),
        pytest.param('config["paths"]["datasets_path"]', id="path"),
        pytest.param('config["logging"]["backup_count"]', id="converted"),
        pytest.param('config["feature_engineering"]["enabled_types"]', id="several"),
        pytest.param('"batch_size" in config', id="in"),
        pytest.param('import os\nos.environ["MDM_FEATURES_ENABLED"] = "false"', id="no room for several variables"),
        pytest.param('config["batch_size"] = 5', id="assigned"),
        pytest.param('db = config["database"]; f(db)', id="section passed on"),
        pytest.param('class A:\n    db = config["database"]\n    x = db["backend"]', id="section of a class"),
        pytest.param("f(config)", id="passed on"),
        pytest.param("f(**get_config())", id="unpacked"),
        pytest.param('db = config["database"]; db["nope"]; db["backend"]', id="section, in part"),
        pytest.param(
            'def f(config=None):\n    config = config or get_config()\n    config["debug"]', id="something else"
        ),
        pytest.param('from mdm.config.legacy import get_config as g\ng()["debug"]', id="legacy reader"),
        pytest.param('config["database"][  # why\n    "backend"]', id="comment inside"),
        pytest.param('import os\nos.environ["MDM_LOG_FILE"]', id="variable that is converted"),
        pytest.param("config[", id="broken"),
    ],
)
def test_left_alone_and_listed(code: str) -> None:
    found = decided(HEAD + code)
    assert found.after == HEAD + code
    assert found.listed


@pytest.mark.parametrize(
    "code", ['x = {}\nx.get("batch_size")', 'def get_config(): return {}\nget_config()["debug"]', '# config["debug"]']
)
def test_what_is_not_the_configuration_is_none_of_ours(code: str) -> None:
    found = decided(code)
    assert (found.after, found.listed) == (code, ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('os.environ["MDM_BATCH_SIZE"] = "500"', 'os.environ["MDM_PERFORMANCE__BATCH_SIZE"] = "500"', id="set"),
        pytest.param('os.environ["MDM_BACKEND"] = "SQLite"', 'os.environ["MDM_DATABASE__DEFAULT_BACKEND"] = "sqlite"', id="converted"),
        pytest.param("os.getenv('MDM_BATCH_SIZE', '5')", "os.getenv('MDM_PERFORMANCE__BATCH_SIZE', '5')", id="getenv"),
        pytest.param('dict(os.environ, MDM_BACKEND="SQLite")', 'dict(os.environ, MDM_DATABASE__DEFAULT_BACKEND="sqlite")', id="keyword"),
        pytest.param('"MDM_BATCH_SIZE" in os.environ', '"MDM_PERFORMANCE__BATCH_SIZE" in os.environ', id="in"),
        pytest.param('del os.environ["MDM_BATCH_SIZE"]', 'del os.environ["MDM_PERFORMANCE__BATCH_SIZE"]', id="del"),
        pytest.param('monkeypatch.setenv("MDM_LOG_LEVEL", x)', 'monkeypatch.setenv("MDM_LOGGING__LEVEL", x)', id="setenv"),
        pytest.param('run(env={"MDM_BATCH_SIZE": "5", **os.environ})', 'run(env={"MDM_PERFORMANCE__BATCH_SIZE": "5", **os.environ})', id="env"),
    ],
)  # fmt: skip
def test_variables(before: str, after: str) -> None:
    assert decided(f"import os\n{before}").after == f"import os\n{after}"


# The law -------------------------------------------------------------------------------------------------------------


def _plain_values(key: str) -> st.SearchStrategy[Any]:
    """Return values as the schema spells them."""
    setting = SCHEMA[key]
    low, high = (int(bound) if bound is not None else None for bound in setting.bounds)
    match setting.kind:
        case Kind.BOOL:
            return st.booleans()
        case Kind.NUMBER if "float" in setting.type_name:
            return st.sampled_from([0.0, 0.25, 1.0])
        case Kind.NUMBER:
            return st.integers(low if low is not None else -9999, high if high is not None else 99999)
        case Kind.LIST:
            return st.lists(st.sampled_from(setting.choices), min_size=1, unique=True)
    if key == "logging.max_file_size":
        return st.integers(1, 10**6).map(lambda number: number * 1024)
    return st.sampled_from(setting.choices or (["512MB"] if setting.type_name == "size" else ["name", "päss word"]))


def _paths() -> list[tuple[LegacyKey, str]]:
    found = []
    for rule in RULES:
        try:
            attribute_of(rule.legacy[0])
        except NoAttributeError:
            continue
        if rule.to != ("logging.max_file_size",) or rule.legacy[0] == ("logging", "max_bytes"):
            found.append((rule.legacy[0], rule.to[0]))
    return found


PATHS = _paths()
FORMS: list[Callable[[LegacyKey], str]] = [
    lambda path: "get_config()" + "".join(f"[{name!r}]" for name in path),
    lambda path: "config" + "".join(f".get({name!r}, {{}})" for name in path[:-1]) + f".get({path[-1]!r})",
    lambda path: "f'''{config" + "".join(f'["{name}"]' for name in path) + "!r}'''",
    lambda path: "(lambda c=get_config(): c" + "".join(f"[{name!r}]" for name in path) + ")()",
]


def _program() -> str:
    lines = [HEAD + "found = []"]
    for path, _ in PATHS:
        lines += [f"found.append({form(path)})" for form in FORMS]
        if len(path) > 1:
            lines.append(f"s_{'_'.join(path)} = config[{path[0]!r}]")
            rest = "".join(f"[{name!r}]" for name in path[1:])
            lines.append(f"found.append(s_{'_'.join(path)}{rest})")
    return "\n".join(lines) + "\n"


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """Return legacy settings, each under the first key of its row."""
    tree: dict[str, Any] = {}
    for path, key in draw(st.lists(st.sampled_from(PATHS), unique=True, max_size=12)):
        node = tree
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = draw(_plain_values(key))
    return tree


@contextmanager
def answering(config: MDMConfig) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mdm.config, "get_config", lambda: config, raising=False)
        yield


def run(program: str, config: MDMConfig) -> list[Any]:
    with answering(config):
        names: dict[str, Any] = {}
        exec(compile(program, "program", "exec"), names)
        return [value.text if hasattr(value, "text") else value for value in names["found"]]


BEFORE = _program()
AFTER = decided(BEFORE)


def test_every_read_of_the_program_is_rewritten() -> None:
    assert [place for place in AFTER.listed if not place.renamed] == []
    assert "[" not in AFTER.after.replace("found = []", "")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees())
def test_the_values_are_the_same_under_both_systems(
    tree: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".mdm").mkdir()
    (home / ".mdm" / "config.yaml").write_text(yaml.safe_dump(tree or {"plugin": 1}))
    around = Surroundings({"HOME": str(home)}, home)
    old = load_legacy(around).config
    assert run(AFTER.after, old) == run(BEFORE, old)
    assert ConfigurationMigrator(surroundings=around).perform_migration(dry_run=False)["success"]
    new = load_new(around).config
    assert run(AFTER.after, new) == run(BEFORE, new) == run(BEFORE, old)


def test_secrets_are_not_shown() -> None:
    found = decided(
        HEAD
        + 'config["postgresql"].get("password", "hunter2")\n'
        + 'import os; os.environ["MDM_DATABASE_POSTGRESQL_PASSWORD"] = "hunter2"\n'
    )
    assert found.is_changed
    assert "hunter2" not in "".join([*found.shown, *(place.name + place.message for place in found.listed)])


def test_without_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libcst", None)
    with pytest.raises(UsageError, match=r"ml-data-manager\[codemod\]"):
        decided(HEAD)


@pytest.mark.parametrize("text", ["a" + ".b" * 5000, "a" + "()" * 5000, "1+" * 5000 + "1", "-" * 50000 + "1"])
def test_what_would_end_the_process_is_not_parsed(text: str) -> None:
    assert [place.message for place in decided(text).listed] == ["nested too deeply to be read"]


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.01)
    assert [place.message for place in decided("x = 1\n" * 10_000).listed] == ["not read within 0.01 seconds"]


def test_what_is_deep_and_readable_is_rewritten() -> None:
    text = HEAD + 'x = config["batch_size"]' + " + 1" * 150
    assert decided(text).after == text.replace('["batch_size"]', ".performance.batch_size")
