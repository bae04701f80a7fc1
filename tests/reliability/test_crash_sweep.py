"""Every command that writes: killed, or refused by the disk, at each of its calls, it leaves the old state or the new.

What is looked at is in `sweep`, what is struck in `choice`; ``make sweep`` strikes every call in every way.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reliability.choice import KINDS
from tests.reliability.commands import COMMANDS
from tests.reliability.ptrace import why_not
from tests.reliability.report import Sweeper

REASON = why_not()


@pytest.fixture(scope="session")
def sweeper() -> Iterator[Sweeper]:
    """What sweeps, for all tests of a worker."""
    sweeper = Sweeper()
    yield sweeper
    sweeper.close()


@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(REASON), reason=REASON)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_strike_leaves_a_bad_state(name: str, sweeper: Sweeper) -> None:
    found = sweeper.sweep(name, "covering")

    assert not found.bad, "\n".join(found.bad)
    assert found.points >= 8
    assert 2 * (found.points + found.sites) <= found.runs <= found.points * len(KINDS)
