"""``mdm flags get``: one flag, bare."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mdm.cli.output import out_bare, out_json, text_of
from mdm.cli.reporting import tell_recovered
from mdm.core.feature_flags import feature_flags
from mdm.core.flag_state import CONFIGURATION, DEFAULT
from mdm.core.home import home_folder

if TYPE_CHECKING:
    from collections.abc import Callable


def print_flag(name: str, with_configuration: Callable[[], object], *, as_json: bool = False) -> None:
    """Print what the flag is. Only where neither a variable nor ``mdm flags set`` decides, the configuration is read.

    *with_configuration* lets the flags of the configuration file count from then on. FlagError for an unknown name.
    """
    from mdm.core.transaction import recover

    tell_recovered(recover(home_folder(os.environ)))
    if feature_flags.source(name) in (CONFIGURATION, DEFAULT):
        with_configuration()
    value = feature_flags.all()[name]
    out_json(value) if as_json else out_bare(text_of(value))
