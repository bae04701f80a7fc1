"""The version, shared by the quick answer and the command."""

from __future__ import annotations

from mdm import __version__
from mdm.cli.output import out, out_json


def print_version(*, as_json: bool = False) -> None:
    """Print the version of the program."""
    if as_json:
        out_json({"version": __version__})
    else:
        out(f"mdm {__version__}")
