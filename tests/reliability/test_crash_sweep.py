"""Every command that writes: killed, or refused by the disk, at each of its calls, it leaves the old state or the new.

What is struck and what is looked at is in `sweep`; ``python -m tests.reliability.report`` prints the same as a table.
"""

from __future__ import annotations

import pytest

from tests.reliability.commands import COMMANDS
from tests.reliability.ptrace import why_not
from tests.reliability.report import swept
from tests.reliability.sweep import KINDS

REASON = why_not()


@pytest.mark.timeout(600)
@pytest.mark.skipif(bool(REASON), reason=REASON)
@pytest.mark.parametrize("name", COMMANDS)
def test_no_strike_leaves_a_bad_state(name: str) -> None:
    found = swept(name)

    assert not found.bad, "\n".join(found.bad)
    assert found.points >= 8
    assert found.kinds == len(KINDS)
