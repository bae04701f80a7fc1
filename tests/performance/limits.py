"""What may be counted at most, each a little above what it is now: lower a limit when something has become cheaper.

Instructions differ by some percent from one version of Python to the next; these were counted with 3.11.
"""

from __future__ import annotations

from typing import Final

INSTRUCTIONS: Final = {
    "load": 31_000,  # a file of 40 lines, a new manager, all imported
    "set": 147_000,  # the same, another value
    "get_config() and a read": 20,
    "manager.get": 16,
}

LOOKS: Final = {"load": 7, "load legacy files": 8, "set": 27}
"""Calls of the file system that open something to read it, or ask about a path."""

OPENS: Final = {"feature_flags.json": 3}
"""How often a load may open a file that is there; all others once."""
