"""``mdm version``, shared with ``mdm --version``."""

import typer

from mdm import __version__
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json

group = typer.Typer()


def print_version(*, as_json: bool = False) -> None:
    """Print the version of the program."""
    if as_json:
        out_json({"version": __version__})
    else:
        out(f"mdm {__version__}")


@group.command()
def version(as_json: Json = False) -> None:
    """Print the version.

    \b
    Example:
      mdm version --json
    """
    print_version(as_json=as_json)
