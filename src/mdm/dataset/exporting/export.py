"""Writes a dataset into a file: the whole of it, or the file that was there before stays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdm.core.files import write_atomic, write_atomic_from
from mdm.core.log import log
from mdm.dataset.exporting.compressing import compressed
from mdm.dataset.exporting.formats import write_csv, write_json, write_parquet
from mdm.dataset.reading import checksum

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    import pyarrow as pa

    from mdm.dataset.exporting.target import Target
    from mdm.storage.info import DatasetInfo


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: the file, the description beside it (if any), and how many bytes the file has."""

    target: Target
    metadata: Path | None
    size: int


def export(rows: pa.RecordBatchReader, target: Target, level: int, info: DatasetInfo | None = None) -> Exported:
    """Write *rows*, batch by batch, compressed at *level*, and *info* beside them where it is given.

    Raises FileError where the file cannot be written, UsageError where the format has no such values.
    """
    write_atomic_from(target.path, lambda file: _write(rows, target, level, file))
    size = target.path.stat().st_size
    if info is not None:
        write_atomic(target.metadata, _description(info, target, size).encode())
    log("INFO", "exported {file}: {size} bytes", file=target.path, size=size)
    return Exported(target, target.metadata if info is not None else None, size)


def _write(rows: pa.RecordBatchReader, target: Target, level: int, file: BinaryIO) -> None:
    if target.format == "parquet":
        write_parquet(rows, file, target.compression, level)
        return
    write = write_csv if target.format == "csv" else write_json
    with compressed(file, target.compression, level, target.member) as packed:
        write(rows, packed)


def _description(info: DatasetInfo, target: Target, size: int) -> str:
    written = {
        "file": target.path.name,
        "format": target.format,
        "compression": target.compression,
        "size": size,
        "checksum": f"sha256:{checksum((target.path,))}",
    }
    return json.dumps({"export": written, "dataset": json.loads(info.to_json())}, ensure_ascii=False, indent=2) + "\n"
