"""Backups of the configuration: made whole or not at all, checked before they are used."""

from mdm.config.backups.manifest import Backup, SavedFile
from mdm.config.backups.restoring import plan_restore, verify_backup
from mdm.config.backups.store import FOLDER, create_backup, find_backup, list_backups, prune_backups

__all__ = [
    "FOLDER",
    "Backup",
    "SavedFile",
    "create_backup",
    "find_backup",
    "list_backups",
    "plan_restore",
    "prune_backups",
    "verify_backup",
]
