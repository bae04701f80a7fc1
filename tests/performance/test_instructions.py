"""What is done each time a program starts, reads or writes a setting takes no more instructions than now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .counting import instructions_of
from .homes import Home, new_file
from .limits import INSTRUCTIONS


def doing(what: str, home: Home) -> Callable[[], object]:
    """Return what is counted, everything being warm."""
    manager = home.manager()
    actions: dict[str, Callable[[], object]] = {
        "load": home.load,
        "set": home.set,
        "get_config() and a read": lambda: manager.get_config().database.default_backend,
        "manager.get": lambda: manager.get("database.default_backend"),
    }
    actions[what]()
    return actions[what]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    new_file(home, 40)
    return home


@pytest.mark.parametrize("what", INSTRUCTIONS)
def test_it_takes_few_instructions(home: Home, what: str) -> None:
    assert instructions_of(doing(what, home)) <= INSTRUCTIONS[what]


@pytest.mark.parametrize("what", INSTRUCTIONS)
def test_a_limit_is_so_low_that_doing_it_twice_is_too_much(home: Home, what: str) -> None:
    action = doing(what, home)
    assert instructions_of(lambda: (action(), action())) > INSTRUCTIONS[what]


def test_each_turn_of_a_loop_is_counted() -> None:
    def turns(number: int) -> int:
        return instructions_of(lambda: [turn + 1 for turn in range(number)])

    counts = [turns(number) for number in (10, 20, 30)]
    assert counts[2] - counts[1] == counts[1] - counts[0] >= 3 * 10
