"""Python code: the dictionary of 1.x becomes attributes, legacy variables get their new names.

LibCST parses and knows the scopes; the text itself is changed at the places found, and stays as it is elsewhere.
"""

from __future__ import annotations

from mdm.errors import Problem, UsageError
from mdm.rewriting.occurrences import Listed, Parsed, Source, unread


def parse(source: Source) -> Parsed:
    """Return what becomes of Python code; raises `UsageError` where LibCST is not installed."""
    try:
        import libcst
    except ImportError:
        hint = "pip install 'ml-data-manager[codemod]'"
        raise UsageError(Problem("Python code is parsed with LibCST, which is not installed", hint=hint)) from None
    from mdm.rewriting.code.reading import UnreadableError, check_readable

    try:
        check_readable(source.text)
        return read(source)
    except UnreadableError as error:
        return unread(Listed(0, "", str(error), "change it by hand"))
    except SyntaxError as error:
        return _no_python(source, error.lineno or 1)
    except libcst.ParserSyntaxError as error:
        return _no_python(source, error.raw_line)
    except ValueError:
        return _no_python(source, 1)


def read(source: Source) -> Parsed:
    """Return what becomes of code that LibCST can be given; raises ``ParserSyntaxError`` and `ValueError`."""
    from mdm.rewriting.code.chains import rewrite_chains
    from mdm.rewriting.code.environ import variables_in
    from mdm.rewriting.code.module import Module

    module = Module(source.text)
    edits, listed = rewrite_chains(module)
    return Parsed(
        tuple(variables_in(module)), tuple(edits), tuple(listed), tuple(module.comments()), tuple(module.secrets)
    )


def _no_python(source: Source, line: int) -> Parsed:
    at = sum(map(len, source.text.splitlines(keepends=True)[: line - 1]))
    return unread(Listed(at, "", "not Python", "correct the file, then run this again"))
