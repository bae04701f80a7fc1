"""Pages on settings, made of the schema and of the rules: settings, variables, keys of 1.x."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mdm.config.json_schema import reference
from mdm.config.models import MDMConfig
from mdm.config.rules import FLAG_RULES, OLD_DEFAULTS, RULES, SHORT_VARIABLES, rules_by_key
from mdm.config.rules.conversions import NEGATED
from mdm.config.rules.rule import LegacyKey, Rule
from mdm.config.template import default_text

from .tables import code, table

VARIABLES: Final = {
    "MDM_CONFIG_FILE": "the configuration file, or its address, in place of those that are looked for",
    "MDM_ENV_FILE": "a dotenv file; its variables count below those of the environment",
    "MDM_SECRETS_DIR": "a folder with a file for each variable, as Docker and Kubernetes mount secrets",
    "MDM_HOME_DIR": "the folder in place of `~/.mdm`",
    "MDM_CONFIG_PATH": "a configuration file of 1.x, besides those in its home",
    "MDM_HOST_ID": "the name of this installation in rollouts, in place of `~/.mdm/host_id`",
}


def settings_page() -> str:
    """Return the reference of the settings, as ``mdm config reference`` prints it."""
    return reference(MDMConfig.schema())


def variables_page() -> str:
    """Return which variables of the environment MDM reads."""
    return "\n".join(_variables())


def legacy_page() -> str:
    """Return where each key of 1.x goes."""
    return "\n".join(_legacy())


def _variables() -> Iterator[str]:
    yield "# Variables of the environment"
    yield "\nThese say where MDM finds what it needs:"
    yield from table(("variable", "what it names"), ((code(name), what) for name, what in VARIABLES.items()))
    yield "Every setting has one, too: `MDM_`, its section, two underscores, its name. Lists are written with commas or"
    yield "as JSON."
    rows = ((code(setting.env_name), code(key), setting.description) for key, setting in MDMConfig.schema().items())
    yield from table(("variable", "setting", "effect"), rows)
    yield "## Variables of 1.x\n"
    yield "They go on working, below the new ones, with a warning. Besides these, each key of 1.x had a variable:"
    yield "`MDM_` and the key in capitals, with underscores for dots. `mdm config migrate-env` renames them in files."
    older = ((name, key) for name, key in SHORT_VARIABLES.items() if name not in VARIABLES)
    yield from table(("variable", "setting"), ((code(name), code(*_targets(key))) for name, key in older))


def _legacy() -> Iterator[str]:
    yield "# Keys of 1.x\n"
    yield "Keys of one row mean the same; where several are set, the first one counts. A key that is not here and is"
    yield "spelled as a setting is that setting; anything else is kept under `legacy:`."
    yield from _rules("Settings", RULES)
    yield from _rules("Flags", FLAG_RULES)
    yield "## Defaults that are others now\n"
    yield "A migration writes the old ones, so that nothing changes unnoticed; `--new-defaults` takes the new ones."
    schema = MDMConfig.schema()
    rows = ((code(key), code(str(old)), code(default_text(schema[key]))) for key, old in OLD_DEFAULTS.items())
    yield from table(("setting", "1.x", "now"), rows)


def _rules(title: str, rules: Iterable[Rule]) -> Iterator[str]:
    yield f"## {title}"
    rows = ((code(*map(".".join, rule.legacy)), code(*rule.to), _note(rule)) for rule in rules)
    yield from table(("in 1.x", "now", "the value"), rows)


def _note(rule: Rule) -> str:
    return "the opposite" if rule.convert is NEGATED else rule.convert.note


def _targets(key: LegacyKey) -> tuple[str, ...]:
    return rules_by_key()[key].to
