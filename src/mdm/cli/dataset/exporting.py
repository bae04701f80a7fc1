"""Writing datasets into files for other programs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from mdm.cli.asking import agreed
from mdm.cli.dataset.parameters import InBackend, Name, client_of
from mdm.cli.dataset.showing import shown_size
from mdm.cli.output import out, out_json
from mdm.cli.parameters import Json, Yes, application
from mdm.config.layers import shown_path
from mdm.errors import FileError


def export(
    ctx: typer.Context,
    name: Name,
    form: Annotated[
        Literal["csv", "parquet", "json"] | None,
        typer.Option("--format", help="json is an object a line; export.default_format unless given."),
    ] = None,
    compression: Annotated[
        Literal["none", "gzip", "zip", "zstd"] | None,
        typer.Option("--compression", help="Parquet is compressed inside; export.compression unless given."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="PATH", help="A folder, or a file whose name tells the format: rows.csv.gz."),
    ] = None,
    table: Annotated[
        str, typer.Option("--table", metavar="TABLE", help="Which table: data, or features where they were made.")
    ] = "data",
    metadata: Annotated[
        bool | None,
        typer.Option("--metadata/--no-metadata", help="Describe it in a file beside; or export.include_metadata."),
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="NAME", help="The rows of one part alone: train, test, fold1 ...")
    ] = None,
    backend: InBackend = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Write a dataset into a file: the whole of it, or the file that was there before stays.

    \b
    Example:
      mdm dataset export titanic --output titanic.csv.gz
      mdm dataset export titanic --format parquet --compression zstd
      mdm dataset export titanic --table features --output features.parquet
    """
    with client_of(ctx, as_json=as_json) as client:
        target = client.export_target(name, output, form, compression, part)
        question = f"replace {shown_path(target.path.absolute())}?"
        if target.path.exists() and not agreed(application(ctx), question, yes=yes):
            raise FileError("nothing was exported")
        done = client.export(
            name, output, form, compression, table=table, metadata=metadata, backend=backend, part=part
        )
    beside = str(done.metadata) if done.metadata else None
    if as_json:
        about = {"format": target.format, "compression": target.compression, "size": done.size}
        out_json({"file": str(target.path), "metadata": beside, **about})
        return
    out(f"written: {target.path} ({shown_size(done.size)})")
    if beside:
        out(f"written: {beside}")
