"""From paths to a source: which format, which files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from mdm.core.file_errors import file_error
from mdm.dataset.reading.compression import inner_name, must_be_file
from mdm.dataset.reading.csv_source import open_csv
from mdm.dataset.reading.excel import open_excel
from mdm.dataset.reading.json_source import open_json
from mdm.dataset.reading.parquet import open_parquet
from mdm.dataset.reading.parts import competition, of_parts, with_splits
from mdm.dataset.reading.rejects import Rejects
from mdm.dataset.reading.source import ReadingOptions, Source
from mdm.errors import FileError, Problem, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdm.config.models import PerformanceConfig

Open: TypeAlias = "Callable[[Path, PerformanceConfig, ReadingOptions, Rejects], Source]"

FORMATS: Final[dict[str, Open]] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data"), open_csv),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), open_json),
    **dict.fromkeys((".parquet", ".pq", ".parq"), open_parquet),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"), open_excel),
}
"""How a file is opened, by the end of its name; compressed files go by the name of what they hold."""

_PACKED = (".gz", ".bz2", ".zst", ".zstd", ".zip")


def open_source(
    paths: Path | str | Sequence[Path | str], performance: PerformanceConfig, options: ReadingOptions | None = None
) -> Source:
    """Open a file, several files with the same columns, or the files or the folder of a competition, as one table.

    In a competition (a file ``train`` with ``test`` or ``sample_submission``) the column ``mdm_split`` tells the rows
    apart. Nothing is read but what is needed to know the columns. Raises :class:`~mdm.errors.FileError` for what cannot
    be read, :class:`~mdm.errors.UsageError` for a format that is not known.
    """
    options = options or ReadingOptions()
    opener = _Opener(performance, options, Rejects(options.on_bad_row == "skip", options.rejects))
    given = [Path(each) for each in ([paths] if isinstance(paths, Path | str) else paths)]
    files = [file for path in given for file in (_inside(path) if path.is_dir() else [path])]
    if not files:
        raise UsageError(Problem("no file is given", hint="name a file or a folder"))
    found = competition(files)
    if found is not None:
        test, sample = (opener.open(path) if path else None for path in (found.test, found.sample))
        return with_splits(opener.open(found.train), test, sample)
    sources = [opener.open(file) for file in files]
    return sources[0] if len(sources) == 1 else of_parts(sources)


@dataclass(frozen=True, slots=True)
class _Opener:
    """Opens the files of one table: bad rows of all of them go to one place."""

    performance: PerformanceConfig
    options: ReadingOptions
    rejects: Rejects

    def open(self, path: Path) -> Source:
        must_be_file(path)
        reader = FORMATS.get(Path(inner_name(path)).suffix.lower())
        if reader is None:
            hint = f"names end in {', '.join(FORMATS)}, or one of these and .gz, .bz2, .zst, .zip"
            raise UsageError(Problem("unknown format", str(path), hint))
        return reader(path, self.performance, self.options, self.rejects)


def _inside(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise file_error(error, folder, "read") from error
    known = [path for path in files if path.suffix.lower() in {*FORMATS, *_PACKED}]
    if not known:
        raise FileError(Problem("holds no file of a known format", str(folder), f"known are {', '.join(FORMATS)}"))
    return known
