"""A dotenv file."""

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
class DotenvSource:
    """A dotenv file: new and legacy variable names, one layer below the environment."""

    path: Path

    def read(self, schema: Schema) -> Iterator[Finding]:
        """Yield the values of the file with their lines; lines that cannot be read are problems."""
        from io import StringIO

        from dotenv.parser import parse_stream

        where = shown_path(self.path)
        text = read_named_file(self.path, "MDM_ENV_FILE")
        if isinstance(text, Problem):
            yield text
            return
        values: dict[str, str] = {}
        places: dict[str, str] = {}
        for binding in parse_stream(StringIO(text)):
            line = binding.original.line + len(binding.original.string) - len(binding.original.string.lstrip("\n"))
            if binding.error:
                yield Problem("not of the form NAME=value", f"{where}:{line}")
            elif binding.key and binding.value is not None:
                values[binding.key] = binding.value
                places[binding.key] = f"{where}:{line}"
        yield from EnvSource(values, Layer.DOTENV, Layer.DOTENV, places).read(schema)
