"""What is wanted of features, whether it can be had, and what it depends on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mdm.errors import Problem, UsageError
from mdm.features.custom.scripts import find_scripts
from mdm.features.feature import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mdm.config.models import MDMConfig
    from mdm.features.engines.engine import Engine
    from mdm.features.feature import Family
    from mdm.features.fitting import Work
    from mdm.features.table import Table
    from mdm.storage.info import DatasetInfo


@dataclass(frozen=True, slots=True)
class Wish:
    """Which features are wanted, and how they are computed.

    *families* (none: those that the settings enable), by *engine* (none: as the size of the table suggests). With
    *refit*, what was fitted before does not count.
    """

    families: Sequence[Family] | None = None
    engine: str | None = None
    refit: bool = False


def families_of(wish: Wish, config: MDMConfig) -> tuple[Family, ...]:
    """Return the families that are wanted, in their order; raises UsageError for unknown ones, and for none."""
    if wish.families is None:
        chosen = tuple(family for family in FAMILIES if getattr(config.features, f"enable_{family}"))
    elif unknown := [family for family in wish.families if family not in FAMILIES]:
        raise UsageError(
            *(Problem(f"unknown family {each}", hint=f"choose of {', '.join(FAMILIES)}") for each in unknown)
        )
    else:
        chosen = tuple(family for family in FAMILIES if family in wish.families)
    if not chosen:
        raise UsageError(
            Problem("no family of features is chosen", hint="see --families, and features.enable_numeric ...")
        )
    return chosen


def check_able(name: str, engine: Engine, work: Work) -> None:
    """Raise UsageError where there is work that the engine cannot do, before it begins."""
    firsts = {work.table.family(column) for column in work.table.inputs}
    if find_scripts(work.config.paths.custom_features_path)[0]:
        firsts.add("custom")
    able = ", ".join(family for family in FAMILIES if family in engine.families)
    if unable := [family for family in work.families if family in firsts and family not in engine.families]:
        hint = f"leave them out with --families {able.replace(' ', '')}, or use another engine"
        raise UsageError(Problem(f"the engine {name} cannot make features of {' and '.join(unable)}", hint=hint))


def basis_of(info: DatasetInfo, table: Table, families: Sequence[Family], config: MDMConfig) -> dict[str, str]:
    """Return what a fit depends on, a digest of each thing: not on rows that are added, unless they are split."""
    scripts = find_scripts(config.paths.custom_features_path)[0] if "custom" in families else ()
    things = {
        "dataset": info.created.isoformat(),
        "settings": config.features.model_dump(mode="json"),
        "families": list(families),
        "columns": [(field.name, str(field.type), table.kinds.get(field.name)) for field in table.schema],
        "target": [table.target, table.problem_type, list(table.ids)],
        "split": info.notes.get("split"),
        "custom files": [(script.path.name, script.digest) for script in scripts],
    }
    return {name: sha256(json.dumps(said, default=str).encode()).hexdigest() for name, said in things.items()}
