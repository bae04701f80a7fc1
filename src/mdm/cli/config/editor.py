"""The file in an editor: a copy is edited, and takes the place of the file only when it is valid."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from mdm.app import Application
from mdm.cli.asking import ask, can_ask
from mdm.cli.config.checking import file_alone
from mdm.cli.config.files import in_use_or_new
from mdm.cli.reporting import report
from mdm.config.documents.document import MAX_BYTES, parse_document
from mdm.config.layers import shown_path
from mdm.config.saving import holds_secret
from mdm.config.template import commented_file
from mdm.core.files import locked, make_folder, read_bytes, write_atomic
from mdm.core.url import local
from mdm.errors import ConfigError, InvalidConfigError, MdmError, Problem, UsageError


def edit(app: Application) -> str:
    """Let the user edit the file in use, and return what became of it."""
    editor = _editor(app)
    path = local(in_use_or_new(app)[-1].path)
    before = _content(path)
    text = commented_file(app.schema).encode() if before is None else before
    copy = _copy_of(path, text)
    try:
        after = _edited(app, editor, path, copy, text)
        if after == text:
            copy.unlink()
            return f"unchanged: {shown_path(path)}"
        _put(app, path, before, after)
    except (MdmError, KeyboardInterrupt):
        if _content(copy) in (text, None):
            copy.unlink(missing_ok=True)
        raise
    copy.unlink()
    return f"written: {shown_path(path)}"


def _edited(app: Application, editor: list[str], path: Path, copy: Path, text: bytes) -> bytes:
    """Return what the user wrote, once it is valid; raises `InvalidConfigError` where they give up."""
    while True:
        _run(editor, copy, text)
        content = _content(copy) or b""
        if content == text:
            return content
        try:
            _check(app, content, path)
        except InvalidConfigError as error:
            if can_ask():
                report(error)
                if ask("edit again?", default=True):
                    continue
            kept = Problem("not written; what you wrote is kept", shown_path(copy), f"the file is as before: {path}")
            raise InvalidConfigError(*(() if can_ask() else error.problems), kept) from None
        return content


def _check(app: Application, content: bytes, path: Path) -> None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidConfigError(Problem("not UTF-8 text", shown_path(path))) from None
    file_alone(parse_document(text, path), app.around.environ)


def _put(app: Application, path: Path, before: bytes | None, after: bytes) -> None:
    with locked(path):
        if _content(path) != before:
            hint = "what you wrote is kept beside it; compare the two"
            raise ConfigError(
                Problem("changed by somebody else meanwhile; nothing was written", shown_path(path), hint)
            )
        secret = holds_secret(parse_document(after.decode("utf-8-sig"), path), app.schema)
        write_atomic(path, after, mode=0o600 if secret else None)


def _copy_of(path: Path, text: bytes) -> Path:
    make_folder(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.edit-", suffix=path.suffix)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    return Path(name)


def _editor(app: Application) -> list[str]:
    for variable in ("VISUAL", "EDITOR"):
        if command := app.around.environ.get(variable):
            return shlex.split(command)
    found = next(filter(None, map(shutil.which, ("vi", "nano"))), None)
    if found is None or not can_ask():
        raise UsageError(Problem("no editor to open the file in", "edit", "set EDITOR, for example EDITOR=nano"))
    return [found]


def _run(editor: list[str], copy: Path, text: bytes) -> None:
    try:
        code = subprocess.call([*editor, str(copy)])  # noqa: S603 (the user's own editor)
    except OSError as error:
        reason = (error.strerror or "the system refuses").lower()
        raise UsageError(Problem(f"cannot be started: {reason}", editor[0], "set EDITOR to another editor")) from None
    if code:
        hint = f"what you wrote is in {shown_path(copy)}" if _content(copy) != text else ""
        raise ConfigError(Problem(f"the editor ended with {code}; nothing was written", editor[0], hint))


def _content(path: Path) -> bytes | None:
    try:
        return read_bytes(path, limit=MAX_BYTES)
    except FileNotFoundError:
        return None
