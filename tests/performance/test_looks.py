"""How often a load and a set look at the file system: each file is opened once, and few paths are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.reliability.calls import LOOKS as KINDS
from tests.reliability.ptrace import why_not
from tests.reliability.tracer import Run, run

from .homes import Home, code_of, legacy_files, new_file
from .limits import LOOKS, OPENS

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())


def looks(home: Home, action: Callable[[], int]) -> Run:
    done = run(action, home.folder.parent, kinds=KINDS)
    assert done.code == 0, done.err
    return done


@pytest.mark.parametrize(
    ("prepare", "action", "what"),
    [
        pytest.param(new_file, Home.load, "load", id="load"),
        pytest.param(legacy_files, Home.load, "load legacy files", id="load legacy files"),
        pytest.param(new_file, Home.set, "set", id="set"),
    ],
)
def test_it_looks_at_few_things(
    tmp_path: Path, prepare: Callable[[Home, int], None], action: Callable[[Home], None], what: str
) -> None:
    home = Home(tmp_path)
    prepare(home, 5)
    action(home)  # the first one makes what is made once

    done = looks(home, partial(code_of, action, home))

    assert len(done.calls) <= LOOKS[what], [str(call) for call in done.calls]


def test_a_load_opens_each_file_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, text in (("mdm.yaml", "cli:\n  page_size: 9\n"), ("config.yaml", "batch_size: 500\n")):
        home.write(name, text)
    home.write("settings.json", '{"log_level": "DEBUG"}')
    home.write("feature_flags.json", '{"flags": {}}')

    opened = opens(looks(home, partial(code_of, Home.load, home)))

    assert {"mdm.yaml", "config.yaml", "settings.json"} <= opened.keys()
    assert {name: times for name, times in opened.items() if times > OPENS.get(name, 1)} == {}


def test_a_file_that_is_read_twice_is_seen(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write("mdm.yaml", "")

    def twice() -> int:
        return sum(len((home.folder / "mdm.yaml").read_text()) for _ in range(2))

    assert opens(looks(home, twice)) == {"mdm.yaml": 2}


def opens(done: Run) -> Counter[str]:
    """Return how often each file that is there was opened."""
    there = (call for call in done.calls if call.name.startswith("open") and (call.result or 0) >= 0)
    return Counter(Path(call.paths[0]).name for call in there)
