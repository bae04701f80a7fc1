"""Valid values for settings, for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mdm.config.models import MDMConfig
from mdm.config.schema import Kind, Setting

SCHEMA = MDMConfig.schema()

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
_special: dict[str, st.SearchStrategy[Any]] = {
    "features.text_ngram_range": st.tuples(st.integers(1, 5), st.integers(5, 9)),
    "performance.feature_n_jobs": st.sampled_from([-1, 1, 2, 64]),
    "logging.format": st.sampled_from(["json", "{message}", "{level:>8} # {message}", "{{x}}: {message}"]),
    "logging.rotation": st.sampled_from(["1 day", "12:00", "monday", "2 hours"]),
    "logging.retention": st.sampled_from(["1 week", "5 files"]),
    "version": st.just("2.0.0"),
    "legacy": st.dictionaries(
        words, st.one_of(st.none(), st.booleans(), st.integers(), words, st.lists(words)), max_size=3
    ),
}


def values_of(setting: Setting) -> st.SearchStrategy[Any]:
    """Return the valid values of *setting*, traps of YAML included."""
    plain = _special[setting.key] if setting.key in _special else _by_type(setting)
    return st.none() | plain if setting.optional else plain


def settings_of() -> st.SearchStrategy[dict[str, Any]]:
    """Return some settings with valid values each."""
    keys = st.lists(st.sampled_from(sorted(SCHEMA)), unique=True, max_size=8)
    return keys.flatmap(lambda chosen: st.fixed_dictionaries({key: values_of(SCHEMA[key]) for key in chosen}))


def _by_type(setting: Setting) -> st.SearchStrategy[Any]:  # noqa: PLR0911  # one a type
    low, high = setting.bounds
    if setting.choices:
        word = st.sampled_from(setting.choices)
        return st.lists(word, max_size=7) if setting.kind is Kind.LIST else word
    if setting.is_path:
        return st.sampled_from(["/tmp/x", "~/data", "relative/one", "/with space/é", "~", "/on", "/tmp/#1"])
    if setting.kind is Kind.BOOL:
        return st.booleans()
    if setting.kind is Kind.NUMBER and "float" in setting.type_name:
        return st.floats(0, 1)
    if setting.kind is Kind.NUMBER:
        return st.integers(int(low) if low is not None else -(10**9), int(high) if high is not None else 10**9)
    if setting.type_name == "size":
        return st.builds("{}{}".format, st.integers(1, 9999), st.sampled_from(["MB", "GiB", "KB", "B", " TB"]))
    traps = st.sampled_from(
        ["on", "no", "012", "1:30", "null", "~", "2024-01-01", "1e5", "", " x ", "#", "a: b", "'", '"']
    )
    return traps | words.filter(lambda text: "${" not in text)
