"""What an edit of YAML text changes, and above all what it does not."""

from __future__ import annotations

import datetime as dt
import enum
import math
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.config.editing import REMOVED, edit_yaml, outline, yaml_text
from mdm.errors import EditError

from .yaml_documents import VALUES, changed, documents, edits, paths, without_nothing

quick = settings(max_examples=100, deadline=None)


def case(before: str, changes: dict[str, Any], after: str, id: str) -> Any:  # noqa: A002  # as in pytest.param
    return pytest.param(before, {tuple(key.split("/")): value for key, value in changes.items()}, after, id=id)


REPLACED = [
    case("a: 1\nb: 2\n", {"a": 3}, "a: 3\nb: 2\n", "number"),
    case("a:   1   # why: so\n", {"a": 2}, "a:   2   # why: so\n", "spaces and comment"),
    case("a: 'x'\nb: \"y\"\n", {"a": "it's", "b": "z"}, "a: 'it''s'\nb: \"z\"\n", "quotes kept"),
    case("a: 'x'\n", {"a": 5}, "a: 5\n", "quotes dropped for a number"),
    case("a: x\n", {"a": "on"}, "a: 'on'\n", "quotes where needed"),
    case("a: '# no'  # yes\n", {"a": "# x"}, "a: '# x'  # yes\n", "number sign in quotes"),
    case("a: 1\r\nb: 2\r\n", {"b": 3}, "a: 1\r\nb: 3\r\n", "CRLF"),
    case("\ufeffa: 😀 # é\r\nb: 2", {"a": "é", "b": "😀"}, "\ufeffa: é # é\r\nb: 😀", "BOM, emoji, no last break"),
    case("a: 1\n", {"a": 1.0}, "a: 1.0\n", "equal but of another type"),
    case("a: 1\n", {"a": True}, "a: true\n", "true is not one"),
    case("a: 0x10\nb: yes\nc: ~\n", {"a": 16, "b": True, "c": None}, "a: 0x10\nb: yes\nc: ~\n", "equal: untouched"),
    case("a: .nan\n", {"a": math.nan}, "a: .nan\n", "NaN: untouched"),
    case("a: x\n  y\nb: 1\n", {"a": "z"}, "a: z\nb: 1\n", "plain over lines"),
    case("a: 'x\n\n  y' # c\nb: 1\n", {"a": "z"}, "a: 'z' # c\nb: 1\n", "quoted over lines"),
    case("a: |  # c\n  x\n  y\n\nb: 1\n", {"a": "z"}, "a: z  # c\n\nb: 1\n", "literal block"),
    case("a: >-\n  x\n", {"a": "z"}, "a: z\n", "folded block"),
    case("a: |-\n  x", {"a": 1}, "a: 1", "block at the end"),
    case("a:\nb:   # c\n", {"a": 1, "b": 2}, "a: 1\nb: 2   # c\n", "nothing there"),
    case("a:\n  x\nb: 1\n", {"a": "y"}, "a:\n  y\nb: 1\n", "value on its own line"),
    case("a:\n", {"a": {"b": {"c": 1}}}, "a:\n  b:\n    c: 1\n", "null by mapping"),
    case("a: 5 # c\n", {"a": {"b": 1}}, "a: {b: 1} # c\n", "scalar by mapping"),
    case("a: !!str 5\n", {"a": "x"}, "a: x\n", "tag goes with its value"),
    case("a: &x 5\n", {"a": 6}, "a: &x 6\n", "anchor stays"),
    case("a: 1\na: 2\n", {"a": 3}, "a: 1\na: 3\n", "last duplicate counts"),
    case("? a\n: 1\n", {"a": 2}, "? a\n: 2\n", "complex key"),
    case("\"a'b\": 1\n'on': 2\n", {"a'b": 3, "on": 4}, "\"a'b\": 3\n'on': 4\n", "quoted keys"),
    case("x:\n  mdm.core: 1\n", {"x/mdm.core": 2}, "x:\n  mdm.core: 2\n", "key with a dot"),
    case("{a: 1, b: [x, 'y']}\n", {"b": ["x", "z, w"]}, "{a: 1, b: [x, 'z, w']}\n", "in flow"),
    case("{a: b}\n", {"a": "x, y"}, "{a: 'x, y'}\n", "comma in flow"),
    case('{"a": 1}\n', {"a": "x"}, '{"a": "x"}\n', "JSON stays JSON"),
    case("{a, b: }\n", {"a": 1, "b": 2}, "{a: 1, b: 2 }\n", "nothing there in flow"),
    case("a: x\u0085b: 1\u2028c: 2\n", {"b": 3}, "a: x\u0085b: 3\u2028c: 2\n", "breaks of YAML 1.1"),
    case("a: 1\rb: 2\r", {"a": 3}, "a: 3\rb: 2\r", "old line breaks"),
]

COLLECTIONS = [
    case("a:\n- x # 1\n- 'y' # 2\nb: 1\n", {"a": ["x", "z"]}, "a:\n- x # 1\n- 'z' # 2\nb: 1\n", "one item"),
    case("a:\n  - x # 1\n  - y # 2\n", {"a": ["x"]}, "a:\n  - x # 1\n", "item removed"),
    case("a:\n  - x # 1\n  - y # 2\n", {"a": ["y"]}, "a:\n  - y # 2\n", "first item removed"),
    case("a:\n  - y # 2\n", {"a": ["x", "y"]}, "a:\n  - x\n  - y # 2\n", "item in front"),
    case("a:\n  - x\n  - y", {"a": ["x", "y", "z"]}, "a:\n  - x\n  - y\n  - z", "item at the end of the file"),
    case("a:\n  -\n  - 1\n", {"a": [0, 1]}, "a:\n  - 0\n  - 1\n", "empty item"),
    case("a: [x, 'y', z]  # c\n", {"a": ["x", "z"]}, "a: [x, z]  # c\n", "flow item removed"),
    case("a: [x, 'y']  # c\n", {"a": ("w", "x", "y")}, "a: [w, x, 'y']  # c\n", "flow item in front"),
    case("a: [\n  x, # 1\n  y  # 2\n]\n", {"a": ["x", "y", "z"]}, "a: [\n  x, # 1\n  y,  # 2\n  z\n]\n", "flow lines"),
    case('a: ["b"]\n', {"a": ["b", "c"]}, 'a: ["b", "c"]\n', "quotes like the neighbour"),
    case("a: [x]\n", {"a": []}, "a: []\n", "emptied"),
    case("a:\n  - x\nb: 1\n", {"a": []}, "a: []\nb: 1\n", "block emptied"),
    case("a:\n  x: 1 # c\n  y: 2\n", {"a": {"x": 1, "z": 3}}, "a:\n  x: 1 # c\n  z: 3\n", "mapping by mapping"),
    case("a: {x: 1, y: 2}\n", {"a": {"x": 1, "z": [3]}}, "a: {x: 1, z: [3]}\n", "flow mapping by mapping"),
    case("a:  # c\n  x: 1\n\nb: 2\n", {"a": 5}, "a: 5  # c\n\nb: 2\n", "block by scalar"),
    case("a:\n- x\n- y\nb: 2\n", {"a": {"k": 1, "l": 2}}, "a:\n  k: 1\n  l: 2\nb: 2\n", "sequence by mapping"),
    case("a:\n    k: 1\nb: 2\n", {"a": [1, 2]}, "a:\n    - 1\n    - 2\nb: 2\n", "mapping by sequence"),
]

ADDED = [
    case("", {"a": 1}, "a: 1\n", "empty file"),
    case("", {"a/b": 1, "a/c": 2}, "a:\n  b: 1\n  c: 2\n", "parents"),
    case("# c\n", {"a": 1}, "# c\na: 1\n", "comments only"),
    case("# c", {"a": 1}, "# c\na: 1", "comment without a last break"),
    case("---\n", {"a": 1}, "---\na: 1\n", "marker"),
    case("---\n...\n", {"a": 1}, "---\na: 1\n...\n", "before the end marker"),
    case("a: 1\n...\n# c\n", {"b": 2}, "a: 1\nb: 2\n...\n# c\n", "mapping before the end marker"),
    case("a: 1", {"b": 2}, "a: 1\nb: 2", "no last break"),
    case("a: 1\r\n", {"b/c": 2}, "a: 1\r\nb:\r\n  c: 2\r\n", "CRLF"),
    case("a: 1\n\n# tail\n", {"b": 2}, "a: 1\nb: 2\n\n# tail\n", "before blank lines and comments"),
    case(
        "a:\n  x: 1\n  # mine\n\n# next\nb: 1\n", {"a/y": 2}, "a:\n  x: 1\n  # mine\n  y: 2\n\n# next\nb: 1\n", "nested"
    ),
    case("a:\n    x: 1\n", {"b/c": 1}, "a:\n    x: 1\nb:\n    c: 1\n", "width of the file"),
    case("a:\n  x: 1\nb: 2\n", {"a/y/z": 2}, "a:\n  x: 1\n  y:\n    z: 2\nb: 2\n", "in the deepest parent"),
    case("a:\nb: ~  # c\n", {"a/x": 1, "b/y": 2}, "a:\n  x: 1\nb:  # c\n  y: 2\n", "null parents"),
    case("a: {}\nb: {x: 1}\n", {"a/k": 1, "b/k": 2}, "a: {k: 1}\nb: {x: 1, k: 2}\n", "flow"),
    case("a: {x: 1}\n", {"a/y/z": "b, c"}, "a: {x: 1, y: {z: 'b, c'}}\n", "nested flow"),
    case('{\n  "a": 1\n}\n', {"b/c": "x"}, '{\n  "a": 1,\n  "b": {"c": "x"}\n}\n', "JSON"),
    case('{"a": {}}', {"a/b": "x"}, '{"a": {"b": "x"}}', "empty mapping in JSON"),
    case("a: {\n  x: 1,  # c\n}\n", {"a/y": 2}, "a: {\n  x: 1,  # c\n  y: 2,\n}\n", "comma at the end"),
    case("a: |+\n  x\n\n", {"b": 1}, "a: |+\n  x\n\nb: 1\n", "below text that keeps its breaks"),
    case("a: 1\n", {"on": 1, "x: y": 2, "": 3}, "a: 1\n'on': 1\n'x: y': 2\n'': 3\n", "keys that need quotes"),
    case("on: 1\n", {"on": 2}, "on: 1\n'on': 2\n", "a plain on is no text"),
    case("a: 1\n", {"b": {"l": [1], "m": {"n": {}}}}, "a: 1\nb:\n  l: [1]\n  m:\n    n: {}\n", "block value"),
    case("  a: 1\n", {"b": 2}, "  a: 1\n  b: 2\n", "indented file"),
]

WITHOUT = [
    case("a: 1\n# b\nb: 2  # c\nc: 3\n", {"b": REMOVED}, "a: 1\n# b\nc: 3\n", "comment above stays"),
    case("a: 1\nb: |\n  x\n\n  y\nc: 3\n", {"b": REMOVED}, "a: 1\nc: 3\n", "value over lines"),
    case("a:\n  x: 1\nb: 2\n", {"a/x": REMOVED}, "b: 2\n", "emptied parent goes"),
    case("a:\n  b:\n    x: 1\nc: 2\n", {"a/b/x": REMOVED}, "c: 2\n", "recursively"),
    case("a:\n  # keep\n  x: 1\nb: 2\n", {"a/x": REMOVED}, "a:\n  # keep\nb: 2\n", "not with a comment above"),
    case("a:\n  x: 1\n\n  # keep\nb: 2\n", {"a/x": REMOVED}, "a:\n\n  # keep\nb: 2\n", "nor with one below"),
    case("a:\n  b: {x: 1}\n  c: 1\n", {"a/b/x": REMOVED}, "a:\n  c: 1\n", "emptied flow parent goes"),
    case("{a: 1, b: 2, c: 3}\n", {"a": REMOVED}, "{b: 2, c: 3}\n", "first in flow"),
    case("{a: 1, b: 2, c: 3}\n", {"b": REMOVED}, "{a: 1, c: 3}\n", "middle in flow"),
    case("{a: 1, b: 2, c: 3}\n", {"c": REMOVED}, "{a: 1, b: 2}\n", "last in flow"),
    case("{\n  a: 1,  # A\n  b: 2  # B\n}\n", {"b": REMOVED}, "{\n  a: 1  # A\n}\n", "line in flow"),
    case("{a: 1}\n", {"a": REMOVED}, "{}\n", "all in flow"),
    case("a: 1\na: 2\nb: 3\n", {"a": REMOVED}, "b: 3\n", "all occurrences"),
    case("{a: 1, a: 2, b: 3}\n", {"a": REMOVED}, "{b: 3}\n", "all occurrences in flow"),
    case("a: 1\n", {"b": REMOVED, "a/x": REMOVED, "c/d": REMOVED}, "a: 1\n", "not there"),
    case("a: 1\nb: 2", {"b": REMOVED}, "a: 1", "last line without a break"),
    case("# c\na: 1\n", {"a": REMOVED}, "# c\n", "only comments left"),
    case("a: 1\n", {"a": REMOVED}, "", "nothing left"),
]

SEVERAL = [
    case("a: 1\nb:\n  x: 1\n", {"b/x": 2, "a": 3}, "a: 3\nb:\n  x: 2\n", "in any order"),
    case("a: 1\nb: 2\n", {"a": None, "a/x": 1, "b": 3}, "a:\n  x: 1\nb: 3\n", "one upon the other"),
    case("a:\n  x: 1\n", {"a": {"x": 2}, "a/x": 3}, "a:\n  x: 3\n", "the same twice"),
    case("a: x\n", {"a": REMOVED, "a/b": "x", "c": 1}, "a:\n  b: x\nc: 1\n", "scalar becomes a section"),
    case("a:\n  x: 1\n", {"a/y": 2, "a/x": REMOVED, "b": 1}, "a:\n  y: 2\nb: 1\n", "renamed"),
    case("a: 'x'\nb: 2\n", {"a": "y", "c": 3, "b": 4}, "a: 'y'\nb: 4\nc: 3\n", "replaced and added"),
]

SHARED = [
    case("a: &x 1\nb: *x\n", {"b": 2}, "a: &x 1\nb: 2\n", "alias replaced"),
    case("a: &x 1\nb: *x # c\n", {"b": REMOVED}, "a: &x 1\n", "alias removed"),
    case("a: &x 1\nb: *x\n", {"a": 2, "b": 2}, "a: &x 2\nb: 2\n", "anchor and alias together"),
    case("a: &x\n  k: 1\nb:\n  <<: *x\n", {"b/k": 2}, "a: &x\n  k: 1\nb:\n  <<: *x\n  k: 2\n", "merged key overridden"),
    case("a: &x {k: 1}\nb: *x\n", {"b": {"k": 2}}, "a: &x {k: 1}\nb: {k: 2}\n", "aliased mapping replaced"),
    case("a: &x\n  - 1\nb: 2\n", {"b": 3}, "a: &x\n  - 1\nb: 3\n", "unrelated"),
]


@pytest.fixture(params=["libyaml", "pure"])
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "libyaml":
        if not yaml.__with_libyaml__:
            pytest.skip("PyYAML without libyaml")
        monkeypatch.setattr(outline, "LOADER", yaml.CSafeLoader)
    else:
        monkeypatch.setattr(outline, "LOADER", yaml.SafeLoader)


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(("before", "changes", "after"), REPLACED + COLLECTIONS + ADDED + WITHOUT + SEVERAL + SHARED)
def test_edit(before: str, changes: dict[tuple[str, ...], Any], after: str) -> None:
    assert edit_yaml(before, changes) == after


@pytest.mark.usefixtures("_loader")
@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        pytest.param("a: 1\nb: hunter2\n", "b/c", "2:1: b.c: b is not a mapping", id="scalar parent"),
        pytest.param("b:\n  - hunter2\n", "b/c", "1:1: b.c: b is not a mapping", id="list parent"),
        pytest.param("- hunter2\n", "b", "1:1: b: the file is not a mapping", id="no mapping at all"),
        pytest.param("a: 1\n---\nb: 1\n", "b", "2:1: more than one document", id="documents"),
        pytest.param("a: 1\nb: [hunter2\n", "b", "not valid YAML", id="invalid"),
        pytest.param("a: *hunter2\n", "b", "1:4: not valid YAML", id="unknown alias"),
        pytest.param("a: !hunter2 x\n", "b", "1:4: not valid YAML", id="unknown tag"),
        pytest.param("a: hunter2\x07\n", "b", "1:11: not valid YAML", id="control character"),
        pytest.param("a: 2024-99-99\n", "b", "not valid YAML", id="impossible date"),
        pytest.param("a: &hunter2 1\nb: *hunter2\n", "a", "1:4: a: its anchor (&) is used", id="anchor in use"),
        pytest.param("a: &x {k: hunter2}\nb:\n  <<: *x\n", "a/j", "1:4: a.j: its anchor", id="into an anchor in use"),
        pytest.param("a: &x {k: hunter2}\nb: *x\n", "b/k", "2:1: b.k: b is an alias", id="through an alias"),
        pytest.param("a: |\n  hunter2", "b", "b: cannot be changed in place", id="block without a last break"),
        pytest.param("a: " + "[" * 150 + "]" * 150, "b", "nested too deeply", id="deep"),
        pytest.param("? b\n? c\n", "b", "1:3: b: written with a question mark", id="complex key without a value"),
    ],
)
def test_refusal_names_the_place_and_no_value(text: str, path: str, message: str) -> None:
    with pytest.raises(EditError) as caught:
        edit_yaml(text, {tuple(path.split("/")): "new"})
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert all(problem.hint for problem in caught.value.problems)


@pytest.mark.parametrize("path", ["b/k", "b"])
def test_what_a_merge_gives_cannot_be_removed(path: str) -> None:
    text = "base: &x\n  k: 1\nb:\n  <<: *x\n" if path == "b/k" else "base: &x {b: 1}\n<<: *x\n"
    with pytest.raises(EditError, match="merge key"):
        edit_yaml(text, {tuple(path.split("/")): REMOVED})


@pytest.mark.parametrize("value", [object(), "\ud800", [[[[]]]] * 2 + [b"x", {(1, 2): {3}}]])
def test_value_that_yaml_cannot_hold(value: Any) -> None:
    with pytest.raises(EditError):
        edit_yaml("a: 1\n", {("b",): value})


def test_value_that_holds_itself() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(EditError):
        edit_yaml("a: 1\n", {("b",): value})


@pytest.mark.parametrize("size", [150, 100_000])
def test_deep_path(size: int) -> None:
    with pytest.raises(EditError):
        edit_yaml("a: 1\n", {("a",) * size: 1, ("b",) * size: 1})


def test_alias_bombs_take_no_time() -> None:
    values = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    assert edit_yaml(values, {("k",): 1}) == values + "k: 1\n"
    merges = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 20)
    )
    with pytest.raises(EditError, match="merged"):
        edit_yaml(merges, {("k",): 1})


def test_comment_of_a_new_key() -> None:
    comments = {("a",): "never: a is there", ("b", "c"): "why\nso", ("d",): "three"}
    after = edit_yaml("a: 1\n", {("a",): 2, ("b", "c"): 1, ("d",): 3}, comments=comments)
    assert after == "a: 2\nb:\n  c: 1  # why so\nd: 3  # three\n"


class Color(enum.StrEnum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("WAL", "WAL"),
        ("1:30", "'1:30'"),
        ("012", "'012'"),
        ("", "''"),
        ("a\nb", '"a\\nb"'),
        ("x\u2028y", '"x\\Ly"'),
        (["mean", "std"], "[mean, std]"),
        ({"a": {"": ["x, y"]}}, "{a: {'': ['x, y']}}"),
        ("x, y", "x, y"),
        (None, "null"),
        (True, "true"),
        (1e20, "1.0e+20"),
        (Color.RED, "red"),
        (PurePosixPath("/x/y"), "/x/y"),
        (("a",), "[a]"),
        (dt.date(2024, 1, 1), "2024-01-01"),
        (dt.datetime(2024, 1, 1, 2, tzinfo=dt.UTC), "2024-01-01 02:00:00+00:00"),
    ],
)
def test_yaml_text(value: Any, text: str) -> None:
    assert yaml_text(value) == text


@quick
@given(VALUES, st.booleans(), st.sampled_from(["", "'", '"']))
def test_yaml_text_reads_back_on_one_line(value: Any, in_flow: bool, quote: Any) -> None:
    text = yaml_text(value, in_flow=in_flow, quote=quote)
    back = yaml.safe_load(f"[{text}]")[0] if in_flow else yaml.safe_load(f"k: {text}")["k"]
    assert len(text.splitlines()) <= 1
    assert repr(back) == repr(value)


@quick
@given(edits())
def test_result_holds_what_was_wanted(edit: tuple[str, dict[tuple[str, ...], Any]]) -> None:
    text, changes = edit
    wanted = yaml.safe_load(text)
    for path, value in changes.items():
        wanted = changed(wanted, path, value)
    try:
        after = edit_yaml(text, changes)
    except EditError:
        # what follows a block of text may become part of it once the key between them goes
        assert REMOVED in changes.values()
        assert "some # text" in text
        return
    actual = yaml.safe_load(after)
    if REMOVED in changes.values():
        actual, wanted = without_nothing(actual), without_nothing(wanted)
    assert repr(_sorted(actual or {})) == repr(_sorted(wanted))
    assert edit_yaml(after, changes) == after  # twice is once


def _sorted(data: Any) -> Any:
    """Return *data* with its keys in one order, as `repr` tells types and NaN apart but orders too."""
    if isinstance(data, list):
        return [_sorted(item) for item in data]
    return sorted((repr(key), _sorted(data[key])) for key in data) if isinstance(data, dict) else data


@quick
@given(st.data())
def test_new_key_leaves_all_other_lines_and_goes_without_a_trace(data: st.DataObject) -> None:
    text = data.draw(documents())
    path = data.draw(paths(yaml.safe_load(text) or {}, new=True))
    after = edit_yaml(text, {path: data.draw(VALUES)})
    assert edit_yaml(after, {path: REMOVED}) == text
    assert _is_subsequence(text, after)


@quick
@given(st.data())
def test_scalar_changes_no_line_but_its_own(data: st.DataObject) -> None:
    entries = data.draw(
        st.lists(st.sampled_from(["a: 1", "b: 'x' # c", '"c": 2', "d: [1]", "e:", "# f", ""]), unique=True)
    )
    line_break = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = line_break.join(entries) + data.draw(st.sampled_from(["", line_break]))
    for key in yaml.safe_load(text) or {}:
        before, after = text.split(line_break), edit_yaml(text, {(key,): "new"}).split(line_break)
        differing = [old for old, new in zip(before, after, strict=True) if old != new]
        assert len(differing) == 1
        assert differing[0].lstrip('"').startswith(key)


def _is_subsequence(short: str, long: str) -> bool:
    """Return whether all characters of *short* are in *long* in the same order: nothing was taken away."""
    rest = iter(long)
    return all(char in rest for char in short)


ODD = st.text("ab:-?[]{},#&*!|>'\"% \n\r\t\ufeff\x85\u2028~<1.", max_size=40)


@quick
@given(
    st.one_of(st.text(), ODD, documents()),
    st.dictionaries(st.lists(st.sampled_from(["a", "b", "1"]), max_size=3).map(tuple), VALUES | st.just(REMOVED)),
)
def test_any_text_is_edited_or_refused(text: str, changes: dict[tuple[str, ...], Any]) -> None:
    try:
        after = edit_yaml(text, changes)
    except EditError:
        return
    assert edit_yaml(after, {}) == after
