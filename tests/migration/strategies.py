"""Legacy homes that nobody wrote: random settings of all rows, and others, with right and wrong values, in all files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from mdm.config.rules import FLAG_RULES, RULES, all_rules
from mdm.config.schema import Kind, Setting

from .homes import SCHEMA, Place

Path_ = tuple[Any, ...]
_RULES = [rule for rule in all_rules(SCHEMA) if rule.to != ("refactoring.use_new_config",)]  # a migration sets it
_NEW = {key for rule in _RULES if rule not in RULES for key in rule.legacy}
Tree = dict[Any, Any]

FILES = ("config.yaml", "mdm.yaml", "settings.json", "project/mdm.yaml", "project/.mdm.yaml")
VARIABLES = {"DATA_ROOT": "/srv/data", "ROWS": "4000", "PG_PASSWORD": "hunter2:with #", "LEVEL": "warning"}
REFERENCES = [
    "${ROWS}",
    "${LEVEL}",
    "${DATA_ROOT}/below",
    "${NOT_SET}",
    "${NOT_SET:-4000}",
    "${NOT_SET:debug}",
    "${not_set:-Sqlite}",
    "${performance.batch_size}",
    "${paths.base_path}/x",
    "${plugin.deep.er}",
    "$${literal}",
    "${",
]
WRONG: list[Any] = [
    None,
    "",
    "nonsense",
    "12,34",
    0,
    -5,
    1.5,
    10**9,
    True,
    False,
    [1, "two"],
    [],
    date(2024, 2, 29),
    "2024",
]
FREE_KEYS: list[Path_] = [
    ("validation", "strict_mode"),
    ("api", "timeout"),
    ("api", "key"),
    ("plugin", "deep", "er"),
    ("plugin", "a.b"),
    ("performance", "turbo"),
    ("database", "sqlite", "mmap_size"),
    ("database", "postgresql", "pool_recycle"),
    ("database", "postgresql", "database_prefix"),
    ("logging", "components", "mdm.api"),
    ("features", "binning", "bins"),
    ("registration", 7),
    ("registration", 2.5),
    ("registration", None),
    (True,),
    (date(2024, 1, 31),),
    ("",),
    ("8",),
    ("logging", "console"),
    ("performance", "cache"),
]
FREE_VALUES = st.one_of(
    st.sampled_from(
        [*WRONG, *REFERENCES, "text\nof two lines", " x ", "yes", "012", "1:30", "a: b # c", "ключ 😀", {"in": [1]}]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12),
    st.integers(),
    st.floats(allow_nan=False),
)


@dataclass(frozen=True)
class Legacy:
    """The content of a legacy home: a tree for each file, the flags, and how the files are written."""

    files: dict[str, Tree]
    flags: Tree = field(default_factory=dict)
    flow: bool | None = False
    modes: dict[str, int] = field(default_factory=dict)

    def write(self, root: Path) -> Place:
        """Write the files below *root*."""
        place = Place(root, VARIABLES)
        place.home.mkdir(parents=True)
        place.folder.mkdir(parents=True)
        for name, tree in self.files.items():
            path = root / name if "/" in name else place.home / name
            path.write_text(self.text(name, tree))
            path.chmod(self.modes.get(name, 0o644))
        if self.flags:
            (place.home / "feature_flags.json").write_text(json.dumps(self.flags))
        return place

    def text(self, name: str, tree: Tree) -> str:
        """Return the text of one file."""
        if name.endswith(".json"):
            return json.dumps(tree, indent=2)
        return yaml.safe_dump(tree, default_flow_style=self.flow, sort_keys=False, allow_unicode=True) if tree else ""


@st.composite
def legacy_homes(draw: st.DrawFn, *, at_least: int = 0) -> Legacy:
    """Return a legacy home of up to some 30 settings."""
    found = draw(st.lists(st.one_of(_mapped(), _mapped(), _mapped(), _free()), min_size=at_least, max_size=30))
    names = draw(
        st.sampled_from([FILES, ("mdm.yaml",), ("config.yaml",), ("config.yaml", "mdm.yaml"), ("settings.json",)])
    )
    files: dict[str, Tree] = {draw(st.sampled_from(names)): {}}
    for path, value in found:
        name = draw(st.sampled_from(names))
        if not name.endswith(".json") or (is_json([*path, value]) and all(isinstance(key, str) for key in path)):
            put(files.setdefault(name, {}), path, value)
            if path in _NEW:  # alone it would make the file a new one
                put(files[name], ("plugin", "made_for"), "1.x")
    modes = {name: draw(st.sampled_from([0o600, 0o644, 0o640])) for name in files}
    return Legacy(files, draw(_flags()), draw(st.sampled_from([False, True, None])), modes)


@st.composite
def in_another_order(draw: st.DrawFn, home: Legacy) -> Legacy:
    """Return *home* with the keys of every mapping in another order."""

    def turned(tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        return {key: turned(tree[key]) for key in draw(st.permutations(list(tree)))}

    return Legacy({name: turned(tree) for name, tree in home.files.items()}, turned(home.flags), home.flow, home.modes)


def put(tree: Tree, path: Path_, value: Any) -> None:
    """Set *value* in nested dictionaries, unless something else lies on the way."""
    node: Any = tree
    for name in path[:-1]:
        node = node.setdefault(name, {})
        if not isinstance(node, dict):
            return
    if not isinstance(node.get(path[-1]), dict):
        node[path[-1]] = value


def is_json(value: Any) -> bool:
    """Say whether JSON gives *value* back as it is."""
    match value:
        case dict():
            return all(isinstance(key, str) and is_json(item) for key, item in value.items())
        case list() as items:
            return all(map(is_json, items))
        case _:
            return value is None or isinstance(value, str | int | float)


def right_values(setting: Setting) -> st.SearchStrategy[Any]:
    """Return values for a legacy setting that becomes *setting*, in the spellings of the old program."""
    spelled = _SPELLED.get(setting.key) or _SPELLED.get(setting.type_name.split(" ")[0])
    if spelled is not None:
        return st.sampled_from(spelled)
    if setting.kind is Kind.NUMBER:
        low, high = setting.bounds
        numbers = st.integers(int(low if low is not None else -99_999), int(high if high is not None else 99_999))
        return st.one_of(numbers, numbers, numbers.map(str), st.sampled_from([30.5, 0.2, "0x10", "2GB", "1e3"]))
    if setting.kind is Kind.LIST:
        return st.lists(st.sampled_from([*setting.choices, "Year"]), max_size=3, unique=True)
    words = st.sampled_from(setting.choices or ("name",))
    return st.one_of(words, words.map(str.lower), words.map(str.title))


_SPELLED: dict[str, list[Any]] = {
    "bool": [True, False, "true", "off", 1, 0],
    "size": ["512MB", "1.5GiB", "2 gb", "4G", "4096", 1048576, 10485760, 5000000, "25%", "33.5 %"],
    "path": ["~/x", "/srv/a", "below", "a/b/", "config/datasets/", "/etc/mdm/datasets", "log.txt", 2024],
    "secret": ["name", "0012", 12, 3.5, "a: b", "yes", True, "päss", "it's", "$${x}"],
    "str": ["name", "0012", 12, 3.5, "a: b", "yes", True, "päss", "it's"],
    "logging.retention": [5, "7", 1],
    "logging.format": ["json", "JSON", "text", "console", "{message}", "%(asctime)s %(message)s", "%(nope)s", "{"],
}


@st.composite
def _mapped(draw: st.DrawFn) -> tuple[Path_, Any]:
    rule = draw(st.sampled_from(_RULES))
    path = draw(st.sampled_from(rule.legacy))
    if len(rule.to) > 1:
        families = st.sampled_from(["statistical", "numeric", "Text", "temporal", "custom", "categorical", "images"])
        right: st.SearchStrategy[Any] = st.one_of(st.booleans(), st.lists(families, max_size=4), st.just("text,custom"))
    else:
        right = right_values(SCHEMA[rule.to[0]])
    wrong = st.sampled_from([*WRONG, *REFERENCES])
    return path, draw(st.one_of(right, right, right, right, wrong))


@st.composite
def _free(draw: st.DrawFn) -> tuple[Path_, Any]:
    return draw(st.sampled_from(FREE_KEYS)), draw(FREE_VALUES)


@st.composite
def _flags(draw: st.DrawFn) -> Tree:
    tree: Tree = {}
    for _ in range(draw(st.sampled_from([0, 0, 1, 4]))):
        path = draw(st.sampled_from([key for rule in FLAG_RULES for key in rule.legacy]))
        right: st.SearchStrategy[Any] = st.integers(0, 100) if path[0] == "rollout_percentage" else st.booleans()
        put(tree, path, draw(st.one_of(right, right, right, st.sampled_from([None, "maybe", 200]))))
    own, nested = draw(st.tuples(st.booleans(), st.booleans()))
    if own:
        put(tree, ("my_own_flag",), True)
    return {"flags": tree, "history": []} if tree and nested else tree
