"""The configuration of MDM: one typed schema, one file, one rule of precedence, and the place of every value."""

from __future__ import annotations

TYPE_CHECKING = False  # known to type checkers; to import typing takes longer than all else here
if TYPE_CHECKING:
    from typing import Any

    from mdm.config.manager import config_manager, get_config
    from mdm.config.models import MDMConfig

__all__ = ["MDMConfig", "config_manager", "get_config", "get_setting", "set_setting"]


def get_setting(key: str, default: Any = None) -> Any:
    """Return the value of a dotted *key* of the active configuration, or *default* where there is no such key."""
    from mdm.config.manager import config_manager

    return config_manager.get(key, default)


def set_setting(key: str, value: Any) -> None:
    """Change a setting in the configuration file; `InvalidConfigError` where it is refused, and nothing is written."""
    from mdm.config.manager import config_manager

    config_manager.set(key, value)


def __getattr__(name: str) -> Any:
    """Import what is asked for; a command that needs one part does not pay for all."""
    if name == "MDMConfig":
        from mdm.config.models import MDMConfig

        return MDMConfig
    if name in ("config_manager", "get_config"):
        from mdm.config import manager

        return getattr(manager, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
