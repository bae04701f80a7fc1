"""Migrating: settings of several files, one large file, and a home with many dataset files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from .measure import Effort, Way, calls, compared, process, python
from .results import Comparison, Cost, Limit

MIGRATE = "from mdm.__main__ import main; raise SystemExit(main(['config', 'migrate'%s]))"
EXECUTE = ", '--execute', '--yes'"
START = "nothing to migrate (the start)"


def measured(effort: Effort) -> Iterator[Comparison]:
    yield dry_run(effort.rounds(15))
    yield large(effort.size(20_000), effort.rounds(5))
    yield dataset_files(effort.size(10_000), effort.rounds(5))


def dry_run(rounds: int) -> Comparison:
    home, work = Path.cwd() / "dry" / ".mdm", Path.cwd() / "dry" / "work"
    home.mkdir(parents=True)
    work.mkdir()
    for number, file in enumerate((home / "config.yaml", home / "mdm.yaml", work / "mdm.yaml", work / ".mdm.yaml")):
        lines = "".join(f"  mine{number}_{n}: {n}\n" for n in range(60))
        file.write_text(f"batch_size: {500 + number}\nplugin{number}:\n{lines}")
    (home / "settings.json").write_text("{" + ", ".join(f'"other{n}": {n}' for n in range(60)) + "}")
    ours = "MDM, 5 files with 300 settings"
    there = f"import os; os.chdir({str(work)!r}); {MIGRATE % ''}"
    ways = {START: nothing(), ours: python(there, HOME=str(home.parent))}
    return compared("mdm config migrate, dry run", ways, rounds, START, limits=[Limit(ours, 1.5, START)])


def large(entries: int, rounds: int) -> Comparison:
    import yaml

    source = Path.cwd() / "large"
    (source / ".mdm").mkdir(parents=True)
    file = source / ".mdm" / "config.yaml"
    file.write_text("batch_size: 500\nplugin:\n" + "".join(f"  mine{n}: {'x' * 250}\n" for n in range(entries)))
    ways = {
        START: nothing(),
        "C YAML alone": calls(lambda: yaml.load(file.read_text(), yaml.CSafeLoader)),
        "MDM, dry run": in_copy(source, MIGRATE % ""),
        "MDM, --execute": in_copy(source, MIGRATE % EXECUTE),
    }
    what = f"mdm config migrate, a file of {file.stat().st_size / 1e6:.1f} MB, {entries:,} settings"
    return compared(what, ways, rounds, START)


def dataset_files(files: int, rounds: int) -> Comparison:
    source = Path.cwd() / "many"
    folder = source / ".mdm" / "config" / "datasets"
    folder.mkdir(parents=True)
    (source / ".mdm" / "config.yaml").write_text("batch_size: 500\n")
    for number in range(files):
        (folder / f"d{number}.yaml").write_text(f"name: d{number}\n" + "column: x\n" * 40)
    plain, ours = "cp -a and sha256sum", "mdm config migrate --execute"
    ways = {plain: copied(source), ours: in_copy(source, MIGRATE % EXECUTE)}
    return compared(f"{files:,} dataset files", ways, rounds, plain, limits=[Limit(ours, 3, plain)])


def nothing() -> Way:
    empty = Path.cwd() / "empty"
    empty.mkdir(exist_ok=True)
    return python(MIGRATE % "", HOME=str(empty))


def in_copy(source: Path, code: str) -> Way:
    """Return what runs *code* at home in a copy of *source* that is made before, and not measured."""
    home = source.with_name("home")

    def way() -> Cost:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(source, home)
        return python(code, HOME=str(home))()

    return way


def copied(source: Path) -> Way:
    copy = source.with_name("copy")

    def way() -> Cost:
        shutil.rmtree(copy, ignore_errors=True)
        shell = f"cp -a {source} {copy} && cd {copy} && find . -type f -print0 | xargs -0 sha256sum"
        return process(["sh", "-c", shell])()

    return way
