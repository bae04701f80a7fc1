"""The command ``mdm``: what scripts call in loops is answered before the command line proper is even imported."""

from __future__ import annotations

import os
import sys

from mdm.cli.quick import quick_answer

TYPE_CHECKING = False  # known to type checkers; to import typing takes as long as all else here
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed, 2 wrong use or bad input."""
    words = sys.argv[1:] if arguments is None else [*arguments]
    text = quick_answer(words, os.environ) if sys.stdout is not None else None
    if text is None:
        from mdm.cli.guard import guarded

        return guarded(_run, words)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from mdm.cli.guard import output_failed

        return output_failed(error, words)
    return 0


def _run(arguments: Sequence[str]) -> int:
    from mdm.cli.arguments import hoisted
    from mdm.cli.fast import fast_answer

    line = hoisted(arguments)
    if (answer := fast_answer(line)) is not None:
        answer()
        return 0
    from mdm.cli.app import run

    return run(line)


if __name__ == "__main__":
    sys.exit(main())
