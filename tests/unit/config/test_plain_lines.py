"""Plain lines are read as the YAML parser reads them, and whatever might mean something else is left to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mdm.config.documents import parse_document
from mdm.config.documents.yaml_document import read_yaml
from mdm.config.editing.outline import load, outline, parsed
from mdm.core.plain_lines import plain_lines

_PLAIN = """
1 ; -5 ; 0 ; -0 ; a #b ; 1a ; a  b ; a :b ; 0.25 ; -1.50 ; true ; Off ; null ; ~ ; ~/x ; ./x ; a ; a b-c, [d]
1 day ; 10MB ; 2.0.0 ; http://x/y?z=1 ; ${A:-b} ; 'it' ; "x: # y" ; "" ; é ; 1.2.3 ; y ; '2' ; a&b ; /on
"""
_ODD = """
007 ; 00.5 ; 1e5 ; 1. ; .5 ; .inf ; 0x1f ; 0b1 ; 1_000 ; a: b ; a: ; :a ; 'a''b' ; a#b ; [1] ; {} ; - a ; -a
| ; > ; &a b ; *a ; !x y ; !!int 5 ; ? a ; 2024-01-01 ; 1:30 ; @a ; = ; << ; "a ; a"b ; 0a ; 9  a
"""
PLAIN = [value for line in _PLAIN.strip().splitlines() for value in line.split(" ; ")]
ODD = [value for line in _ODD.strip().splitlines() for value in line.split(" ; ")]
ODD += ['"a\\n"', "\xa0", "x\x85y", "x\u2028y", "\ufeff", "a\tb", "9" * 20]
KEYS = ["alpha", "b-c", "_d", "on", "Null", "a.b", "1", "'q'", "<<", "k" * 101, "é"]
NOTES = ["  # note: ä", " #", "   ", "#x", "\t# x", " # \u2028"]
GAPS = ["", "  ", "# note\t.", "   # note", "---", "- a", "word", "\t", "...", "%YAML 1.1"]


def mostly(usual: list[str], rare: list[str]) -> st.SearchStrategy[str]:
    """Return one of *usual*, and now and then one of *rare*."""
    return st.integers(0, 19).flatmap(lambda n: st.sampled_from(rare if n == 0 else usual))


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return lines of which most are plain, so that a text as a whole often is."""
    lines: list[str] = []
    indents, opened = [0], False
    for number in range(draw(st.integers(1, 7))):
        if draw(st.integers(0, 7)) == 0:
            lines.append(draw(mostly(GAPS[:4], GAPS)))
        if opened:
            indents.append(indents[-1] + draw(st.sampled_from([2, 2, 4, 1])))
        elif len(indents) > 1 and draw(st.booleans()):
            indents.pop()
        opened = draw(st.integers(0, 3)) == 0
        indent = draw(mostly([" " * indents[-1]], ["", " ", "    "]))
        key = draw(mostly([f"key{number}"], KEYS))
        value = "" if opened else " " + draw(mostly(["", " "], ["  "])) + draw(mostly(PLAIN, ODD))
        lines.append(f"{indent}{key}:{value}{draw(mostly(['', '', NOTES[0]], NOTES))}")
    lines += [" " * (indents[-1] + 2) + "last: 1"] if opened else []
    return draw(mostly(["\n"], ["\r\n"])).join(lines) + draw(st.sampled_from(["\n", ""]))


@given(text=texts())
@example(text="a: 1\n  b: 2\n")
@example(text="a:\n  b: 1\n c: 2\n")
@example(text="a: 1\na: 2\n")
@example(text="a:\nb: 1\n")
@example(text="a: word\n  more\n")
@settings(max_examples=150, deadline=None)
def test_law_plain_lines_mean_what_the_parser_says(text: str) -> None:
    if plain_lines(text) is None:
        return
    found, notices = read_yaml(text, "file")

    entries = parse_document(text, Path("file.yaml")).entries

    assert not notices
    assert outline(text) == parsed(text)
    assert repr(load(outline(text))) == repr(yaml.safe_load(text))
    assert [(e, type(e.value), repr(e.value)) for e in entries] == [(e, type(e.value), repr(e.value)) for e in found]


@pytest.mark.parametrize("value", PLAIN)
def test_what_files_are_made_of_is_plain(value: str) -> None:
    assert plain_lines(f"# head\nalpha: {value}\n\nbeta:\n    # note\n    gamma: {value}  # note\n") is not None


@pytest.mark.parametrize("text", [f"alpha: {value}\n" for value in ODD] + [f"{key}: 1\n" for key in KEYS[3:]])
def test_what_could_mean_something_else_is_left_to_the_parser(text: str) -> None:
    assert plain_lines(text) is None
