"""A folder of secret files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mdm.config.layers import Finding, Layer, shown_path
from mdm.config.schema import Schema
from mdm.config.sources.base import read_named_file
from mdm.config.sources.environment import EnvSource
from mdm.errors import Problem


@dataclass(frozen=True, slots=True)
class SecretsSource:
    """A folder of secret files, as Docker and Kubernetes mount them: the file's name is the variable's."""

    folder: Path

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the content of each file without its last line end."""
        values: dict[str, str] = {}
        places: dict[str, str] = {}
        try:
            names = sorted(path for path in self.folder.iterdir() if path.name[:4].upper() == "MDM_")
        except OSError as error:
            yield Problem(
                f"cannot be listed: {(error.strerror or 'error').lower()}",
                shown_path(self.folder),
                "MDM_SECRETS_DIR names it",
            )
            return
        for path in names:
            text = read_named_file(path, "MDM_SECRETS_DIR")
            if isinstance(text, Problem):
                yield text
            else:
                values[path.name] = text.removesuffix("\n").removesuffix("\r")
                places[path.name] = shown_path(path)
        yield from EnvSource(values, Layer.SECRETS, Layer.SECRETS, places).read(schema)
