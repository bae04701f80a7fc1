"""Where an export goes, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from mdm.errors import Problem, UsageError

if TYPE_CHECKING:
    from mdm.config.models import ExportConfig

Format: TypeAlias = Literal["csv", "parquet", "json"]
Compression: TypeAlias = Literal["none", "gzip", "zip", "zstd"]

_ENDINGS: Final[dict[Format, str]] = {"csv": ".csv", "parquet": ".parquet", "json": ".jsonl"}
_PACKED: Final[dict[Compression, str]] = {"none": "", "gzip": ".gz", "zip": ".zip", "zstd": ".zst"}
_FORMATS: Final = {ending: form for form, ending in _ENDINGS.items()} | {".json": "json", ".ndjson": "json"}
_COMPRESSIONS: Final = {ending: compression for compression, ending in _PACKED.items() if ending}


@dataclass(frozen=True, slots=True)
class Target:
    """A file to write. Parquet is compressed inside, and its name does not tell."""

    path: Path
    format: Format
    compression: Compression

    @property
    def metadata(self) -> Path:
        """The file beside it that describes the dataset."""
        return self.path.with_name(f"{self.path.name}.metadata.json")

    @property
    def member(self) -> str:
        """The name of the file inside an archive."""
        return self.path.stem if self.path.suffix == ".zip" else self.path.name


def target_of(
    name: str, output: Path | None, form: Format | None, compression: Compression | None, settings: ExportConfig
) -> Target:
    """Return where the dataset *name* goes: what is said counts, then what the name of *output* tells, then *settings*.

    Without *output* the file is called like the dataset, in the current folder; a folder is where it goes otherwise.
    """
    _check(form, _ENDINGS, "format")
    _check(compression, _PACKED, "compression")
    file = output if output is not None and not output.is_dir() else None
    told = _told(file.name) if file else (None, None)
    form = form or told[0] or settings.default_format
    compression = compression or told[1] or settings.compression
    if file is None:
        packed = "" if form == "parquet" else _PACKED[compression]
        file = (output or Path()) / f"{name}{_ENDINGS[form]}{packed}"
    return Target(file, form, compression)


def _told(name: str) -> tuple[Format | None, Compression | None]:
    """Return what the name of a file tells: ``rows.csv`` is not compressed, ``rows.parquet`` may be."""
    path = Path(name.lower())
    packed = _COMPRESSIONS.get(path.suffix)
    form = _FORMATS.get(Path(path.stem).suffix if packed else path.suffix)
    return form, packed or (None if form == "parquet" else "none")


def _check(given: str | None, known: dict[Format, str] | dict[Compression, str], what: str) -> None:
    if given is not None and given not in known:
        raise UsageError(Problem(f"unknown {what} {given}", hint=f"there are {', '.join(known)}"))
