"""The composition root: what one run of the program is made of. Nothing is read before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mdm.config.layers import shown_path
from mdm.config.manager import ConfigurationManager
from mdm.config.models import MDMConfig
from mdm.config.selection import Surroundings
from mdm.config.sources.explicit import AssignmentSource
from mdm.core.feature_flags import feature_flags
from mdm.core.url import Location, local, location_of
from mdm.errors import InvalidConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdm.config.migrator import ConfigurationMigrator
    from mdm.config.schema import Schema
    from mdm.config.systems import Active


@dataclass(frozen=True, slots=True)
class Options:
    """What every command takes: the file to use in place of the one that is searched for, and ``KEY=VALUE`` texts."""

    config_file: str | None = None
    assignments: tuple[str, ...] = field(default=(), repr=False)


class Application:
    """The configuration, and what works on it, for one run."""

    def __init__(self, options: Options = Options()) -> None:
        self.chosen = _absolute(location_of(options.config_file)) if options.config_file else None
        explicit = (AssignmentSource(options.assignments),) if options.assignments else ()
        self.around = Surroundings.of_process()
        self.on_load: Callable[[MDMConfig], object] | None = None
        """Is told of the configuration as soon as it is known."""
        self.manager = ConfigurationManager(self.chosen, explicit=explicit, flags=feature_flags)

    @property
    def home(self) -> Path:
        """The folder of configuration, flags and backups."""
        return self.around.home

    @property
    def schema(self) -> Schema:
        """The settings as a table."""
        return MDMConfig.schema()

    @cached_property
    def migrator(self) -> ConfigurationMigrator:
        """Analyses and migrates; the chosen file stands in place of the legacy files, as ``MDM_CONFIG_PATH`` does."""
        from mdm.config.migrator import ConfigurationMigrator

        if self.chosen is None:
            return ConfigurationMigrator(surroundings=self.around)
        environ = {**self.around.environ, "MDM_CONFIG_PATH": str(local(self.chosen))}
        return ConfigurationMigrator(surroundings=Surroundings(environ, self.around.folder))

    def load(self, system: str | None = None) -> Active:
        """Read the configuration; raises `InvalidConfigError` with every problem, a chosen file that is missing too."""
        if isinstance(self.chosen, Path) and not self.chosen.exists():
            hint = "'mdm config init --output FILE' writes a new one"
            raise InvalidConfigError(Problem("no such file", shown_path(self.chosen), hint))
        active = self.manager.load(system)
        if self.on_load is not None and system is None:
            self.on_load(active.config)
        return active


def _absolute(location: Location) -> Location:
    return location.absolute() if isinstance(location, Path) else location
