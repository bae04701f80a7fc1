"""What everything costs, beside what others take for the same: ``python -m benchmarks [SUBJECT ...] [--quick]``.

A subject is a file with a function ``measured``, which yields comparisons and curves:

====================  =========================================================
``results``           what was measured, as values, and as JSON
``measure``           how: all ways in turn, many times, medians
``job``               one piece of work in a process of its own
``rows``, ``server``  the data that is worked on, and a PostgreSQL to put it in
``plots``, ``page``   the results as SVG, and in ``docs/performance.md``
====================  =========================================================
"""
