"""What a short command imports is what it takes: each limit is what it needs today, and a few more."""

from __future__ import annotations

from pathlib import Path

import pytest

from .counting import modules_of

MAIN = "from mdm.__main__ import main; main(%r)"
HEAVY = {"pydantic", "yaml", "typer", "rich", "loguru", "logging", "asyncio", "polars", "pyarrow", "duckdb", "sqlite3"}


@pytest.mark.parametrize(
    ("code", "most", "never"),
    [
        pytest.param(MAIN % ["--version"], 6, {*HEAVY, "re", "json", "dataclasses", "pathlib"}, id="--version"),
        pytest.param(
            MAIN % ["config", "get", "performance.batch_size"],
            35,
            {*HEAVY, "json", "dataclasses", "pathlib", "mdm.config"},
            id="config get",
        ),
        pytest.param(MAIN % ["--help"], 135, {*HEAVY - {"typer"}, "mdm.config"}, id="--help"),
        pytest.param("import mdm.config", 4, {*HEAVY, "re", "json", "dataclasses", "pathlib"}, id="import mdm.config"),
        pytest.param(
            "from mdm.config import get_config; get_config().database.default_backend",
            245,
            {
                "mdm.config.editing",
                "mdm.config.translation",
                "typer",
                "rich",
                "loguru",
                "asyncio",
                "polars",
                "pyarrow",
                "duckdb",
            },
            id="get_config",
        ),
    ],
)
def test_imports(tmp_path: Path, code: str, most: int, never: set[str]) -> None:
    (tmp_path / ".mdm").mkdir()
    (tmp_path / ".mdm" / "mdm.yaml").write_text('version: "2.0.0"\nperformance:\n  batch_size: 500\n')

    imported = modules_of(code, tmp_path)

    assert not imported & never, sorted(imported & never)
    assert len(imported) <= most, sorted(imported)
