"""The folder that holds the flags and the metrics, which must be found without a configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.core.home import expand

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLES = ("MDM_PATHS__HOME", "MDM_HOME_DIR", "MDM_HOME", "MDM_MDM_HOME", "MDM_BASE_PATH")
"""The variables that name the folder; the first that is set and not empty wins. All but the first are legacy names."""


def store_variable(environ: Mapping[str, str]) -> str:
    """Return the name of the variable that decides where the folder lies."""
    return next((name for name in VARIABLES if environ.get(name)), "HOME")


def store_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder: the one that a variable names, otherwise ``~/.mdm``. It need not exist."""
    variable = store_variable(environ)
    return expand("~/.mdm" if variable == "HOME" else environ[variable], environ)
