"""Where values come from: each source yields what it holds, with its place, and never stops at the first problem.

The less common ones are imported when there is such a source: `dotenv`, `explicit`, `secrets`.
"""

from mdm.config.sources.base import Source, holds_secret_in, is_secret, masked, read_text, unknown_key
from mdm.config.sources.environment import LOCATORS, EnvSource, single_underscore_names, translate_variable
from mdm.config.sources.file import FileSource

__all__ = [
    "LOCATORS",
    "EnvSource",
    "FileSource",
    "Source",
    "holds_secret_in",
    "is_secret",
    "masked",
    "read_text",
    "single_underscore_names",
    "translate_variable",
    "unknown_key",
]
