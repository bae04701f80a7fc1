"""What a short command costs as a whole process, beside a bare Python and what others take for the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from .measure import Effort, compared, process, python
from .results import Comparison, Limit

SETTING = "performance.batch_size"
PYDANTIC = """
import os, yaml
from pydantic import BaseModel, Field
class A(BaseModel):
%s
class Config(BaseModel):
    a: A = Field(default_factory=A)
with open(os.environ["FILE"]) as file:
    yaml.load(file, yaml.CSafeLoader)
Config.model_validate({}).a.f1
"""
LEAN = PYDANTIC % "\n".join(f"    f{n}: int = Field(default={n}, ge=0, le=1000000, description='d')" for n in range(82))
SETTINGS = "from pydantic_settings import BaseSettings, YamlConfigSettingsSource\n" + LEAN
LOAD = f"from mdm.config import get_config; get_config().{SETTING}"
DYNACONF = f"from dynaconf import Dynaconf; Dynaconf(settings_files=['settings.toml']).{SETTING}"
OMEGACONF = f"from omegaconf import OmegaConf; OmegaConf.load('.mdm/mdm.yaml').{SETTING}"
HELLO = "import typer; app = typer.Typer(); app.command()(lambda name='x': None); app(['--help'])"


def measured(effort: Effort) -> Iterator[Comparison]:
    home = Path.cwd()
    file = home / ".mdm" / "mdm.yaml"
    file.parent.mkdir()
    file.write_text('version: "2.0.0"\nperformance:\n  batch_size: 500\n')
    Path("settings.toml").write_text("[performance]\nbatch_size = 500\n")
    Path("settings_of.py").write_text("from dynaconf import Dynaconf\ns = Dynaconf(settings_files=['settings.toml'])\n")
    yield commands(home, effort)
    yield reading(file, effort)


def commands(home: Path, effort: Effort) -> Comparison:
    mdm, bare, get = [sys.executable, "-m", "mdm"], "python -c pass", "dynaconf get"
    dynaconf = str(Path(sys.executable).with_name("dynaconf"))
    all_imported = [*mdm, "config", "get", SETTING, "--set", "debug=false"]
    ways = {
        bare: python("pass"),
        "mdm --version": process([*mdm, "--version"]),
        "mdm config get": process([*mdm, "config", "get", SETTING]),
        "mdm config get --set (all is imported)": process(all_imported),
        get: process([dynaconf, "-i", "settings_of.s", "get", SETTING], PYTHONPATH=str(home)),
        "mdm --help": process([*mdm, "--help"]),
        "dynaconf --help": process([dynaconf, "--help"]),
        "Typer alone, --help of an empty command": python(HELLO),
    }
    limits = [
        Limit("mdm --version", 2, bare),
        Limit("mdm config get", 5, bare),
        Limit("mdm config get", 1, get),
        Limit("mdm --help", 18, bare),
    ]
    return compared("a command", ways, effort.rounds(15), bare, limits=limits)


def reading(file: Path, effort: Effort) -> Comparison:
    lean = "Pydantic and YAML alone, 82 settings"
    ways = {
        lean: python(LEAN, FILE=str(file)),
        "MDM": python(LOAD),
        "pydantic-settings, 82 settings": python(SETTINGS, FILE=str(file)),
        "dynaconf": python(DYNACONF),
        "OmegaConf": python(OMEGACONF),
    }
    return compared("import, load, one read", ways, effort.rounds(15), lean, limits=[Limit("MDM", 1.1, lean)])
