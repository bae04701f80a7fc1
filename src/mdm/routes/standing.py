"""Who takes part in the cutover: what the flags mean where somebody has set them, and where nobody has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from mdm.config.layers import Layer
from mdm.config.selection import Surroundings
from mdm.config.systems import has_legacy_files
from mdm.core.feature_flags import FeatureFlags, feature_flags
from mdm.core.flag_catalogue import find
from mdm.core.flag_rollout import bucket
from mdm.core.flag_state import DEFAULT

if TYPE_CHECKING:
    from mdm.config.models import MDMConfig
    from mdm.core.flag_catalogue import FlagValue

_NEED_LEGACY_FILES: Final = {"auto_fallback", "enable_comparison_tests"}


@dataclass
class Standing:
    """The flags as routes see them, in a program whose configuration is *config*.

    A flag and its percentage decide where either is set. Where neither is, parts follow the configuration: the plain
    ones work where the legacy system answers, the fast ones where the new one does. To fall back and to compare, there
    have to be legacy files still: both end with the cutover. What *config* was given in code beats all other sources.
    """

    config: MDMConfig
    flags: FeatureFlags = feature_flags

    def is_enabled(self, name: str, subject: str) -> bool:
        """Say whether the new implementation is for *subject*."""
        rollout = find(name).rollout or name
        if self._given(name) is not None or self._given(rollout) is not None:
            return bool(self.get(name)) or bucket(name, subject) < self.get(rollout)
        if any(self.flags.source(each) != DEFAULT for each in (name, rollout)):
            return self.flags.is_enabled(name, subject)
        return not self._has_legacy_files or bool(self.flags.get("use_new_config"))

    def get(self, name: str) -> FlagValue:
        """Return what the flag is here."""
        if name in _NEED_LEGACY_FILES and not self._has_legacy_files:
            return False
        given = self._given(name)
        return self.flags.get(name) if given is None else given

    def _given(self, name: str) -> FlagValue | None:
        """Return what code, or ``--set``, says; none where it says nothing."""
        key = f"refactoring.{name}"
        winner = next(iter(self.config.candidates(key)), None)
        is_given = winner is not None and winner.origin.layer is Layer.EXPLICIT
        return cast("FlagValue", self.config.value(key)) if is_given else None

    @cached_property
    def _has_legacy_files(self) -> bool:
        return has_legacy_files(Surroundings.of_process())
