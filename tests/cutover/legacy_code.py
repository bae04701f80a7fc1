"""What programs of the time of 1.x do with the configuration, which was a plain dictionary: one function a habit.

Each takes the configuration and returns what it makes of it. None names a type of ours.
"""

from __future__ import annotations

import copy
import json
import operator
import pickle
import string
from collections import ChainMap, OrderedDict
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

HABITS: dict[str, Callable[[Any], Any]] = {}


def habit(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Keep the function under its name."""
    HABITS[function.__name__] = function
    return function


@habit
def chain_of_gets(config: Any) -> Any:
    return config.get("database", {}).get("backend", "sqlite")


@habit
def chain_with_missing_section(config: Any) -> Any:
    return config.get("no_such_section", {}).get("key", "fallback")


@habit
def chain_with_missing_key(config: Any) -> Any:
    return config.get("database", {}).get("no_such_key")


@habit
def deep_chain(config: Any) -> Any:
    return config.get("database", {}).get("sqlite", {}).get("journal_mode")


@habit
def subscripts(config: Any) -> Any:
    return config["database"]["backend"], config["batch_size"]


@habit
def subscript_that_fails(config: Any) -> Any:
    try:
        return config["no_such_section"]
    except KeyError as error:
        return error.args


@habit
def membership(config: Any) -> Any:
    return "database" in config, "no_such_section" in config, "backend" in config["database"]


@habit
def membership_then_read(config: Any) -> Any:
    return config["log_level"] if "log_level" in config else "INFO"  # noqa: SIM401


@habit
def type_of_value(config: Any) -> Any:
    return [type(config["batch_size"]).__name__, type(config["database"]).__name__, type(config["debug"]).__name__]


@habit
def is_mapping(config: Any) -> Any:
    return isinstance(config, Mapping), isinstance(config["database"], dict)


@habit
def structural_match(config: Any) -> Any:
    match config:
        case {"database": {"backend": str(backend)}, "batch_size": int(size)}:
            return backend, size
    return None


@habit
def truth(config: Any) -> Any:
    return bool(config), not config, "yes" if config else "no"


@habit
def iteration(config: Any) -> Any:
    return [key for key in sorted(config) if key in {"database", "batch_size", "plugin"}]


@habit
def keys_and_values(config: Any) -> Any:
    return "plugin" in config.keys(), 500 in list(config.values())  # noqa: SIM118


@habit
def items(config: Any) -> Any:
    return {key: value for key, value in config.items() if key in {"batch_size", "log_level", "plugin"}}


@habit
def lengths_agree(config: Any) -> Any:
    return len(config) == len(list(config)) == len(config.items()) == len(config.keys()) == len(dict(config))


@habit
def as_dictionary(config: Any) -> Any:
    plain = dict(config)
    return type(plain).__name__, plain["database"]["backend"], plain["plugin"]


@habit
def as_json(config: Any) -> Any:
    read = json.loads(json.dumps(dict(config)))
    return read["database"]["sqlite"]["journal_mode"], read["plugin"]


@habit
def unpacking(config: Any) -> Any:
    def opened(*, batch_size: int, database: dict[str, Any], **others: Any) -> tuple[int, str, bool]:
        return batch_size, database["backend"], "plugin" in others

    return opened(**config)


@habit
def laid_over_defaults(config: Any) -> Any:
    merged = {"color": "auto", "batch_size": 1, **config}
    return merged["color"], merged["batch_size"]


@habit
def updated_dictionary(config: Any) -> Any:
    settings: dict[str, Any] = {"batch_size": 1}
    settings.update(config)
    return settings["batch_size"], settings["plugin"]["options"]


@habit
def chain_map(config: Any) -> Any:
    return ChainMap({"batch_size": 7}, config)["batch_size"], ChainMap({}, config)["log_level"]


@habit
def ordered_dictionary(config: Any) -> Any:
    return OrderedDict(config)["batch_size"], MappingProxyType(dict(config))["debug"]


@habit
def shallow_copy(config: Any) -> Any:
    return copy.copy(config)["database"]["backend"]


@habit
def deep_copy(config: Any) -> Any:
    return copy.deepcopy(config)["plugin"], copy.deepcopy(config) == config


@habit
def own_copy_to_change(config: Any) -> Any:
    mine = config.copy()
    mine["batch_size"] = 1
    mine.setdefault("database", {})["extra"] = True
    return mine["batch_size"], config["batch_size"]


@habit
def pickled(config: Any) -> Any:
    return pickle.loads(pickle.dumps(config))["database"]["backend"]


@habit
def equality(config: Any) -> Any:
    return config == dict(config), dict(config) == config, config != {}, config == {"batch_size": 500}


@habit
def item_getters(config: Any) -> Any:
    return operator.itemgetter("batch_size", "log_level")(config)


@habit
def dotted_path(config: Any) -> Any:
    node: Any = config
    for name in ["database", "sqlite", "journal_mode"]:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


@habit
def template(config: Any) -> Any:
    return string.Template("$log_level/$batch_size").substitute(config), "{batch_size}".format_map(config)


@habit
def walked(config: Any) -> Any:
    def leaves(node: Any, path: str = "") -> list[str]:
        if not isinstance(node, Mapping):
            return [path]
        return [leaf for key in node for leaf in leaves(node[key], f"{path}/{key}")]

    return [leaf for leaf in sorted(leaves(config)) if leaf.startswith("/plugin")]
