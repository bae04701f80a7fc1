"""A scratch home below which a marker is planted, and the search for it in everything that a command leaves."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from .running import Order, Result, Server

SAMPLE = "@MARK@"
"""What stands for the marker in the text of a plant."""

# Files that may hold what the user wrote into them: configuration, its copies in backups, what was given on purpose, and
# what came from an editor and was not valid.
_OWN = re.compile(
    r"(user/\.mdm/(config_backups/[^/]+/)?|here/)"
    r"(\.?mdm\.yaml|config\.yaml|settings\.json|feature_flags\.json(\.damaged-\w+)?|\.[\w.]+\.edit-\w+\.(yaml|json))"
    r"|given/.*"
)


@dataclass(frozen=True)
class Plant:
    """Where a secret stands: *files* below the scratch folder, variables, and options of the command line.

    *key* is the setting that holds it, as the user would ask for it.
    """

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    key: str = "database.postgresql_password"
    known_defect: str = ""

    @property
    def is_secret_by_name(self) -> bool:
        """Whether *key* says that its value is a secret, whatever it looks like."""
        return any(word in self.key for word in ("password", "token", "secret", "key", "credentials"))


@dataclass(frozen=True)
class Home:
    """A scratch folder: ``user`` is the home, ``here`` the current folder; *marker* is this test's secret."""

    top: Path
    server: Server
    marker: str
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.top / "user" / ".mdm"

    @property
    def file(self) -> Path:
        return self.folder / "mdm.yaml"

    def filled(self, text: str) -> str:
        """Return *text* with the marker in its places, and the scratch folder in place of ``@TOP@``."""
        return text.replace(SAMPLE, self.marker).replace("@TOP@", str(self.top))

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.filled(text), encoding="utf-8")
        path.chmod(mode)
        return path

    def run(self, *arguments: str, **variables: str) -> Result:
        """Run ``mdm`` once."""
        return self.run_all([arguments], variables)[0]

    def run_all(
        self,
        lines: Sequence[Sequence[str]],
        variables: Mapping[str, str] = MappingProxyType({}),
        *,
        user: int | None = None,
        terminal: bool = False,
        remove_folder: bool = False,
    ) -> list[Result]:
        """Run ``mdm`` for every one of *lines*, in one process."""
        order = Order(
            [[self.filled(word) for word in line] for line in lines],
            str(self.top / "here"),
            {**self.basics, **self.environ, **variables},
            user=user,
            terminal=terminal,
            remove_folder=remove_folder,
        )
        return self.server.run(order)

    @property
    def basics(self) -> dict[str, str]:
        """An environment without anything of the tester's that the program reads."""
        return {"HOME": str(self.top / "user"), "PATH": os.environ["PATH"], "COLUMNS": "100", "TERM": "xterm"}

    def ok(self, *arguments: str, **variables: str) -> Result:
        """Run ``mdm`` and expect that it is done."""
        result = self.run(*arguments, **variables)
        assert result.code == 0, result.err
        return result

    def shows_marker(self, text: str) -> bool:
        """Say whether *text* holds the marker, or the larger part of it, in any case."""
        return self.marker[:9].lower() in text.lower()

    def strays(self) -> Iterator[str]:
        """Yield the files that hold the marker and are not the user's own."""
        for path in self.top.rglob("*"):
            name = path.relative_to(self.top).as_posix()
            if path.is_file() and not _OWN.fullmatch(name) and self.marker[:9].encode() in path.read_bytes():
                yield name


def new_marker(*, digits: bool = False) -> str:
    """Return a secret that nothing else contains."""
    return str(73 * 10**12 + secrets.randbelow(10**12)) if digits else f"Zq{secrets.token_hex(6)}"
