"""A profile of what runs: where the time goes."""

from __future__ import annotations

import io
import marshal
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mdm.core.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from cProfile import Profile
    from pathlib import Path

_SHOWN = 60


@contextmanager
def profiled(folder: Path, name: str = "mdm") -> Iterator[Path]:
    """Profile the block, and give the path below *folder* at which its profile is when it has ended, also by an error.

    It is one of cProfile, which pstats, snakeviz and others read; a file ``.txt`` beside it names the functions that
    took the longest. Other threads than this one are not in it. Raises FileError where it cannot be written:

        with profiled(config.paths.temp_path, "import"):
            client.register("titanic", "train.csv")
    """
    from cProfile import Profile

    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.prof"
    profile = Profile()
    profile.enable()
    try:
        yield path
    finally:
        profile.disable()
        _write(profile, path)


def _write(profile: Profile, path: Path) -> None:
    from pstats import Stats

    text = io.StringIO()
    found: Any = Stats(profile, stream=text).sort_stats("cumulative")
    found.print_stats(_SHOWN)
    write_atomic(path, marshal.dumps(found.stats), make_folders=True)  # what Stats.dump_stats writes, but whole
    write_atomic(path.with_suffix(".txt"), text.getvalue().encode(errors="backslashreplace"))
