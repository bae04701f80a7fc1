"""The program itself: Python, MDM, the libraries that it needs, and its extras."""

from __future__ import annotations

import platform
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata

from mdm import __version__
from mdm.app import Application
from mdm.cli.doctor.finding import Finding

_PACKAGE = "ml-data-manager"
_NAME = re.compile(r"[\w.-]+")
_EXTRA = re.compile(r"""extra == ['"]([\w-]+)['"]""")
_NOT_SHOWN = ("all", "dev")


def installation(app: Application) -> Iterator[Finding]:
    """Yield the versions, and what is missing."""
    del app
    yield Finding("mdm", "ok", f"{__version__}, Python {platform.python_version()}, {platform.system()}")
    packages = _packages()
    found = {name: _version(name) for name in packages.pop("", [])}
    missing = [name for name, version in found.items() if not version]
    versions = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    yield Finding("libraries", "ok", versions or "not known: MDM runs without having been installed")
    if missing:
        yield Finding("libraries", "error", f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    if not _has_libyaml():
        yield Finding("libraries", "warning", "PyYAML is without libyaml: reading takes ten times as long", _YAML)
    for extra, names in packages.items():
        lacking = [name for name in names if not _version(name)]
        if lacking:
            told = f"{extra} is not installed ({', '.join(lacking)})"
            yield Finding("extras", "info", told, f"pip install '{_PACKAGE}[{extra}]'")
        else:
            versions = ", ".join(f"{name} {_version(name)}" for name in names)
            yield Finding("extras", "ok", f"{extra}: {versions}")


_YAML = "install a PyYAML wheel: pip install --force-reinstall pyyaml"


def _packages() -> dict[str, list[str]]:
    """Return the names of the packages that each extra needs; those of MDM itself under no name."""
    try:
        lines = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        return {}
    packages: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name and name[0] != _PACKAGE and (extra is None or extra[1] not in _NOT_SHOWN):
            packages[extra[1] if extra else ""].append(name[0])
    return dict(packages)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _has_libyaml() -> bool:
    import yaml

    return hasattr(yaml, "CSafeLoader")
