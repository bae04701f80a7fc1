"""A home for this process, in which a test changes one setting."""

from __future__ import annotations

from tests.cutover.conftest import here

__all__ = ["here"]
