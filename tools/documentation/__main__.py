"""Make the site: ``make docs``. Every warning of the builder is an error; who reads it needs no network."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from .commands import commands_page
from .interface import interface_page
from .links import moved
from .navigation import NAVIGATION, ROOT, name_of, pages
from .settings import legacy_page, settings_page, variables_page
from .tables import with_bars

SITE: Final = ROOT / "site"
MADE: Final = {
    "settings.md": settings_page,
    "variables.md": variables_page,
    "legacy_keys.md": legacy_page,
    "commands.md": commands_page,
    "python.md": interface_page,
}
_WIDE: Final = dict.fromkeys(("settings.md", "variables.md", "legacy_keys.md"), "---\nhide: [toc]\n---\n\n")
_HERE: Final = Path(__file__).parent
_ASSET: Final = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"']?(?:https?:)?//[^>]*>")


def main() -> int:
    """Build the site; return 1 where something is wrong with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_sources(folder)
        command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", "mkdocs.yml"]
        done = subprocess.run(command, cwd=folder, check=False)  # noqa: S603
        if done.returncode:
            return 1
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(folder / "site", SITE)
    foreign = list(foreign_assets(SITE))
    sys.stdout.write("".join(f"error: {asset}\n" for asset in foreign) or f"made {SITE.name}/index.html\n")
    return 1 if foreign else 0


def write_sources(folder: Path) -> None:
    """Write into *folder* what the builder reads."""
    docs = folder / "docs"
    docs.mkdir()
    for page, name in pages().items():
        text = moved((ROOT / page).read_text(encoding="utf-8"), page, pages())
        (docs / name).write_text(with_bars(text), encoding="utf-8")
    for name, make in MADE.items():
        (docs / name).write_text(_WIDE.get(name, "") + with_bars(make()), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "assets", docs / "assets")
    shutil.copy(_HERE / "site.css", docs)
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(_settings()), encoding="utf-8")


def foreign_assets(site: Path) -> Iterator[str]:
    """Yield what the pages of *site* would fetch from elsewhere."""
    for page in sorted(site.rglob("*.html")):
        for asset in _ASSET.findall(page.read_text(encoding="utf-8")):
            yield f"{page.name} needs the network: {asset}"


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = yaml.safe_load((_HERE / "site.yml").read_text(encoding="utf-8"))
    settings["plugins"][1]["mkdocstrings"]["handlers"]["python"]["paths"] = [str(ROOT / "src")]
    settings["nav"] = [
        {group: [{title: name_of(page)} for title, page in listed.items()]} for group, listed in NAVIGATION.items()
    ]
    return settings


if __name__ == "__main__":
    sys.exit(main())
