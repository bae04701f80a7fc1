"""The command ``mdm``: what scripts call in loops is answered before the command line proper is even imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from mdm.cli.arguments import hoisted
from mdm.cli.fast import quick_answer
from mdm.cli.guard import guarded


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 wrong use or bad input."""
    return guarded(_run, sys.argv[1:] if arguments is None else arguments)


def _run(arguments: Sequence[str]) -> int:
    line = hoisted(arguments)
    if (answer := quick_answer(line)) is not None:
        answer()
        return 0
    from mdm.cli.app import run

    return run(line)


if __name__ == "__main__":
    sys.exit(main())
