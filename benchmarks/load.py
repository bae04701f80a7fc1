"""Reading and writing the configuration in a process that has imported everything, beside what others take.

python benchmarks/load.py
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from measure import calls, compared, report

from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig

FORTY = {
    "database": {
        "default_backend": "duckdb",
        "postgresql_host": "db",
        "postgresql_port": 5433,
        "connection_timeout": 20,
    },
    "performance": {"batch_size": 500, "max_workers": 3, "chunk_size": 5000, "use_arrow": False, "cache_size_mb": 100},
    "logging": {"level": "DEBUG", "console_level": "ERROR"},
    "features": {f"enable_{name}": False for name in ("numeric", "text", "datetime", "custom", "categorical")},
    "datasets": {"categorical_threshold": 30, "text_min_avg_length": 60, "detect_datetime": False},
    "export": {"default_format": "json", "compression": "gzip", "include_metadata": False},
    "cli": {"page_size": 50, "confirm_destructive": False, "show_progress": False},
}
VARIABLES = {
    "PERFORMANCE__MEMORY_LIMIT_MB": "2048", "DATABASE__ECHO_SQL": "true", "EXPORT__COMPRESSION": "zip",
    "CLI__PAGE_SIZE": "10", "LOGGING__LEVEL": "INFO",
}  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        os.environ |= {f"MDM_{name}": value for name, value in VARIABLES.items()}
        file = Path(folder, ".mdm", "mdm.yaml")
        file.parent.mkdir()
        document = yaml.safe_dump({"version": "2.0.0", **FORTY}, sort_keys=False)
        file.write_text(document)
        long = Path(folder, "long.yaml")
        long.write_text(document + "legacy:\n" + "".join(f"  mine{n}: {n}\n" for n in range(1960)))
        large = Path(folder, "large.yaml")
        large.write_text(document + "legacy:\n" + "".join(f"  mine{n}: {'x' * 250}\n" for n in range(20_000)))
        lines = loading_long("load 2,000 lines", long, 7), loading_long("load 5 MB, 20,000 lines", large, 3)
        report("load", [loading(folder, file), *lines, saving(folder, file)])


def loading(folder: str, file: Path) -> Any:
    return compared(
        f"load {len(file.read_text().splitlines())} lines and 5 variables",
        {
            "pydantic-settings": calls(settings_class(file)),
            "mdm, with the origin of each value": calls(lambda: ConfigurationManager().get_config()),
            "dynaconf": calls(dynaconf(file)),
            "C YAML alone": calls(lambda: yaml.load(file.read_text(), yaml.CSafeLoader)),
        },
        "pydantic-settings",
        {"mdm, with the origin of each value": 0.15},
        rounds=25,
    )


def loading_long(what: str, file: Path, rounds: int) -> Any:
    return compared(
        what,
        {
            "C YAML alone": calls(lambda: yaml.load(file.read_text(), yaml.CSafeLoader)),
            "C YAML, nodes with their places": calls(lambda: yaml.compose(file.read_text(), yaml.CSafeLoader)),
            "mdm": calls(lambda: MDMConfig.load_from_file(file)),
        },
        "C YAML alone",
        {"mdm": 1.5},
        rounds=rounds,
    )


def saving(folder: str, file: Path) -> Any:
    make = settings_class(file)
    numbers = iter(range(500, 10**6))

    def theirs() -> None:
        config = make()
        config.performance.batch_size = next(numbers)
        Path(folder, "theirs.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))

    def ours() -> None:
        ConfigurationManager().set("performance.batch_size", next(numbers))

    def edit() -> None:
        from ruamel.yaml import YAML

        tool = YAML()
        tree = tool.load(file)
        tree["performance"]["batch_size"] = next(numbers)
        with Path(folder, "edited.yaml").open("w") as target:
            tool.dump(tree, target)

    ways = {
        "pydantic-settings and PyYAML, not safe": calls(theirs),
        "mdm: locked, flushed, comments kept": calls(ours),
        "ruamel.yaml, nothing checked": calls(edit),
    }
    limits = {"mdm: locked, flushed, comments kept": 0.7}
    return compared("set one value and save", ways, "pydantic-settings and PyYAML, not safe", limits, rounds=11)


def settings_class(file: Path) -> Callable[[], Any]:
    """Return what loads the same settings, of the same types and limits, through pydantic-settings."""
    from pydantic import BaseModel, create_model
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

    sections: dict[str, Any] = {}
    for name in FORTY:
        ours: Any = MDMConfig.model_fields[name].annotation
        fields: dict[str, Any] = {key: (info.annotation, info) for key, info in ours.model_fields.items()}
        section: Any = create_model(name.title(), __base__=BaseModel, **fields)
        sections[name] = (section, section())

    class Settings(BaseSettings):
        model_config = SettingsConfigDict(env_prefix="MDM_", env_nested_delimiter="__", yaml_file=file, extra="ignore")

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return sources["env_settings"], YamlConfigSettingsSource(settings_cls)

    return create_model("Theirs", __base__=Settings, **sections)


def dynaconf(file: Path) -> Callable[[], Any]:
    def load() -> Any:
        from dynaconf import Dynaconf

        return Dynaconf(settings_files=[str(file)], envvar_prefix="MDM").database

    return load


if __name__ == "__main__":
    main()
