"""One piece of work in a process of its own: ``python -m benchmarks.job MODULE FUNCTION IMPORTS ARGUMENTS``.

Prints as JSON what it cost, and how much memory was held when it began, when what IMPORTS lists was imported.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter

from .measure import allocated
from .results import Cost


def main(module: str, function: str, imports: str, arguments: str) -> None:
    """Import, work, and print the cost."""
    try:
        work = getattr(import_module(module), function)
        for name in json.loads(imports):
            import_module(name)
        begun, spent, held = perf_counter(), cpu(), allocated("self")
        work(*json.loads(arguments))
        cost: Cost = {"cpu": cpu() - spent, "wall": perf_counter() - begun}
        print(json.dumps({"held": held, **cost}))
    except ModuleNotFoundError as error:
        print(json.dumps({"lacks": f"the package {error.name} is not installed"}))


def cpu() -> float:
    """Return the CPU time of this process and of the children that have ended."""
    used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(*sys.argv[1:])
