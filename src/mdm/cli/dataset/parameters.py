"""What the commands for datasets share: arguments, how a shell completes them, and what they work on."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mdm.app import Application
from mdm.cli.parameters import application
from mdm.cli.render import progress_until
from mdm.cli.reporting import warn_of
from mdm.config.models import Backend
from mdm.config.selection import chosen_file
from mdm.core.url import Url
from mdm.errors import MdmError, Problem, UsageError

if TYPE_CHECKING:
    from mdm.client import Client


@contextmanager
def client_of(ctx: typer.Context, *, as_json: bool = False) -> "Iterator[Client]":
    """Give the datasets of this run's configuration; raises MissingExtraError where a package is not installed.

    Long work shows how far it is where a person looks on, unless ``cli.show_progress`` is off or JSON is wanted.
    """
    active = application(ctx).load()
    warn_of(active.notices)
    from mdm.client import Client

    looked_on = sys.stderr.isatty() and active.config.cli.show_progress and not as_json
    with ExitStack() as bars, Client(active.config, progress_until(bars) if looked_on else None) as client:
        yield client


def complete_dataset(incomplete: str) -> list[str]:
    """Return the datasets in files whose name begins so; no server is asked while somebody types."""
    from mdm.storage.files import SUFFIXES, DatasetFiles

    try:
        app = Application()
        if isinstance(chosen_file(app.around), Url):
            return []
        folder = app.load().config.paths.datasets_path
        names = [name for suffix in SUFFIXES for name in DatasetFiles(folder, suffix, 0).names()]
    except MdmError:
        return []
    return sorted(name for name in names if name.startswith(incomplete))


def pairs_of(texts: list[str], option: str, example: str) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a mapping; raises UsageError, naming *option*, for the others."""
    split = [text.rpartition("=") for text in texts]
    problems = [
        Problem(f"{text!r} is not NAME=VALUE", option, f"write for example {option} {example}")
        for text, (name, _, value) in zip(texts, split, strict=True)
        if not name or not value
    ]
    if problems:
        raise UsageError(*problems)
    return {name: value for name, _, value in split}


Name = Annotated[str, typer.Argument(metavar="NAME", help="A dataset.", autocompletion=complete_dataset)]
InBackend = Annotated[
    Backend | None,
    typer.Option("--backend", help="Look there alone; otherwise in files, then in PostgreSQL where it is the default."),
]
Rows = Annotated[
    int | None, typer.Option("--rows", min=0, metavar="N", help="At most so many rows; cli.page_size in a table.")
]
Target = Annotated[str | None, typer.Option("--target", metavar="COLUMN", help="The column to predict; '' for none.")]
ProblemType = Annotated[
    str | None, typer.Option("--problem-type", metavar="KIND", help="binary, multiclass, regression or none.")
]
Identifiers = Annotated[
    list[str] | None, typer.Option("--id", metavar="COLUMN", help="A column that names rows; repeatable.")
]
OnBadRow = Annotated[
    Literal["error", "skip"],
    typer.Option("--on-bad-row", help="Stop at a bad row, or leave it out and keep it in NAME.rejects.jsonl."),
]
