"""A rewriting of references from the diff to the last word: shown, asked about, carried out, taken back."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from mdm.app import Application
from mdm.cli.asking import agreed
from mdm.cli.config.findings import count
from mdm.cli.config.hiding import without_assigned_secrets
from mdm.cli.output import out
from mdm.cli.render import diff, heading, pairs
from mdm.cli.reporting import report_problem
from mdm.config.layers import shown_path
from mdm.errors import ConfigError
from mdm.rewriting.copies import carry_out, plan_undo, undo
from mdm.rewriting.deciding import Decided
from mdm.rewriting.rewrite import Rewriting


class Rewritten:
    """One run of *command* over *paths*."""

    def __init__(self, app: Application, command: str, paths: Sequence[Path], rewriting: Rewriting) -> None:
        self.app = app
        self.command = command
        self.line = f"mdm config {command} --execute {shlex.join(map(str, paths))}"
        self.rewriting = rewriting
        self.copies: Path | None = None

    def show(self) -> None:
        """Print the difference of every file, then what is left to a person."""
        for file in self.rewriting.changed:
            diff(_diff(file))
            out()
        places = [line for file in self.rewriting.files for line in _places(file)]
        if places:
            heading("for you to look at")
        for line in places:
            out(line)
        if places:
            out()
        for problem in self.rewriting.problems:
            report_problem(problem)

    def carry_out(self, *, yes: bool) -> None:
        """Ask, and write all files at once; raises `ConfigError` where the answer is no."""
        changed = self.rewriting.changed
        if not changed:
            return
        if not agreed(self.app, f"write {count(len(changed), 'file')}?", yes=yes):
            raise ConfigError("not rewritten; nothing was changed")
        self.copies = carry_out(self.rewriting, self.command, self.app.home, datetime.now().astimezone())

    def close(self) -> None:
        """Print what was done, or how to do it."""
        changed, listed = self.rewriting.changed, sum(len(file.listed) for file in self.rewriting.files)
        summary = f"{count(self.rewriting.looked_at, 'file')} looked at, {len(changed)} to change"
        if self.copies is None:
            out(f"{summary}, {count(listed, 'place')} for you to look at")
            out(f"dry run: nothing was written; '{self.line}' writes it" if changed else "nothing to do")
            return
        pairs(
            [
                ("written", count(len(changed), "file")),
                ("copies", shown_path(self.copies)),
                ("left", f"{count(listed, 'place')} for you to look at"),
                ("undo", f"mdm config {self.command} --undo"),
            ]
        )

    @property
    def as_json(self) -> dict[str, Any]:
        """The plan, or what was done, for programs."""
        return {
            "dry_run": self.copies is None,
            "executed": self.copies is not None,
            "looked_at": self.rewriting.looked_at,
            "changed": [
                {"path": str(file.source.path), "edits": file.edits, "diff": "\n".join(_diff(file))}
                for file in self.rewriting.changed
            ],
            "listed": [
                {"path": str(file.source.path)} | place for file in self.rewriting.files for place in _listed(file)
            ],
            "problems": [{"message": p.message, "where": p.where, "hint": p.hint} for p in self.rewriting.problems],
            "copies": str(self.copies) if self.copies else None,
        }


class Undone:
    """The last run of *command* taken back."""

    def __init__(self, app: Application, command: str) -> None:
        self.app = app
        self.run = plan_undo(command, app.home)

    def show(self) -> None:
        """Print what will be as it was."""
        out(f"the run of mdm config {self.run.command} with its copies in {shown_path(self.run.folder)}")
        for change in self.run.changes:
            out(f"put back: {shown_path(change.path)}")

    def carry_out(self, *, yes: bool) -> None:
        """Ask, and write; raises `ConfigError` where the answer is no."""
        if not agreed(self.app, f"put {count(len(self.run.changes), 'file')} back?", yes=yes):
            raise ConfigError("not put back; nothing was changed")
        self.run = undo(self.run.command, self.app.home)

    def close(self) -> None:
        """Print what was done."""
        pairs([("put back", count(len(self.run.changes), "file")), ("from", shown_path(self.run.folder))])

    @property
    def as_json(self) -> dict[str, Any]:
        """What was done, for programs."""
        return {
            "command": self.run.command,
            "put_back": [str(change.path) for change in self.run.changes],
            "copies": str(self.run.folder),
        }


def _diff(file: Decided) -> list[str]:
    before, after = (without_assigned_secrets(text).splitlines() for text in file.shown)
    name = shown_path(file.source.path)
    return list(difflib.unified_diff(before, after, name, name, lineterm=""))


def _places(file: Decided) -> Iterator[str]:
    for place in _listed(file):
        where = f"{shown_path(file.source.path)}:{place['line']}"
        yield f"{where}: {place['name']}{': ' if place['name'] else ''}{place['message']}"
        if place["hint"]:
            yield f"  hint: {place['hint']}"


def _listed(file: Decided) -> Iterator[dict[str, Any]]:
    for place in file.listed:
        yield {
            "line": file.source.line(place.at),
            "name": place.name,
            "message": place.message,
            "hint": place.hint,
            "renamed": place.renamed,
        }
