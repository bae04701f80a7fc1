"""Edit YAML text in place: what does not change stays equal byte for byte.

Every edit is a handful of splices at the places that the parser reports. The result is then parsed again and compared
with what was wanted; where that differs, nothing is returned but an `EditError`.
"""

from __future__ import annotations

from mdm.config.editing.edit import edit_yaml
from mdm.config.editing.emission import yaml_text
from mdm.config.editing.renaming import rename_key
from mdm.config.editing.values import REMOVED, Path, Removed

__all__ = ["REMOVED", "Path", "Removed", "edit_yaml", "rename_key", "yaml_text"]
