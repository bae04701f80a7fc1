"""Results on disk: found again, bounded, and never a reason to fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from mdm.core.cache import Cache, Form, Usage

JSON = Form(lambda value: json.dumps(value).encode(), json.loads)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", 1000)


def aged(cache: Cache, *keys: str) -> None:
    """Give entries the age that the order says, the oldest first."""
    for number, key in enumerate(keys):
        os.utime(cache.folder / f"{key}.result", (number, number))


def test_a_result_is_computed_once_for_what_it_depends_on(cache: Cache) -> None:
    computed: list[int] = []

    def double(number: int) -> int:
        computed.append(number)
        return number * 2

    def result(number: int) -> int:
        return cache.remembered({"number": number}, JSON, lambda: double(number))

    assert [result(1), result(1), result(2), result(1)] == [2, 2, 4, 2]
    assert computed == [1, 2]
    assert cache.usage().entries == 2
    assert {path.stat().st_mode & 0o777 for path in cache.folder.iterdir()} == {0o600}


def test_what_was_used_least_recently_goes_first(cache: Cache) -> None:
    for key in "abc":
        cache.put(key, b"x" * 250)
    aged(cache, *"abc")
    assert cache.get("a") is not None  # a use
    cache.put("d", b"x" * 250)
    assert [key for key in "abcd" if cache.get(key)] == ["a", "c", "d"]
    assert cache.usage().size <= 1000
    cache.put("e", b"x" * 1000)
    assert cache.get("e") is None
    assert cache.clear().entries == 3
    assert cache.usage() == Usage(0, 0)


@pytest.mark.parametrize("damage", [b"", b"short", b"\x00" * 500])
def test_a_damaged_entry_is_as_good_as_none(cache: Cache, damage: bytes) -> None:
    assert cache.remembered({"a": 1}, JSON, lambda: "first") == "first"
    [path] = cache.folder.iterdir()
    path.write_bytes(damage)
    assert cache.remembered({"a": 1}, JSON, lambda: "second") == "second"
    assert cache.remembered({"a": 1}, JSON, lambda: "third") == "second"


def test_content_of_another_kind_is_as_good_as_none(cache: Cache) -> None:
    cache.remembered({"a": 1}, Form(lambda _: b"no JSON", json.loads), lambda: 1)
    assert cache.remembered({"a": 1}, JSON, lambda: 2) == 2


def test_where_nothing_can_be_written_it_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "cache", 1000)
    with pytest.warns(UserWarning, match="results are not kept for the next time"):
        assert cache.remembered({"a": 1}, JSON, lambda: 1) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.remembered({"a": 1}, JSON, lambda: 2) == 2
    assert (cache.usage(), cache.clear()) == (Usage(0, 0), Usage(0, 0))


def test_many_processes_share_it_and_one_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from mdm.core.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), 20_000)\n"
        "for number in range(300):\n"
        "    key = str(number % 17); found = cache.get(key)\n"
        "    assert found in (None, key.encode() * 1000), key\n"
        "    cache.put(key, key.encode() * 1000)\n"
        "    if number == 150 and sys.argv[2] == '0': os.kill(os.getpid(), 9)\n"
    )
    line = [sys.executable, "-c", code, str(tmp_path)]
    processes = [subprocess.Popen([*line, str(number)], stderr=subprocess.PIPE) for number in range(3)]
    told = [(process.communicate()[1], process.returncode) for process in processes]
    assert told == [(b"", -9), (b"", 0), (b"", 0)]
    assert 0 < Cache(tmp_path, 20_000).usage().size <= 20_000
