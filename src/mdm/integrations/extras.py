"""What is said when an optional package is missing."""

from __future__ import annotations

from mdm.errors import MdmError, Problem


class MissingExtraError(MdmError, ImportError):
    """An optional package is needed that is not installed."""

    exit_code = 2


def missing(extra: str, error: ImportError) -> MissingExtraError:
    """Return the error that says how to install what *error* missed."""
    hint = f"pip install 'ml-data-manager[{extra}]'"
    return MissingExtraError(Problem(f"the package {error.name} is not installed", f"mdm.integrations.{extra}", hint))
