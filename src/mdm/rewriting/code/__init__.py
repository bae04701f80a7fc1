"""Python code: the dictionary of 1.x becomes attributes, legacy variables get their new names.

LibCST parses and knows the scopes; the text itself is changed at the places found, and stays as it is elsewhere.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Final

from mdm.errors import Problem, UsageError
from mdm.rewriting.occurrences import Listed, Parsed, Source

_DEEPEST: Final = (
    500  # brackets within brackets; at some 1500 LibCST's parser overflows the stack, and the process ends
)
_BRACKET = re.compile(r"[(\[{]|[)\]}]")


def parse(source: Source) -> Parsed:
    """Return what becomes of Python code.

    Raises `UsageError` where LibCST is not installed, and `RecursionError` for what is nested too deeply for it.
    """
    try:
        import libcst
    except ImportError:
        hint = "pip install 'ml-data-manager[codemod]'"
        raise UsageError(Problem("Python code is parsed with LibCST, which is not installed", hint=hint)) from None
    from mdm.rewriting.code.chains import rewrite_chains
    from mdm.rewriting.code.environ import variables_in
    from mdm.rewriting.code.module import Module

    if _depth(source.text) > _DEEPEST:
        raise RecursionError
    try:
        module = Module(source.text)
    except (libcst.ParserSyntaxError, ValueError) as error:
        line = getattr(error, "raw_line", 1)
        at = sum(map(len, source.text.splitlines(keepends=True)[: line - 1]))
        return Parsed(listed=(Listed(at, "", "not Python", "correct the file, then run this again"),))
    edits, listed = rewrite_chains(module)
    return Parsed(
        tuple(variables_in(module)), tuple(edits), tuple(listed), tuple(module.comments()), tuple(module.secrets)
    )


def _depth(text: str) -> int:
    """Return how deeply brackets are nested, those in texts and comments included."""
    steps = (1 if bracket[0] in "([{" else -1 for bracket in _BRACKET.finditer(text))
    return max(accumulate(steps), default=0)
