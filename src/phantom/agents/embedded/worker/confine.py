"""What a test process may do to the machine, set from inside before it loads foreign code.

Writes are confined by Landlock (Linux 5.13 and newer, unprivileged, no installation); where the
kernel has none, `confine_writes` says so. Signals to processes outside are refused from Linux 6.12.
"""

import ctypes
import os
import resource
import signal
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_SET_PDEATHSIG, _SET_NO_NEW_PRIVS, _SET_CHILD_SUBREAPER = 1, 38, 36
_RULE_PATH_BENEATH = 1
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_MAKE_AND_REMOVE = 0b1_1111_1111 << 4
_SCOPE_SIGNAL = 1 << 1
_LARGEST_FILE = 64_000_000
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine_writes(directories: Iterable[Path]) -> bool:
    """Let this process and its children write below `directories` only.

    Returns False where the kernel cannot enforce it; nothing is restricted then.
    """
    if os.uname().sysname != "Linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if abi < 1:
        return False
    access = _WRITE_FILE | _MAKE_AND_REMOVE
    access |= _REFER if abi >= 2 else 0
    access |= _TRUNCATE if abi >= 3 else 0
    attributes = _RulesetAttr(access, 0, _SCOPE_SIGNAL if abi >= 6 else 0)
    size = ctypes.sizeof(attributes) if abi >= 6 else 16 if abi >= 4 else 8
    ruleset = libc.syscall(
        _CREATE_RULESET, ctypes.byref(attributes), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset < 0:
        return False
    for path in (*map(str, directories), *_DEVICES):
        _allow(libc, ruleset, path, access if Path(path).is_dir() else _WRITE_FILE)
    libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    enforced = libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) == 0
    os.close(ruleset)
    return bool(enforced)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, and die with our parent.

    A candidate that daemonises itself is thereby still found and ended. Linux only.
    """
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        die_with_parent()


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends. Linux only."""
    if os.uname().sysname == "Linux":
        ctypes.CDLL(None).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def limit_memory(extra_bytes: int) -> None:
    """Cap the address space at what is mapped now plus `extra_bytes`, and files at 64 MB."""
    statm = Path("/proc/self/statm")
    mapped = int(statm.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (mapped + extra_bytes,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE,) * 2)


def end_strays() -> int:
    """Kill and reap every child of this process; returns how many there were."""
    ended = 0
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    while children.exists() and (pids := children.read_text().split()):
        for pid in map(int, pids):
            for end in (os.killpg, os.kill):
                try:
                    end(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    continue
            os.waitpid(pid, 0)
            ended += 1
    return ended


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rule = _PathBeneathAttr(access, parent)
    libc.syscall(
        _ADD_RULE,
        ruleset,
        ctypes.c_int(_RULE_PATH_BENEATH),
        ctypes.byref(rule),
        ctypes.c_uint32(0),
    )
    os.close(parent)
