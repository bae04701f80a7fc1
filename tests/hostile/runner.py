"""Commands in children of one prepared process: measured, limited, and as a user who can do no harm."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import pty
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.prepared import prepare

NOBODY = 65534
CPU_LIMIT = 10  # seconds; what is measured has to stay far below
PATIENCE = 30  # seconds of the clock, for what waits for ever without working
NEVER_IMPORTED = frozenset({"antigravity", "idlelib", "lib2to3", "this", "tkinter", "turtle", "turtledemo"})
WRITE_LIMIT = 200 * 2**20  # bytes in one file


@dataclass(frozen=True)
class Run:
    """What a command did: *cpu* in seconds, *memory* the most that it held at once, in MiB."""

    code: int
    out: bytes
    err: bytes
    cpu: float
    memory: float

    @property
    def text(self) -> str:
        """All that it printed."""
        return (self.out + self.err).decode(errors="surrogateescape")


class Server:
    """The prepared process, and a folder of its own that everybody may enter."""

    def __init__(self) -> None:
        self.top = Path(tempfile.mkdtemp(prefix="mdm-hostile-"))
        self.top.chmod(0o755)
        command = [sys.executable, "-c", "from tests.hostile.runner import serve; serve()"]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        self.process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._number = 0
        empty = self.home()
        self.startup = min(empty.run("config", "validate").cpu for _ in range(3))

    def home(self) -> Home:
        """Return a new empty home."""
        self._number += 1
        home = Home(self, self.top / str(self._number))
        for folder in (home.top, home.user, home.folder, home.here):
            folder.mkdir()
        return home

    def ask(self, request: dict[str, object]) -> list[float]:
        """Let one command run; returns exit code, seconds and MiB."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: list[float] = json.loads(self.process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process, and leave nothing behind."""
        self.process.communicate()
        for folder in self.top.rglob("*"):
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(0o700)
        shutil.rmtree(self.top)


@dataclass(frozen=True)
class Home:
    """A home that belongs to the user who runs the commands; *folder* is its ``.mdm``, *here* the current folder."""

    server: Server
    top: Path

    @property
    def user(self) -> Path:
        return self.top / "user"

    @property
    def folder(self) -> Path:
        return self.user / ".mdm"

    @property
    def here(self) -> Path:
        return self.top / "here"

    def run(self, *arguments: str, variables: Mapping[str, str] = {}, terminal: bool = False) -> Run:
        """Run ``mdm``; on a *terminal*, all that is printed is in ``out``."""
        if os.getuid() == 0:
            _give(self.user)
            _give(self.here)
        environ = {"HOME": str(self.user), "PATH": os.environ["PATH"], "COLUMNS": "100", **variables}
        code, cpu, memory = self.server.ask(
            {
                "arguments": arguments,
                "folder": str(self.here),
                "environ": environ,
                "out": str(self.top / "out"),
                "err": str(self.top / "err"),
                "terminal": terminal,
            }
        )
        out, err = ((self.top / name).read_bytes() for name in ("out", "err"))
        return Run(int(code), out, err, cpu, memory)

    def tree(self) -> dict[str, tuple[object, ...]]:
        """Return everything there is, with kind, mode, and what it holds or leads to."""
        found: dict[str, tuple[object, ...]] = {}
        for top in (self.user, self.here):
            for path in [top, *top.rglob("*")]:
                found[str(path.relative_to(self.top))] = (path.lstat().st_mode, _what_is_in(path))
        return found


def serve() -> None:
    """Run what is asked for, a line each, until there is no more."""
    _import_everything()
    prepare()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_serve(json.loads(line))) + "\n")
        sys.stdout.flush()


def _import_everything() -> None:
    """Import what a command may need, so that the time is not the command's."""
    names = {name for package in ("mdm.cli", "mdm.config", "mdm.core") for name in _modules_of(package)}
    if os.getuid() == 0:  # the user that commands run as may be unable to read the interpreter
        names |= sys.stdlib_module_names - NEVER_IMPORTED
        names |= {name for package in ("encodings", "rich", "dotenv", "yaml") for name in _modules_of(package)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in sorted(names):
            with suppress(ImportError):
                importlib.import_module(name)


def _modules_of(package: str) -> Iterator[str]:
    folders = importlib.import_module(package).__path__
    return (module.name for module in pkgutil.walk_packages(folders, f"{package}."))


def _serve(request: dict[str, object]) -> tuple[int, float, float]:
    ours, theirs = pty.openpty() if request["terminal"] else (-1, -1)
    child = os.fork()
    if child == 0:
        _run(request, theirs)
    if ours >= 0:
        os.close(theirs)
        Path(str(request["out"])).write_bytes(b"".join(iter(lambda: _read(ours), b"")).replace(b"\r\n", b"\n"))
        Path(str(request["err"])).write_bytes(b"")
        os.close(ours)
    _, status, usage = os.wait4(child, 0)
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit


def _run(request: dict[str, object], terminal: int) -> None:
    code = 70
    try:
        signal.alarm(PATIENCE)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT, CPU_LIMIT))
        resource.setrlimit(resource.RLIMIT_FSIZE, (WRITE_LIMIT, WRITE_LIMIT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _redirect(request, terminal)
        os.chdir(str(request["folder"]))
        environ = request["environ"]
        assert isinstance(environ, Mapping)
        os.environ.clear()
        os.environ.update(environ)
        if os.getuid() == 0:
            _become_nobody()
        code = _command(request["arguments"])
    finally:
        os._exit(code)


def _command(arguments: object) -> int:
    from mdm.__main__ import main

    assert isinstance(arguments, Sequence)
    try:
        return main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except BaseException:  # noqa: BLE001 (it is what the tests look for)
        import traceback

        traceback.print_exc()
        return 70
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def _redirect(request: dict[str, object], terminal: int) -> None:
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        opened = os.open(str(request[name]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC) if terminal < 0 else terminal
        os.dup2(opened, number)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 (the old ones know other files)
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _become_nobody() -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _what_is_in(path: Path) -> object:
    """Return the content, or where a link leads to; of what is large, when it was written."""
    if path.is_symlink():
        return path.readlink()
    info = path.lstat()
    if not stat.S_ISREG(info.st_mode):
        return None
    readable = info.st_size < 2**20 and os.access(path, os.R_OK)
    return path.read_bytes() if readable else info.st_mtime_ns


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes any more
        return b""


def _give(top: Path) -> None:
    """Give all below *top* to the user who runs the commands, except for what only root is to read."""
    for path in [top, *top.rglob("*")]:
        info = path.lstat()
        if info.st_uid == 0 and info.st_mode & 0o777:
            os.lchown(path, NOBODY, NOBODY)
