"""Holding a process at the entry of its system calls, to look, to kill, or to put an error in place of the call.

Why ptrace and not a library put in front by LD_PRELOAD: it needs no compiler, so the sweep runs wherever Python does;
it sees every call whoever makes it, also one that does not go through the C library's wrappers (``syncfs`` through
ctypes, a static library, a direct system call), so no call that changes a file can be forgotten; and what it does to
the process is exactly what the kernel would do. It needs no root: a process may always ask to be traced by its parent,
unless a sandbox forbids ptrace altogether, which `why_not` then says.

Linux on x86_64 and aarch64, from kernel 5.3 on (PTRACE_GET_SYSCALL_INFO).
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import sys
import warnings
from dataclasses import dataclass

TRACE_ME, GET_REGISTERS, SET_REGISTERS, RESUME = 0, 12, 13, 24
SET_OPTIONS, GET_REGISTER_SET, SET_REGISTER_SET, GET_CALL = 0x4200, 0x4204, 0x4205, 0x420E
MARK_CALLS, FOLLOW, DIE_WITH_US = 0x1, 0x2 | 0x4 | 0x8 | 0x10, 0x100000  # fork, vfork, clone, exec
CALL_STOP = signal.SIGTRAP | 0x80
ENTRY, EXIT = 1, 2

_GENERAL, _CALL_NUMBER = 1, 0x404  # register sets of aarch64
_RAX, _ORIG_RAX, _COUNT = 10, 15, {"x86_64": 27, "aarch64": 34}

MACHINE = platform.machine()


class _CallInfo(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("pad", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("values", ctypes.c_uint64 * 7),  # entry: the number and six arguments; exit: the result
    )


class _Buffer(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a process was stopped: at the *entry* of call *number* with *arguments*, or at its end with *result*."""

    entry: bool
    number: int
    arguments: tuple[int, ...]
    result: int


_libc = ctypes.CDLL(None, use_errno=True)
if sys.platform == "linux":
    _libc.ptrace.restype = ctypes.c_long
    _libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)


def why_not() -> str:
    """Return why processes cannot be traced here; empty where they can."""
    if sys.platform != "linux" or MACHINE not in _COUNT:
        return f"tracing is written for Linux on x86_64 and aarch64, this is {sys.platform} on {MACHINE}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads of a test runner
        child = os.fork()
    if child == 0:
        try:
            offer()
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        return "this system refuses ptrace (a sandbox, or kernel.yama.ptrace_scope)"
    try:
        set_options(child)
        resume(child)
        os.waitpid(child, 0)
        look(child)
    except OSError as error:
        return f"this system refuses to show system calls: {error}"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return ""


def offer() -> None:
    """Be traced by the parent, and wait for it."""
    _ptrace(TRACE_ME, 0)
    os.kill(os.getpid(), signal.SIGSTOP)


def set_options(process: int) -> None:
    """Mark the stops at calls, follow children, and let nothing that is traced outlive us."""
    _ptrace(SET_OPTIONS, process, 0, MARK_CALLS | FOLLOW | DIE_WITH_US)


def resume(process: int, number_of_signal: int = 0) -> None:
    """Let *process* run to its next stop, with a signal delivered."""
    _ptrace(RESUME, process, 0, number_of_signal)


def look(process: int) -> Stop:
    """Return at which call *process* was stopped."""
    info = _CallInfo()
    _ptrace(GET_CALL, process, ctypes.sizeof(info), ctypes.addressof(info))
    number, *arguments = info.values
    if info.op == ENTRY:
        return Stop(True, number, tuple(arguments), 0)
    return Stop(False, -1, (), ctypes.c_int64(number).value)


def skip(process: int) -> None:
    """At the entry of a call: let the call not happen. The result is then to be set at its end."""
    if MACHINE == "x86_64":
        _change_registers(process, _ORIG_RAX, -1)
    else:
        number = ctypes.c_int(-1)
        _register_set(SET_REGISTER_SET, process, _CALL_NUMBER, number)


def set_result(process: int, result: int) -> None:
    """At the end of a call: put *result* in place of what it returned."""
    _change_registers(process, _RAX if MACHINE == "x86_64" else 0, result)


def _change_registers(process: int, register: int, value: int) -> None:
    registers = (ctypes.c_int64 * _COUNT[MACHINE])()
    if MACHINE == "x86_64":
        _ptrace(GET_REGISTERS, process, 0, ctypes.addressof(registers))
        registers[register] = value
        _ptrace(SET_REGISTERS, process, 0, ctypes.addressof(registers))
    else:
        _register_set(GET_REGISTER_SET, process, _GENERAL, registers)
        registers[register] = value
        _register_set(SET_REGISTER_SET, process, _GENERAL, registers)


def _register_set(request: int, process: int, kind: int, values: ctypes.Array[ctypes.c_int64] | ctypes.c_int) -> None:
    buffer = _Buffer(ctypes.addressof(values), ctypes.sizeof(values))
    _ptrace(request, process, kind, ctypes.addressof(buffer))


def _ptrace(request: int, process: int, address: int = 0, data: int = 0) -> None:
    if _libc.ptrace(request, process, address, data) < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), f"ptrace request {request:#x}")
