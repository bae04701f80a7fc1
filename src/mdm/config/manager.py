"""One shared configuration for a process: load, reload, read, change, explain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import TYPE_CHECKING, Any

from mdm.config.accesses import Accesses
from mdm.config.answering import Load
from mdm.config.layers import Notice
from mdm.config.models import MDMConfig
from mdm.config.observing import observe
from mdm.config.section import warn_of
from mdm.config.selection import Surroundings, chosen_file
from mdm.config.sources import Source
from mdm.config.systems import NEW, Active, legacy_dictionary, what_hides
from mdm.core.feature_flags import FeatureFlags, feature_flags
from mdm.core.log import log
from mdm.core.metrics import MetricsCollector, metrics_collector
from mdm.core.url import Location, Url, local, location_of

if TYPE_CHECKING:
    from mdm.config.file_watch import Reloaded, Watch
    from mdm.errors import MdmError


class ConfigurationManager:
    """Access to the active configuration; thread-safe. Nothing is read until something is asked for.

    *config_file* is the file to read and write in place of the one that is searched for, or an address to read;
    *explicit* are sources that beat all others; *surroundings* stand in for the process's environment and current
    folder; *flags* decide which system answers; *metrics* are what is counted, those of the process unless there are
    other surroundings.
    """

    def __init__(
        self,
        config_file: str | os.PathLike[str] | Url | None = None,
        *,
        explicit: tuple[Source, ...] = (),
        surroundings: Surroundings | None = None,
        flags: FeatureFlags | None = None,
        metrics: MetricsCollector | None = None,
    ) -> None:
        self._chosen = _location(config_file) if config_file is not None else None
        self._explicit = explicit
        self._surroundings = surroundings
        self._flags = flags or FeatureFlags(environ=surroundings.environ if surroundings else None)
        self.metrics = metrics or (self._own_metrics(surroundings.environ) if surroundings else metrics_collector)
        self._lock = RLock()
        self._config: MDMConfig | None = None
        self._answering = NEW
        self._when_forgotten: Callable[[], object] | None = None
        self._settings: dict[str, Any] = {}
        self._legacy: Mapping[str, Any] | None = None
        self._follows_flag = False
        self._under_way: Load | None = None
        self._flags_of_file: Mapping[str, object] | None = None
        self._flags.configured = self._configured_flags

    @property
    def flags(self) -> FeatureFlags:
        """The flags that decide which system answers."""
        return self._flags

    @property
    def around(self) -> Surroundings:
        """The environment and the current folder that count now."""
        return self._surroundings or Surroundings.of_process()

    def get_config(self) -> MDMConfig:
        """Return the active configuration, built at the first call and then shared.

        Raises `InvalidConfigError` with every problem where it cannot be built.
        """
        config = self._config
        return config if config is not None else self._build()

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a dotted *key*, of the new schema or a legacy one; *default* where there is no such."""
        try:
            return self._settings[key]
        except KeyError:
            config = self.get_config()
            settings = config.settings()
            with self._lock:
                if self._config is config:  # what was dropped meanwhile is not kept
                    self._settings = settings
            return settings.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Change a setting in the file. The whole result is validated before a byte is written.

        Raises `InvalidConfigError` where it is refused: file and memory are as before. Warns when a variable hides
        the new value, or a flag that was set.
        """
        changed = self._change(key, value)
        if hidden_by := what_hides(changed, self.get_config(), self._flags, self.around.environ):
            warn_of((Notice("hidden", f"{changed} is written, but {hidden_by} hides it"),))

    def unset(self, key: str) -> None:
        """Take a setting out of the file, so that the next source or the default counts. Errors as for `set`."""
        from mdm.config.editing import REMOVED

        self._change(key, REMOVED)

    def reload(self) -> None:
        """Drop what was read; the next access reads again."""
        log("DEBUG", "the configuration is dropped, and read again when it is asked for")
        with self._lock:
            self._forget()
            self._legacy = None
            self._flags_of_file = None
            if isinstance(self._file(), Url):
                from mdm.config.remote import forget

                forget()

    def watch(
        self,
        on_change: Callable[[Reloaded], object] | None = None,
        *,
        on_error: Callable[[MdmError], object] | None = None,
        interval: float = 1.0,
    ) -> Watch:
        """Follow the files of the configuration, all layers, until the returned `Watch` is stopped, or its block ends.

        Within *interval* seconds of a change, and a tenth of one in which the files have to be at rest, `get_config`
        returns the new configuration. *on_change* is told what differs, on a thread of its own. A file that is broken
        changes nothing: *on_error* is told why, once, and where there is none a warning says it. Raises
        `InvalidConfigError` where there is no valid one to begin with.
        """
        from mdm.config.file_watch import Watch, files_in_use

        return Watch(
            self.get_config(),
            files=lambda: files_in_use(self.around, self._chosen),
            reread=self._reread,
            on_change=on_change,
            on_error=on_error,
            interval=interval,
        )

    def export_env_vars(self, *, include_secrets: bool = False) -> dict[str, str]:
        """Return the variables that, set in an empty environment, reproduce the configuration.

        Secrets are among them only when asked for.
        """
        from mdm.config.export import env_vars

        return env_vars(self.get_config(), include_secrets=include_secrets)

    def load(self, system: str | None = None) -> Active:
        """Read everything anew and return it with what is to be said; nothing is shared and nothing falls back.

        *system* is ``new`` or ``legacy``, otherwise the active one. Raises `InvalidConfigError` with every problem.
        """
        return self._load().of(system)

    def load_with_fallback(self) -> Active:
        """Read everything anew and return what `get_config` would give now; errors as there."""
        return self._load().with_fallback()

    def load_other(self, system: str) -> Active | None:
        """Return what the system says that is not *system*; none where it has no files, or one file was chosen."""
        return self._load().other(system)

    def system(self) -> str:
        """Return which system answers: ``new`` or ``legacy``."""
        return self._load().system()

    def _own_metrics(self, environ: Mapping[str, str]) -> MetricsCollector:
        return MetricsCollector(environ=environ, enabled=lambda: self._flags.get("enable_performance_tracking"))

    @property
    def _legacy_config(self) -> Mapping[str, Any]:
        """The values that the legacy system read, as a plain mapping; another one can be put in its place."""
        return legacy_dictionary(self.around) if self._legacy is None else self._legacy

    @_legacy_config.setter
    def _legacy_config(self, tree: Mapping[str, Any]) -> None:
        self.reload()
        self._legacy = tree

    @_legacy_config.deleter
    def _legacy_config(self) -> None:
        self.reload()

    def _build(self) -> MDMConfig:
        with self._lock:
            if self._config is not None:
                return self._config
            with self._one_load() as load:
                self._follow_flag()
                with self.metrics.timer("config.load.seconds"):
                    active = load.with_fallback()
            warn_of(active.notices)
            self._answering = active.system
            self._config = active.config
        observe(active, load, self._flags, self.metrics)
        return active.config

    def _reread(self) -> MDMConfig:
        """Put what the files say now in place of what is there; where they are broken, nothing changes."""
        with self._lock:
            self._flags_of_file = None
            with self._one_load() as load:
                active = load.of(lenient=True)
            self._answering = active.system
            self._config = active.config  # before the caches are emptied, so that nobody fills them with the old one
            self._settings = {}
            if self._when_forgotten is not None:
                self._when_forgotten()
        warn_of(active.notices)
        observe(active, load, self._flags, self.metrics)
        return active.config

    def _load(self) -> Load:
        """Return the load that is under way, or a new one; in each, a file is read once."""
        if self._under_way is not None:
            return self._under_way
        return Load(self.around.reading_once(), self._flags, self._chosen, self._explicit, self._legacy)

    @contextmanager
    def _one_load(self) -> Iterator[Load]:
        """Let the flags, too, be those of the files that are read now."""
        self._under_way = self._load()
        try:
            yield self._under_way
        finally:
            self._under_way = None

    def _configured_flags(self) -> Mapping[str, object]:
        """The flags that the configuration file sets; read once, because flags are read often."""
        if self._flags_of_file is None:
            self._flags_of_file = self._load().configured_flags()
        return self._flags_of_file

    def _follow_flag(self) -> None:
        if not self._follows_flag:
            self._flags.on_change("use_new_config", lambda *_: self._forget())
            self._follows_flag = True

    def _forget(self) -> None:
        self._config = None
        self._settings = {}
        if self._when_forgotten is not None:
            self._when_forgotten()

    def _file(self) -> Location | None:
        """Return the one file that was chosen, in code or by a variable."""
        return chosen_file(self.around, self._chosen)

    def _change(self, key: str, value: Any) -> str:
        from mdm.config.changing import Target, change

        with self._lock:
            file = self._file()
            with self._one_load() as load:
                system = load.system_to_change()
            chosen = None if file is None else local(file)
            changed = change(Target(self.around, system, lambda: load.found, chosen), key, value)
            self.reload()
        return changed


def _location(file: str | os.PathLike[str] | Url) -> Location:
    return file if isinstance(file, Url) else location_of(os.fspath(file))


config_manager = ConfigurationManager(flags=feature_flags)


@cache
def get_config() -> MDMConfig:
    """Return the active configuration of this process, built at the first call and then shared by all threads.

    Raises `InvalidConfigError` with every problem where it cannot be built.
    """
    # Nothing can come between the last look at `_config` and the cache's keeping of it, so what `reload` has dropped
    # is never kept.
    while (config := config_manager._config) is None:  # noqa: SLF001
        config_manager.get_config()
    return config


config_manager._when_forgotten = Accesses(  # noqa: SLF001
    get_config,
    config_manager.metrics,
    lambda: config_manager._answering,  # noqa: SLF001
).forget
