"""MDM, the ML Data Manager: datasets under one typed configuration."""

from __future__ import annotations

TYPE_CHECKING = False  # known to type checkers; to import typing takes longer than all else here
if TYPE_CHECKING:
    from typing import Any

    from mdm.client import Client

__all__ = ["Client", "__version__"]

__version__ = "2.0.0"


def __getattr__(name: str) -> Any:
    """Import `Client` when it is asked for: the configuration alone needs no package of the data."""
    if name == "Client":
        from importlib import import_module

        return import_module("mdm.client").Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
