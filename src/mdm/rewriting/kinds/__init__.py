"""The kinds of files that set variables, each with its parser; which one a file is, its name and content say."""

from __future__ import annotations

import re
from pathlib import Path

from mdm.rewriting.occurrences import Parsed, Parser, Source, named_in

_SHELL_NAMES = (".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile", ".envrc")
_SHELL_SUFFIXES = (".sh", ".bash", ".zsh", ".ksh")
_SYSTEMD_SUFFIXES = (".service", ".socket", ".timer", ".path", ".mount", ".slice")
_SHEBANG = re.compile(r"#!\S*(?:/env(?:\s+-S)?\s+)?\S*?\b(?P<shell>sh|bash|zsh|dash|ksh|fish)\b")
_DOTENV = re.compile(r"\.env(\..+)?|.+\.env(\.example|\.sample|\.template)?|env\.(example|sample|template)")
_DOCKERFILE = re.compile(r"(Docker|Container)file(\..+)?|.+\.(docker|container)file", re.IGNORECASE)
_COMPOSE = re.compile(r"^services:", re.MULTILINE)
_MANIFEST = re.compile(r"^apiVersion:.*^kind:|^kind:.*^apiVersion:", re.MULTILINE | re.DOTALL)
_WORKFLOW = re.compile(r"^(jobs|runs):", re.MULTILINE)


def parser_of(source: Source) -> Parser:  # noqa: PLR0911 (a line a kind)
    """Return the parser of a file; of a kind that is not known it is the one that lists what is named in it."""
    from mdm.rewriting.kinds import dockerfile, dotenv, fish, shell, systemd

    name, suffix = source.path.name, source.path.suffix
    first = _SHEBANG.match(source.text)
    if suffix in (".yaml", ".yml"):
        return _yaml_parser(source)
    if suffix == ".fish" or (first and first["shell"] == "fish"):
        return fish.parse
    if suffix in _SHELL_SUFFIXES or name in _SHELL_NAMES or first:
        return shell.parse
    if _DOTENV.fullmatch(name):
        return dotenv.parse
    if _DOCKERFILE.fullmatch(name):
        return dockerfile.parse
    if suffix in _SYSTEMD_SUFFIXES or (suffix == ".conf" and _is_drop_in(source.path)):
        return systemd.parse
    return mentions


def sets_variables(path: Path) -> bool:
    """Say whether a file may set variables, by its name alone."""
    return path.suffix in (".yaml", ".yml") or parser_of(Source(path, "", b"")) is not mentions


def mentions(source: Source) -> Parsed:
    """Return nothing but what is named: this kind of file is not rewritten."""
    return Parsed() if any(named_in(source.text)) else Parsed(silent=((0, len(source.text)),))


def _yaml_parser(source: Source) -> Parser:
    from mdm.rewriting.kinds import compose, kubernetes, workflow

    if source.path.parent.name == "workflows" or (source.path.stem == "action" and _WORKFLOW.search(source.text)):
        return workflow.parse
    if _MANIFEST.search(source.text):
        return kubernetes.parse
    if _COMPOSE.search(source.text) or "compose" in source.path.stem:
        return compose.parse
    return mentions


def _is_drop_in(path: Path) -> bool:
    return path.parent.suffix == ".d" and Path(path.parent.stem).suffix in _SYSTEMD_SUFFIXES
