"""One load: which of the two systems answers now, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdm.config.formats import LEGACY as LEGACY_FORMAT
from mdm.config.formats import format_of, is_new_format
from mdm.config.layers import Notice
from mdm.config.legacy_files import is_present, legacy_files
from mdm.config.models import MDMConfig
from mdm.config.selection import Found, Surroundings, chosen_file, find_file, legacy_of
from mdm.config.sources import Source
from mdm.config.systems import (
    LEGACY,
    NEW,
    Active,
    flags_of_files,
    load_legacy,
    load_new,
    load_other,
    reading_to_fall_back_to,
    refuse_missing,
)
from mdm.core.feature_flags import FeatureFlags
from mdm.core.url import Location, Url
from mdm.errors import InvalidConfigError, MdmError, Problem

if TYPE_CHECKING:
    from mdm.config.legacy import LegacyReading


@dataclass(frozen=True)
class Load:
    """What decides a load: the surroundings, the flags, the file that was *chosen* in code, sources above all others.

    *legacy* stands in for what the legacy files say.
    """

    around: Surroundings
    flags: FeatureFlags
    chosen: Location | None = None
    explicit: tuple[Source, ...] = ()
    legacy: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def file(self) -> Location | None:
        """The one file that was chosen, in code or by a variable."""
        return chosen_file(self.around, self.chosen)

    @cached_property
    def found(self) -> Found:
        """The file that the new system reads; raises `InvalidConfigError` where it cannot be read."""
        return find_file(MDMConfig.schema(), self.around, self.chosen)

    @cached_property
    def _legacy_files(self) -> list[Path]:
        return legacy_files(self.around.home, self.around.folder, self.around.environ)

    def system(self) -> str:
        """Return which system answers: ``new`` or ``legacy``."""
        schema = MDMConfig.schema()
        if isinstance(self.file, Url):
            return NEW
        if self.file is not None:
            document = self.found.document
            return LEGACY if document is not None and format_of(document, schema) == LEGACY_FORMAT else NEW
        if self.flags.get("use_new_config"):
            return NEW
        is_legacy = self.legacy is not None or is_present(schema, self._legacy_files, self.around.read)
        return LEGACY if is_legacy else NEW

    def system_to_change(self) -> str:
        """Return the system whose files a change goes to: the one that answers, the new one where none can."""
        try:
            return self.system()
        except InvalidConfigError:
            return NEW

    def of(self, system: str | None = None, *, lenient: bool = False) -> Active:
        """Return what *system* says, otherwise the one that answers; raises `InvalidConfigError` with every problem.

        With *lenient* the legacy system keeps what the new schema refuses, and a notice says so.
        """
        return self._legacy(lenient=lenient) if (system or self.system()) == LEGACY else self._new()

    def with_fallback(self) -> Active:
        """Return what the system that answers says, or the legacy files where the new ones are refused."""
        try:
            return self.of(lenient=True)
        except InvalidConfigError as error:
            reading = self._reading_to_fall_back_to()
            if reading is None:
                raise
            reason = _reason(error.problems)
            active = load_legacy(self.around, self.explicit, reading=reading, tree=self.legacy, lenient=True)
            return Active(active.config, LEGACY, active.files, (reason, *active.notices))

    def may_have_other(self, active: Active) -> bool:
        """Say whether there are files beside those of *active*, or one that both systems read; none is read for it."""
        document = active.config.state.document
        if self.file is not None or active.system == LEGACY or document is None:
            return self.file is None
        beside = any(path != document.path and self.around.exists(path) for path in self._legacy_files)
        return beside or not is_new_format(document, MDMConfig.schema())

    def other(self, system: str) -> Active | None:
        """Return what the system says that is not *system*; none where it has no files, or one file was chosen."""
        return None if self.file else load_other(system, self.around, self.explicit, self.legacy)

    def configured_flags(self) -> Mapping[str, object]:
        """Return the flags that files set below what ``mdm flags set`` stored."""
        try:
            document = self.found.document
        except MdmError:  # what is wrong counts for nothing
            document = None
        return flags_of_files(document, self.around)

    def _reading_to_fall_back_to(self) -> LegacyReading | None:
        """Return what the legacy files say; none where there are none, or nobody wants to fall back."""
        wanted = self.flags.get("use_new_config") and self.flags.get("auto_fallback")
        return reading_to_fall_back_to(self.around) if wanted and self.file is None else None

    def _new(self) -> Active:
        return load_new(self.around, self.explicit, refuse_missing(self.found, self.around, self.chosen))

    def _legacy(self, *, lenient: bool) -> Active:
        if isinstance(self.file, Url):
            hint = "unset MDM_CONFIG_FILE to see what the legacy files say"
            raise InvalidConfigError(Problem("the legacy system reads no address", self.file.shown, hint))
        reading = legacy_of(MDMConfig.schema(), self.around, self.file)
        return load_legacy(self.around, self.explicit, reading=reading, tree=self.legacy, lenient=lenient)


def _reason(problems: tuple[Problem, ...]) -> Notice:
    """Return the one notice that says why the legacy configuration stands in."""
    told = "; ".join(map(str, problems))
    return Notice("fallback", f"the legacy configuration is used, because the new one is refused: {told}")
