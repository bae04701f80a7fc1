"""What a check finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from mdm.app import Application
from mdm.core.masking import mask_text
from mdm.errors import MdmError

Severity = Literal["ok", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how bad it is, and what to do about it."""

    check: str
    severity: Severity
    message: str
    fix: str = ""

    @property
    def as_json(self) -> dict[str, str]:
        """The finding for programs."""
        return asdict(self)


Check: TypeAlias = Callable[[Application], Iterator[Finding]]


def examined(name: str, check: Check, app: Application) -> Iterator[Finding]:
    """Yield what *check* finds, secrets masked; where it cannot be made, that is a finding too."""
    try:
        for found in check(app):
            yield Finding(found.check, found.severity, mask_text(found.message), mask_text(found.fix))
    except MdmError as error:
        for problem in error.problems:
            yield Finding(name, "error", mask_text(str(problem)), mask_text(problem.hint))
    except Exception as error:  # noqa: BLE001  # a doctor who falls ill helps nobody; the text may hold a secret
        yield Finding(name, "error", f"cannot be examined: {type(error).__name__}", "please report it")
