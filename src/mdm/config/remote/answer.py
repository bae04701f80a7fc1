"""What comes back from an address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mdm.config.documents.document import MAX_BYTES
from mdm.errors import Problem

LIMIT: Final = MAX_BYTES


@dataclass(frozen=True, slots=True)
class Answer:
    """The *content*, none where it is the one that the caller has already, and the mark that names this version."""

    content: bytes | None = field(repr=False)
    etag: str = ""


class NotFetchedError(Exception):
    """The content could not be got; *problem* says why, without credentials."""

    def __init__(self, message: str, where: str, hint: str = "") -> None:
        super().__init__(message)
        self.problem = Problem(message, where, hint)


def too_large(where: str) -> NotFetchedError:
    """Return the error for more than a configuration can be."""
    return NotFetchedError(f"is larger than {LIMIT // 2**20} MiB", where, "is this the right address?")
