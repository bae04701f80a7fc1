"""The text of a configuration file as people may see it: layout and comments as they are, secrets as a mask."""

from __future__ import annotations

import re
from pathlib import Path

from mdm.config.documents import parse_document
from mdm.config.editing import edit_yaml
from mdm.config.models import MDMConfig
from mdm.config.references import is_reference
from mdm.config.sources import holds_secret_in, masked
from mdm.core.masking import MASK, is_secret_name, mask_text
from mdm.errors import MdmError

# name: value, also in a comment or a second time in the file, where no reader of settings sees it
_ASSIGNED = re.compile(
    r"""(?<![\w.-])(?P<name>[\w.-]+)(?P<between>["']?\s*[:=]\s+|=)(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s#"'](?:(?!\s\#).)*)"""
)


def without_secrets(text: str, path: Path) -> str:
    """Return *text*, the content of the file *path*, with a mask in place of every secret."""
    try:
        schema = MDMConfig.schema()
        entries = parse_document(text, path).entries
        secrets = {e.path: masked(schema, e.key, e.value) for e in entries if holds_secret_in(schema, e.key, e.value)}
        text = edit_yaml(text, secrets)
    except MdmError:  # what cannot be edited is masked line by line, below
        pass
    return without_assigned_secrets(text)


def without_assigned_secrets(text: str) -> str:
    """Return any *text* with a mask in place of the secrets that its lines assign, and of passwords in addresses."""
    return mask_text(_ASSIGNED.sub(_masked, text))


def _masked(match: re.Match[str]) -> str:
    if is_secret_name(match["name"]) and _hides(match["value"].strip("\"' ")):
        return f"{match['name']}{match['between']}{MASK}"
    return match[0]


def _hides(value: object) -> bool:
    return value not in (None, "", "null", "~", MASK) and not (isinstance(value, str) and is_reference(value))
