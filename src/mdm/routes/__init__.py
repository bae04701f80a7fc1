"""Which implementation does the work, during the cutover and after it."""

from mdm.routes.registrar import registrar
from mdm.routes.storage import open_storage

__all__ = ["open_storage", "registrar"]
