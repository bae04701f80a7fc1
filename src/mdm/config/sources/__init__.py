"""Where values come from: each source yields what it holds, with its place, and never stops at the first problem."""

from mdm.config.sources.base import Source, holds_secret_in, is_secret, masked, read_text, unknown_key
from mdm.config.sources.dotenv import DotenvSource
from mdm.config.sources.environment import LOCATORS, EnvSource, single_underscore_names, translate_variable
from mdm.config.sources.explicit import AssignmentSource, ExplicitSource
from mdm.config.sources.file import FileSource
from mdm.config.sources.secrets import SecretsSource

__all__ = [
    "LOCATORS",
    "AssignmentSource",
    "DotenvSource",
    "EnvSource",
    "ExplicitSource",
    "FileSource",
    "SecretsSource",
    "Source",
    "holds_secret_in",
    "is_secret",
    "masked",
    "read_text",
    "single_underscore_names",
    "translate_variable",
    "unknown_key",
]
