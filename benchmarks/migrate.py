"""Migrating: a dry run of 300 settings in 5 files, and a home with many dataset files, beside copying and hashing them.

python benchmarks/migrate.py [FILES]
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Comparison, compared, process, python, report

FILES = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder
        os.chdir(folder)
        report("migrate", [dry_run(Path(folder)), execute(Path(folder))])


def dry_run(folder: Path) -> Comparison:
    home = folder / "dry" / ".mdm"
    home.mkdir(parents=True)
    (home.parent / "work").mkdir()
    empty = folder / "empty"
    empty.mkdir()
    for number, name in enumerate(("config.yaml", "mdm.yaml", "../work/mdm.yaml", "../work/.mdm.yaml")):
        lines = "".join(f"  mine{number}_{n}: {n}\n" for n in range(60))
        (home / name).write_text(f"batch_size: {500 + number}\nplugin{number}:\n{lines}")
    (home / "settings.json").write_text("{" + ", ".join(f'"other{n}": {n}' for n in range(60)) + "}")
    go = [sys.executable, "-c", f"import os; os.chdir({str(home.parent / 'work')!r}); " + MIGRATE % ""]
    limit = {"5 files, 300 settings": 1.5}
    nothing = python(MIGRATE % "", HOME=str(empty))
    ways = {"nothing to migrate (the start)": nothing, "5 files, 300 settings": process(go, HOME=str(home.parent))}
    return compared("mdm config migrate, dry run", ways, "nothing to migrate (the start)", limit, rounds=5)


def execute(folder: Path) -> Comparison:
    source = folder / "many" / ".mdm"
    (source / "config" / "datasets").mkdir(parents=True)
    (source / "config.yaml").write_text("batch_size: 500\n")
    for number in range(FILES):
        (source / "config" / "datasets" / f"d{number}.yaml").write_text(f"name: d{number}\n" + "column: x\n" * 40)

    def copied() -> float:
        shutil.rmtree(folder / "copy", ignore_errors=True)
        shell = f"cp -a {source} {folder}/copy && cd {folder}/copy && find . -type f -print0 | xargs -0 sha256sum"
        return process(["sh", "-c", shell])()

    def migrated() -> float:
        shutil.rmtree(folder / "home", ignore_errors=True)
        shutil.copytree(source.parent, folder / "home")
        return python(MIGRATE % ", '--execute', '--yes'", HOME=str(folder / "home"))()

    what = f"{FILES:,} dataset files"
    ways: dict[str, Any] = {"cp -a and sha256sum": copied, "mdm config migrate --execute": migrated}
    return compared(what, ways, "cp -a and sha256sum", {"mdm config migrate --execute": 3}, rounds=3)


MIGRATE = "from mdm.__main__ import main; main(['config', 'migrate'%s])"

if __name__ == "__main__":
    main()
