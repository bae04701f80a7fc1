"""What a short command costs as a whole process, beside a bare Python and what others take for the same.

python benchmarks/start.py
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from measure import compared, process, python, report

SETTINGS = "performance.batch_size"
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
LOAD = "from mdm.config import get_config; get_config().performance.batch_size"
DYNACONF = "from dynaconf import Dynaconf; Dynaconf(settings_files=['settings.toml']).performance.batch_size"
HELLO = "import typer; app = typer.Typer(); app.command()(lambda name='x': None); app(['--help'])"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        os.chdir(folder)
        file = Path(folder, ".mdm", "mdm.yaml")
        file.parent.mkdir()
        file.write_text('version: "2.0.0"\nperformance:\n  batch_size: 500\n')
        Path(folder, "settings.toml").write_text("[performance]\nbatch_size = 500\n")
        Path(folder, "settings_of.py").write_text(
            "from dynaconf import Dynaconf\ns = Dynaconf(settings_files=['settings.toml'])\n"
        )
        bare = python("pass")
        mdm = [sys.executable, "-m", "mdm"]
        dynaconf = [str(Path(sys.executable).with_name("dynaconf")), "-i", "settings_of.s", "get", SETTINGS]
        report(
            "start",
            [
                compared(
                    "a command",
                    {
                        "python -c pass": bare,
                        "mdm --version": process([*mdm, "--version"]),
                        "mdm config get": process([*mdm, "config", "get", SETTINGS]),
                        "mdm config get --set (all is imported)": process(
                            [*mdm, "config", "get", SETTINGS, "--set", "debug=false"]
                        ),
                        "dynaconf get": process(dynaconf, PYTHONPATH=folder),
                        "typer, hello": python(HELLO),
                        "mdm --help": process([*mdm, "--help"]),
                    },
                    "python -c pass",
                    {"mdm --version": 2, "mdm config get": 5, "mdm --help": 18},
                ),
                compared(
                    "import, load, one read",
                    {
                        "Pydantic and YAML, 82 settings": python(LEAN, FILE=str(file)),
                        "mdm.config": python(LOAD),
                        "pydantic-settings": python(
                            "from pydantic_settings import BaseSettings, YamlConfigSettingsSource\n" + LEAN,
                            FILE=str(file),
                        ),
                        "dynaconf": python(DYNACONF),
                    },
                    "Pydantic and YAML, 82 settings",
                    {"mdm.config": 1.1},
                ),
            ],
        )


if __name__ == "__main__":
    main()
