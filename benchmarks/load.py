"""Reading and writing the configuration in a process that has imported everything, beside what others take."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig

from .measure import Effort, calls, compared
from .results import Comparison, Limit

FORTY = {
    "database": {
        "default_backend": "duckdb",
        "postgresql_host": "db",
        "postgresql_port": 5433,
        "postgresql_pool_size": 4,
        "duckdb_threads": 2,
        "echo_sql": False,
        "connection_timeout": 20,
    },
    "performance": {
        "batch_size": 500,
        "max_workers": 3,
        "chunk_size": 5000,
        "use_arrow": False,
        "cache_size_mb": 100,
        "memory_limit_mb": 512,
        "compression_level": 3,
    },
    "logging": {"level": "DEBUG", "console_level": "ERROR", "max_file_size": "5 MB"},
    "features": {f"enable_{name}": False for name in ("numeric", "text", "datetime", "custom", "categorical")},
    "datasets": {"categorical_threshold": 30, "text_min_avg_length": 60, "detect_datetime": False},
    "export": {"default_format": "json", "compression": "gzip", "include_metadata": False},
    "cli": {"page_size": 50, "confirm_destructive": False, "show_progress": False},
    "debug": False,
}
VARIABLES = {
    "PERFORMANCE__MEMORY_LIMIT_MB": "2048", "DATABASE__ECHO_SQL": "true", "EXPORT__COMPRESSION": "zip",
    "CLI__PAGE_SIZE": "10", "LOGGING__LEVEL": "INFO",
}  # fmt: skip
SETTINGS, YAML = "pydantic-settings", "C YAML alone"


def measured(effort: Effort) -> Iterator[Comparison]:
    os.environ |= {f"MDM_{name}": value for name, value in VARIABLES.items()}
    os.environ["OMEGACONF_MAX_YAML_EXPANDED_NODES"] = "none"  # else it reads 10,000
    file = Path.cwd() / ".mdm" / "mdm.yaml"
    file.parent.mkdir()
    document = yaml.safe_dump({"version": "2.0.0", **FORTY}, sort_keys=False)
    file.write_text(document)
    yield loading(file, effort.rounds(50))
    long, large = Path.cwd() / "long.yaml", Path.cwd() / "large.yaml"
    entries = effort.size(20_000)
    long.write_text(document + "legacy:\n" + "".join(f"  mine{n}: {n}\n" for n in range(1960)))
    large.write_text(document + "legacy:\n" + "".join(f"  mine{n}: {'x' * 250}\n" for n in range(entries)))
    yield loading_long("load 2,000 lines", long, effort.rounds(15))
    yield loading_long(f"load {large.stat().st_size / 1e6:.1f} MB, {entries:,} lines", large, effort.rounds(3))
    yield saving(file, effort.rounds(25))


def loading(file: Path, rounds: int) -> Comparison:
    ours = "MDM, with the origin of each value"
    ways = {
        SETTINGS: calls(settings_class(file)),
        ours: calls(lambda: ConfigurationManager().get_config()),
        "dynaconf": calls(dynaconf(file)),
        "OmegaConf, without variables": calls(omegaconf(file)),
        YAML: calls(lambda: yaml.load(file.read_text(), yaml.CSafeLoader)),
    }
    lines = len(file.read_text().splitlines())
    limits = [Limit(ours, 0.15, SETTINGS)]
    return compared(f"load {lines} lines and 5 variables", ways, rounds, SETTINGS, limits=limits)


def loading_long(what: str, file: Path, rounds: int) -> Comparison:
    ways = {
        YAML: calls(lambda: yaml.load(file.read_text(), yaml.CSafeLoader)),
        "C YAML, nodes with their places": calls(lambda: yaml.compose(file.read_text(), yaml.CSafeLoader)),
        "MDM": calls(lambda: MDMConfig.load_from_file(file)),
        "ruamel.yaml": calls(ruamel(file)),
        "OmegaConf": calls(omegaconf(file)),
        "dynaconf": calls(dynaconf(file)),
    }
    return compared(what, ways, rounds, YAML, limits=[Limit("MDM", 1.5, YAML)])


def saving(file: Path, rounds: int) -> Comparison:
    make = settings_class(file)
    numbers = iter(range(500, 10**6))

    def theirs() -> None:
        config = make()
        config.performance.batch_size = next(numbers)
        Path("theirs.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))

    def ours() -> None:
        ConfigurationManager().set("performance.batch_size", next(numbers))

    def edit() -> None:
        from ruamel.yaml import YAML

        tool = YAML()
        tree = tool.load(file)
        tree["performance"]["batch_size"] = next(numbers)
        with Path("edited.yaml").open("w") as target:
            tool.dump(tree, target)

    plain, safe = "pydantic-settings and PyYAML, not safe", "MDM: locked, flushed, comments kept"
    ways = {plain: calls(theirs), safe: calls(ours), "ruamel.yaml, nothing checked": calls(edit)}
    return compared("set one value and save", ways, rounds, plain, limits=[Limit(safe, 0.7, plain)])


def settings_class(file: Path) -> Callable[[], Any]:
    """Return what loads the same settings, of the same types and limits, through pydantic-settings."""
    made: list[Any] = []

    def load() -> Any:
        if not made:
            made.append(_settings_class(file))
        return made[0]()

    return load


def _settings_class(file: Path) -> Any:
    from pydantic import BaseModel, create_model
    from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, YamlConfigSettingsSource

    sections: dict[str, Any] = {}
    for name in (name for name, values in FORTY.items() if isinstance(values, dict)):
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


def omegaconf(file: Path) -> Callable[[], Any]:
    def load() -> Any:
        from omegaconf import OmegaConf

        return OmegaConf.load(file).database

    return load


def ruamel(file: Path) -> Callable[[], Any]:
    def load() -> Any:
        from ruamel.yaml import YAML

        return YAML().load(file)

    return load
