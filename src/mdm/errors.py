"""The one tree of errors: what went wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: *message* says what, *where* names the place, *hint* says what to do.

    None of the three ever holds a secret.
    """

    message: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Return ``where: message``; the hint is shown on a line of its own by whoever prints."""
        return f"{self.where}: {self.message}" if self.where else self.message


class MdmError(Exception):
    """Base of every error that MDM raises; carries all problems found, not only the first."""

    exit_code = 1

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(Problem(p) if isinstance(p, str) else p for p in problems)
        super().__init__(*self.problems)

    def __str__(self) -> str:
        """Return every problem with its hint, a line each."""
        lines = []
        for problem in self.problems:
            lines.append(str(problem))
            if problem.hint:
                lines.append(f"  hint: {problem.hint}")
        return "\n".join(lines)


class UsageError(MdmError):
    """A command or function was asked for something that does not exist or does not fit."""

    exit_code = 2


class FileError(MdmError):
    """A file cannot be read or written as asked; nothing was changed."""


class StorageError(MdmError):
    """A database cannot be reached, or does not do what it is asked; what was stored before is as it was."""


class DatasetError(StorageError):
    """A dataset that is missing or exists already, or data that do not fit it."""

    exit_code = 2


class ConfigError(MdmError):
    """Base of every error that the configuration raises."""


class InvalidConfigError(ConfigError, ValueError):
    """A configuration, or one value of it, is not acceptable."""

    exit_code = 2


class EditError(ConfigError):
    """A file cannot be changed without harm to what surrounds the change."""


class BackupError(ConfigError):
    """A backup is missing, damaged or foreign; nothing was changed."""

    exit_code = 2


class MigrationError(ConfigError):
    """A migration or rollback could not be completed; what was there before is still there."""


class FlagError(MdmError, ValueError):
    """An unknown feature flag, or a value that it does not take."""

    exit_code = 2
