"""The schema for tools: what MDM accepts it accepts, what MDM refuses it refuses, as a tool of another maker sees it."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check_jsonschema

from mdm.__main__ import main
from mdm.config.json_schema import json_schema, schema_text
from mdm.config.models import MDMConfig

from .conftest import Home

GOOD = """\
version: "2.0.0"
version: 2.0
database:
database: {default_backend: duckdb, sqlite_cache_size: 0, duckdb_threads: null, duckdb_memory_limit: 1.5GiB}
database: {postgresql_port: "${PORT:-5432}", postgresql_password: 123456, default_backend: "${BACKEND:-sqlite}"}
performance: {batch_size: 100, max_workers: 32, feature_n_jobs: -1, use_arrow: false}
logging: {level: debug, console_level: Error, storage_level: null, file: ~/mdm.log, max_file_size: 512 kb, retention: 3 files}
logging: {format: json, rotation: "12:30"}
paths: {home: ~/data, datasets_path: "${paths.home}/sets"}
features: {numeric_aggregations: [mean, std], text_ngram_range: [1, 2], categorical_min_frequency: 0.5}
refactoring: {features_rollout_percentage: 100}
legacy: {api: {port: 1, "a.b": [1]}}
legacy:
debug: "${DEBUG:-true}"
""".splitlines()

BAD = """\
database: {default_backend: oracle}
database: {postgresql_port: 70000}
database: {duckdb_threads: 0}
database: {duckdb_memory_limit: much}
database: {defualt_backend: sqlite}
databases: {}
performance: {batch_size: 99}
performance: {batch_size: many}
performance: {batch_size: null}
performance: {use_arrow: [true]}
logging: {level: LOUD}
features: {numeric_aggregations: [mode]}
features: {text_ngram_range: [1]}
features: {categorical_min_frequency: 1.5}
legacy: [1]
debug: perhaps
batch_size: 500
""".splitlines()


def checked(folder: Path, files: list[Path]) -> set[str]:
    """Return the names of the files that the other tool refuses."""
    schema = folder / "mdm.schema.json"
    schema.write_text(schema_text())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        check_jsonschema(["--schemafile", str(schema), "-o", "json", *map(str, files)], standalone_mode=False)
    report: dict[str, Any] = json.loads(printed.getvalue())
    assert not report.get("parse_errors")
    return {Path(error["filename"]).name for error in report.get("errors", ())}


def written(home: Home, texts: list[str]) -> list[Path]:
    return [
        home.write(text if "version" in text else f"version: '2.0.0'\n{text}\n", f"{n}.yaml")
        for n, text in enumerate(texts)
    ]


def test_it_is_a_schema(home: Home) -> None:
    schema = home.write(schema_text(), "mdm.schema.json")
    assert not check_jsonschema(["--check-metaschema", str(schema)], standalone_mode=False)


def test_what_is_accepted(home: Home) -> None:
    files = written(home, GOOD)
    for file in files:
        MDMConfig.load_from_file(file)
    assert checked(home.folder, files) == set()


def test_what_is_refused(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    files = written(home, BAD)
    assert {file.name for file in files if main(["config", "validate", str(file)]) == 2} == {
        file.name for file in files
    }
    assert checked(home.folder, files) == {file.name for file in files}


def test_what_init_writes_with_every_default_is_accepted(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "init"]) == 0
    text = home.file.read_text()
    assert re.search(r"^# yaml-language-server: \$schema=(.*)$", text, re.MULTILINE)[1] == "mdm.schema.json"  # type: ignore[index]
    assert json.loads((home.folder / "mdm.schema.json").read_text()) == json_schema()
    settings = re.sub(r"(?m)^# ((?:  )?[a-z_]+:.*)$", r"\1", text)
    every = home.write(settings, "every.yaml")
    assert checked(home.folder, [home.file, every]) == set()
    config = MDMConfig.load_from_file(every)
    assert config == MDMConfig()
    left_out = [key for key in MDMConfig.schema() if not config.candidates(key)]
    assert left_out == ["legacy"]


def test_every_setting_says_what_it_is_and_what_it_is_without_being_set() -> None:
    schema = json_schema()
    for key, setting in MDMConfig.schema().items():
        section, _, name = key.rpartition(".")
        found = schema["$defs"][f"{type(getattr(MDMConfig(), section)).__name__}"] if section else schema
        assert found["properties"][name]["description"] == setting.description
        assert "default" in found["properties"][name] or key == "legacy"


def test_the_reference_has_every_setting_and_section(capsys: pytest.CaptureFixture[str], home: Home) -> None:
    assert main(["config", "reference"]) == 0
    text = capsys.readouterr().out
    for key, setting in MDMConfig.schema().items():
        (row,) = [line for line in text.splitlines() if line.startswith(f"| `{key}` |")]
        assert len(re.findall(r"(?<!\\)\|", row)) == 6
        assert setting.env_name in row
        assert setting.description in row
