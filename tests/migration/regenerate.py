"""Write expected.yaml and report.txt of every case anew: ``python -m tests.migration.regenerate [NAME...]``.

Read the difference afterwards, against legacy.md: these files are the proof that the migration is right.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from mdm.config.migrator import ConfigurationMigrator
from mdm.config.plan import Options
from tests.migration.homes import CASES, case_names, inside, lay_out, report


def regenerate(name: str) -> None:
    """Write what the migration of the case *name* gives now."""
    with TemporaryDirectory() as root:
        place = lay_out(name, Path(root))
        with inside(place):
            plan = ConfigurationMigrator().plan(Options(keep_invalid=True))
            (CASES / name / "report.txt").write_text(report(plan, place.root))
            expected = CASES / name / "expected.yaml"
            expected.unlink(missing_ok=True)
            if plan.after is not None:
                expected.write_bytes(plan.after.encode())


if __name__ == "__main__":
    for each in sys.argv[1:] or case_names():
        regenerate(each)
