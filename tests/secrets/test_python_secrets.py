"""What a program can print by accident: texts of objects, errors, warnings, logs, reports. None of them has a secret."""

from __future__ import annotations

import copy
import json
import pickle
import pprint
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from mdm.config import MDMConfig
from mdm.config.legacy import get_config as legacy_config
from mdm.config.manager import ConfigurationManager
from mdm.config.migrator import ConfigurationMigrator
from mdm.config.models import DatabaseConfig
from mdm.core.metrics import MetricsCollector
from mdm.errors import MdmError
from mdm.testing.comparison import ComparisonTester

from .homes import SAMPLE, Home

NEW = f"""\
version: "2.0.0"
database:
  postgresql_password: "{SAMPLE}"
legacy:
  api: {{key: {SAMPLE}}}
  servers: [{{name: a, token: {SAMPLE}}}]
  store: postgresql://u:{SAMPLE}@h/d
"""
REFERENCE = NEW.replace(f'"{SAMPLE}"', f'"{SAMPLE}${{HOME}}"')
OLD = f"batch_size: 500\ndatabase: {{postgresql: {{password: {SAMPLE}}}}}\napi: {{key: {SAMPLE}}}\n"
BAD = f"""\
database:
  postgresql_password: ["{SAMPLE}"]
  postgresql_pasword: "{SAMPLE}"
  postgresql_port: 0
legacy: {{api: {{key: {SAMPLE}}}}}
performance: {{max_workers: {{password: {SAMPLE}}}}}
"""


@pytest.fixture
def here(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home that this process sees, and nothing of the tester's."""
    monkeypatch.setenv("HOME", str(home.top / "user"))
    monkeypatch.chdir(home.top / "here")
    yield home
    assert list(home.strays()) == []


def texts_of(value: object) -> Iterator[str]:
    yield from (repr(value), str(value), f"{value}", pprint.pformat(value))
    if isinstance(value, BaseModel):
        yield from (value.model_dump_json(), repr(value.model_fields_set), repr(list(value.__repr_args__())))


def parts_of(value: object) -> Iterator[str]:
    """Yield the texts of what debuggers and error trackers unfold."""
    yield from (repr(vars(value)), pprint.pformat(vars(value)))
    if isinstance(value, BaseModel):
        yield repr(value.model_dump())


def configs(home: Home, monkeypatch: pytest.MonkeyPatch, how: str) -> MDMConfig:
    """Return a configuration whose password, at least, is the marker, given in the way that *how* names."""
    given = {
        "variable": ("MDM_DATABASE__POSTGRESQL_PASSWORD", "", SAMPLE),
        "dotenv": ("MDM_ENV_FILE", "env", f"MDM_DATABASE__POSTGRESQL_PASSWORD={SAMPLE}\n"),
        "secret file": ("MDM_SECRETS_DIR", "s/MDM_DATABASE__POSTGRESQL_PASSWORD", SAMPLE),
    }
    if how in given:
        name, file, text = given[how]
        path = home.write(f"given/{file}", text) if file else None
        value = home.marker if path is None else str(path.parent if how == "secret file" else path)
        monkeypatch.setenv(name, value)
    match how:
        case "file" | "reference":
            return MDMConfig.load_from_file(home.write("user/.mdm/mdm.yaml", NEW if how == "file" else REFERENCE))
        case "arguments":
            return MDMConfig(database={"postgresql_password": home.marker}, legacy={"api": {"key": home.marker}})
        case "section":
            return MDMConfig(database=DatabaseConfig(postgresql_password=home.marker))
        case "legacy":
            home.write("user/.mdm/config.yaml", OLD)
            return ConfigurationManager().get_config()
    config = MDMConfig()
    if how == "assigned":
        config.database.postgresql_password = home.marker  # type: ignore[assignment] # text is taken too
    return config


WAYS = ("file", "reference", "variable", "dotenv", "secret file", "arguments", "section", "assigned", "legacy")


@pytest.mark.parametrize("how", WAYS)
def test_a_configuration_as_text(here: Home, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Settings that are kept of the legacy files are masked as commands mask them: by their names."""
    config = configs(here, monkeypatch, how)
    assert config.database.postgresql_password.get_secret_value().startswith(here.marker)
    found = [*texts_of(config), *texts_of(copy.deepcopy(config))]
    assert [text for text in found if here.shows_marker(text)] == []


@pytest.mark.parametrize("how", WAYS)
def test_the_parts_of_a_configuration_as_text(here: Home, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Sections, and what a configuration knows of the sources of its values."""
    config = configs(here, monkeypatch, how)
    state = config.state
    parts = (config.database, config.performance, state, *state.sources, state.reading, state.document)
    found = [text for part in parts for text in texts_of(part)]
    found += [*parts_of(config.database), *parts_of(config.performance)]
    found += [repr(value) for key in config.schema() for value in config.candidates(key)]
    if how not in ("file", "reference", "arguments", "legacy"):  # these have plain values under legacy, as they must
        found += parts_of(config)
    assert [text for text in found if here.shows_marker(text)] == []


@pytest.mark.parametrize("how", WAYS)
def test_variables_without_secrets(here: Home, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    configs(here, monkeypatch, how)
    manager = ConfigurationManager()
    assert not here.shows_marker(repr(manager.export_env_vars()))
    if how in ("file", "variable", "dotenv", "secret file", "legacy"):
        assert here.shows_marker(repr(manager.export_env_vars(include_secrets=True)))


def _assign(home: Home) -> object:
    config = MDMConfig()
    config.database.postgresql_password = [home.marker]  # type: ignore[assignment] # what is tested
    return config


def _load(home: Home) -> object:
    return MDMConfig.load_from_file(home.write("user/.mdm/mdm.yaml", BAD))


def _syntax(text: str) -> Callable[[Home], object]:
    return lambda home: MDMConfig.load_from_file(
        home.write("user/.mdm/mdm.yaml", f"database:\n  postgresql_password: {text}\n")
    )


def _set(key: str, value: Any) -> Callable[[Home], object]:
    def run(home: Home) -> None:
        home.write("user/.mdm/mdm.yaml", NEW)
        ConfigurationManager().set(key, json.loads(home.filled(json.dumps(value))))

    return run


def _legacy(text: str, call: Callable[[], object]) -> Callable[[Home], object]:
    def run(home: Home) -> object:
        home.write("user/.mdm/config.yaml", text)
        return call()

    return run


MISTAKES: dict[str, Callable[[Home], object]] = {
    "list as argument": lambda home: MDMConfig(database={"postgresql_password": [home.marker]}),
    "mapping as argument": lambda home: MDMConfig(database={"postgresql_password": {"is": home.marker}}),
    "bytes as argument": lambda home: DatabaseConfig(postgresql_password=home.marker.encode() + b"\xff"),
    "beside another mistake": lambda home: MDMConfig(
        database={"postgresql_password": home.marker, "postgresql_port": 0}
    ),
    "mistyped argument": lambda home: MDMConfig(database={"postgresql_pasword": home.marker}),
    "section that is text": lambda home: MDMConfig(database=home.marker),
    "legacy that is text": lambda home: MDMConfig(legacy=home.marker),
    "validated": lambda home: MDMConfig.model_validate({"database": {"postgresql_password": [home.marker]}}),
    "validated JSON": lambda home: MDMConfig.model_validate_json(
        f'{{"database": {{"postgresql_password": ["{home.marker}"]}}}}'
    ),
    "validated broken JSON": lambda home: MDMConfig.model_validate_json(
        f'{{"database": {{"postgresql_password": "{home.marker}"'
    ),
    "assigned": _assign,
    "file": _load,
    "undefined alias": _syntax(f"*{SAMPLE}"),
    "unknown tag": _syntax(f"!{SAMPLE} x"),
    "unclosed quote": _syntax(f"'{SAMPLE}"),
    "unset reference": _syntax(f"'{SAMPLE}${{NOT_SET_AT_ALL}}'"),
    "manager, wrong type": _set("database.postgresql_password", [SAMPLE]),
    "manager, mapping": _set("database.postgresql_password", {SAMPLE: SAMPLE}),
    "manager, unknown key": _set("database.postgresql_pasword", SAMPLE),
    "manager, mapping for a number": _set("performance.max_workers", {"password": SAMPLE}),
    "manager, address for a number": _set("performance.max_workers", f"https://u:{SAMPLE}@h"),
    "manager, unset reference": _set("database.postgresql_password", f"{SAMPLE}${{NOT_SET_AT_ALL}}"),
    "legacy system": _legacy(OLD + f"x: *{SAMPLE}\n", legacy_config),
    "legacy manager": _legacy(OLD + "performance: {batch_size: 5}\n", lambda: ConfigurationManager().load()),
    "migrator": _legacy(OLD + "performance: {batch_size: 5}\n", lambda: ConfigurationMigrator().apply()),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_error_holds_no_secret(here: Home, mistake: str) -> None:
    """Not in its text, its parts, its causes, the traceback, or the bytes that another process is sent."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 (Pydantic's own errors are among them)
        MISTAKES[mistake](here)
    error = caught.value
    texts = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    chained: BaseException | None = error
    while chained is not None:
        texts += [repr(chained.args), str(chained)]
        chained = chained.__cause__ or (None if chained.__suppress_context__ else chained.__context__)
    texts += traceback.TracebackException.from_exception(error).format()
    if isinstance(error, MdmError):
        texts.append(pickle.dumps(error).decode("latin-1"))
        texts.append(repr(error.problems))
        assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert [text for text in texts if here.shows_marker(text)] == []


@pytest.mark.parametrize("mistake", ["file", "beside another mistake", "list as argument", "assigned"])
def test_even_the_chain_that_is_not_shown_holds_no_secret(here: Home, mistake: str) -> None:
    """Error trackers walk ``__context__`` also where ``from None`` hides it from the traceback."""
    with pytest.raises(MdmError) as caught:
        MISTAKES[mistake](here)
    chained: BaseException | None = caught.value
    texts = []
    while chained is not None:
        texts += [str(chained), repr(chained)]
        chained = chained.__cause__ or chained.__context__
    assert [text for text in texts if here.shows_marker(text)] == []


@pytest.mark.parametrize(
    "name",
    [
        "MDM_DATABASE_POSTGRESQL_PASSWORD",
        "MDM_DATABASE__POSTGRESQL_PASWORD",
        "MDM_API_KEY",
        "MDM_DATABASE__POSTGRESQL_PASSWORD",
    ],
)
@pytest.mark.parametrize(
    "files", [{"mdm.yaml": NEW}, {"config.yaml": OLD}, {"feature_flags.json": f'{{"api_token": "{SAMPLE}"'}]
)
def test_warnings_and_logs_hold_no_secret(
    here: Home, monkeypatch: pytest.MonkeyPatch, heard: list[str], name: str, files: dict[str, str]
) -> None:
    for file, content in files.items():
        here.write(f"user/.mdm/{file}", content)
    monkeypatch.setenv(name, here.marker)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        manager = ConfigurationManager()
        manager.get_config()
        manager.get("database.postgresql_password")
        manager.set("performance.chunk_size", 2000)
        manager.set("database.postgresql_password", here.marker + "new")
        manager.reload()
        manager.get_config()
        ConfigurationMigrator().analyze_current_config()
    texts = [str(warning.message) + repr(warning) for warning in told]
    texts += heard
    assert [text for text in texts if here.shows_marker(text)] == []


def test_what_the_migrator_returns_holds_no_secret(here: Home) -> None:
    here.write(
        "user/.mdm/config.yaml", OLD + f"postgresql: {{password: {SAMPLE}other}}\nplugins: [[{{token: {SAMPLE}}}]]\n"
    )
    migrator = ConfigurationMigrator()
    config, issues = migrator.migrate_to_new_format()
    shown = [
        repr(migrator),
        repr(migrator.analyse()),
        repr(migrator.plan()),
        repr(migrator.analyze_current_config()),
        repr(issues),
        repr(migrator.validate_migration({"database": {"postgresql": {"password": here.marker}}}, MDMConfig())),
        repr(migrator.perform_migration(dry_run=True)),
        repr(migrator.perform_migration(dry_run=False)),
        repr(config.database),
    ]
    assert [text for text in shown if here.shows_marker(text)] == []


def test_a_comparison_holds_no_secret(here: Home, tmp_path: Path) -> None:
    """What two systems return is compared whole, and kept and shown without the secrets."""
    config = MDMConfig.load_from_file(here.write("user/.mdm/mdm.yaml", NEW))
    other = MDMConfig(database={"postgresql_password": here.marker + "other"})
    results = tmp_path / "results.jsonl"
    tester = ComparisonTester(results)

    def fail() -> None:
        raise ValueError(f"cannot connect to postgresql://u:{here.marker}@h/d")

    pairs: list[tuple[Any, Any]] = [
        (config, other),
        (config.database, other.database),
        (dict(config), dict(other)),
        (config.get("database"), other.get("database")),
        (config.get("api"), None),
        ([{"token": here.marker}], [{"token": "x"}]),
        ({"store": f"https://u:{here.marker}@h"}, {"store": "x"}),
    ]
    for number, (old, new) in enumerate(pairs):
        result = tester.compare(f"pair {number}", lambda old=old: old, lambda new=new: new)
        assert not result.passed
        assert not here.shows_marker(repr(result) + str(result))
    result = tester.compare("errors", fail, lambda: config)
    assert not here.shows_marker(repr(result))
    kept = [results.read_text(encoding="utf-8")]
    tester.to_html(tmp_path / "report.html")
    kept.append(json.dumps(tester.summary()))
    kept += [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")]
    assert len(kept[0].splitlines()) == len(pairs) + 1
    assert [text for text in kept if here.shows_marker(text)] == []


def test_metrics_hold_no_secret(here: Home, tmp_path: Path) -> None:
    """What the configuration counts while it answers, also where the two systems disagree."""
    here.write("user/.mdm/config.yaml", OLD)
    home = here.top / "user" / ".mdm"
    metrics = MetricsCollector(home / "metrics.sqlite", enabled=lambda: True)
    with metrics.timer("config.load"):
        ConfigurationManager().get_config()
    metrics.increment("config.shadow.mismatch", key="database.postgresql_password")
    metrics.flush()
    assert metrics.export(tmp_path / "metrics.json", stored=True)
    assert not here.shows_marker(
        (tmp_path / "metrics.json").read_text(encoding="utf-8") + repr(metrics.summary(stored=True))
    )
