"""Measure: ``python -m benchmarks [SUBJECT ...] [--quick]``; without subjects all of them, one after the other.

Results are printed and written to ``benchmarks/results`` (JSON and a plot each), and from there into the page. With
``--quick`` little is measured, into ``benchmarks/results/quick``, and the page stays. A subject that fails does not
keep the others from being measured; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from importlib import import_module

from . import page, plots
from .measure import ROOT, Effort
from .results import Comparison, Curve, Result, machine, write
from .tables import told

SUBJECTS = (
    *("start", "access", "load", "migrate", "bulk_load", "describing", "features", "exporting", "memory"),
    "growth",
)


def main() -> int:
    """Measure what was asked for; return 1 where something failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.subjects) - set(SUBJECTS):
        parser.error(f"unknown subject: {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    if len(asked.subjects) == 1:
        return measured(asked.subjects[0], Effort(asked.quick))
    quick = ["--quick"] if asked.quick else []
    lines = [[sys.executable, "-m", "benchmarks", name, *quick] for name in asked.subjects or SUBJECTS]
    return max(subprocess.run(line, check=False, cwd=ROOT).returncode for line in lines)


def measured(subject: str, effort: Effort) -> int:
    """Measure one subject in this process, away from who calls it: in a home and a folder that are empty."""
    print(f"== {subject}", flush=True)
    for name in [name for name in os.environ if name.startswith("MDM_")]:
        del os.environ[name]
    found: list[Comparison | Curve] = []
    with tempfile.TemporaryDirectory(prefix="mdm-bench-") as folder:
        os.environ["HOME"] = folder
        os.chdir(folder)
        try:
            for each in import_module(f"benchmarks.{subject}").measured(effort):
                found.append(each)
                print(told(each), flush=True)
        except Exception:  # noqa: BLE001 (the other subjects go on)
            traceback.print_exc()
            return 1
        finally:
            os.chdir(ROOT)
    return kept(subject, found, effort)


def kept(subject: str, found: list[Comparison | Curve], effort: Effort) -> int:
    """Write the results, the plot, and, unless *effort* is quick, the page; return 1 where a way failed."""
    comparisons = [each for each in found if isinstance(each, Comparison)]
    curves = [each for each in found if isinstance(each, Curve)]
    result = Result(subject, comparisons, curves, machine(), effort.quick)
    folder = page.RESULTS / "quick" if effort.quick else page.RESULTS
    write(result, folder)
    (folder / f"{subject}.svg").write_text(plots.plot(result))
    if not effort.quick:
        page.update()
    return int(any(each.failed for comparison in comparisons for each in comparison.left_out))


if __name__ == "__main__":
    sys.exit(main())
