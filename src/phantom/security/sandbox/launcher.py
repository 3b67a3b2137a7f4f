"""Run a program under Landlock: `main(["off" or "on", RULE, ..., "--", PROGRAM, ARGUMENT, ...])`.

A rule is `r` or `w` and a path. Run by a bare interpreter (`-I -S`) as a program of its own, where
each millisecond counts: so it imports what is built in, and `_ctypes` without the Python around it.
This process stays outside the cage as the parent of everything in it, and ends with the
program whatever that left behind, daemons included.

The three calls are those of <https://docs.kernel.org/userspace-api/landlock.html>. Of the network
Landlock knows TCP alone, so with the network off a filter of system calls refuses every new socket
(<https://docs.kernel.org/userspace-api/seccomp_filter.html>).
"""

import _signal  # type: ignore[import-not-found] # what `signal` is made of; typeshed has no stub
import posix
import sys
from _ctypes import CFuncPtr, _SimpleCData, dlopen, dlsym
from posix import _exit

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_SET_PDEATHSIG, _DROP_BOUNDING, _SET_CHILD_SUBREAPER, _SET_NO_NEW_PRIVS = 1, 24, 36, 38
_VERSION, _PATH_BENEATH = 1, 1
_LAST_CAPABILITY = 40

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# Devices are not among what may be made: a root would make itself the disk.
_MAKE = sum(1 << bit for bit in (4, 5, 7, 8, 9, 10, 12))
_WRITE = _READ | _WRITE_FILE | _MAKE | _REFER | _TRUNCATE
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_ALL = (1 << 16) - 1
_SINCE = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEVICE}
_TCP, _TCP_SINCE = 0b11, 4
_SCOPES, _SCOPES_SINCE = 0b11, 6

_SET_SECCOMP, _SECCOMP_FILTER = 22, 2
# The architecture as the filter sees it, and the number of `socket` there.
MACHINES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_OTHER_NUMBERS, _IO_URING_SETUP = 0x40000000, 425
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_REFUSE, _ALLOW = 0x00050000 | 13, 0x7FFF0000

_CANNOT_CAGE, _CANNOT_RUN = 126, 127
_KILL, _ENDING = 9, (15, 2, 1)


class _Long(_SimpleCData):  # type: ignore[type-arg] # it takes no argument when it runs
    _type_ = "l"


class _Address(_SimpleCData):  # type: ignore[type-arg] # it takes no argument when it runs
    _type_ = "z"


class _Function(CFuncPtr):
    _flags_ = 1  # the C calling convention
    _restype_ = _Long


_LIBC = dlopen(None, 0)  # type: ignore[arg-type] # None is the program itself, as in dlopen(3)
_SYSCALL = _Function(dlsym(_LIBC, "syscall"))
_PRCTL = _Function(dlsym(_LIBC, "prctl"))


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    passed = (_Long(each) if isinstance(each, int) else each for each in arguments)
    return int(_SYSCALL(_Long(number), *passed))


def _prctl(option: int, value: int) -> int:
    return int(_PRCTL(_Long(option), _Long(value), _Long(0), _Long(0), _Long(0)))


def abi() -> int:
    """The version of Landlock that the kernel has; below 1 where it has none."""
    return _syscall(_CREATE_RULESET, None, 0, _VERSION)


def main(arguments: list[str]) -> int:
    """Run the program and return the exit status of its end, which may be a signal's."""
    end = arguments.index("--")
    _prctl(_SET_CHILD_SUBREAPER, 1)
    parent = posix.getpid()
    child = posix.fork()
    if child == 0:
        _as_child(parent, arguments[0], arguments[1:end], arguments[end + 1 :])
    for number in _ENDING:
        _signal.signal(number, lambda number, _frame: _end(number))
    ended, status = 0, 0
    while ended != child:
        ended, status = posix.waitpid(-1, 0)
    _end_strays()
    if posix.WIFSIGNALED(status):
        _end(posix.WTERMSIG(status))
    return posix.WEXITSTATUS(status)


def _as_child(parent: int, network: str, rules: list[str], program: list[str]) -> None:
    try:
        _prctl(_SET_PDEATHSIG, _KILL)
        if posix.getppid() != parent:
            _exit(_CANNOT_CAGE)  # it ended before it could be waited for
        if not confine(rules, network=network == "on"):
            posix.write(2, b"Landlock could not be switched on, so nothing was run.\n")
            _exit(_CANNOT_CAGE)
        _execute(program)
    finally:
        _exit(_CANNOT_RUN)


def confine(rules: list[str], *, network: bool) -> bool:
    """Let this process and its children do only what `rules` say; False where that failed."""
    version = abi()
    if version < 1:
        return False
    handled = _ALL & ~sum(right for since, right in _SINCE.items() if version < since)
    tcp = _TCP if version >= _TCP_SINCE and not network else 0
    scoped = _SCOPES if version >= _SCOPES_SINCE else 0
    attributes = b"".join(each.to_bytes(8, sys.byteorder) for each in (handled, tcp, scoped))
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _TCP_SINCE else 8
    ruleset = _syscall(_CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        return False
    for rule in rules:
        _allow(ruleset, rule[1:], handled & (_WRITE if rule[0] == "w" else _READ))
    if posix.geteuid() == 0:
        # Without them a root is still stopped by the rules, and by the rights on files, too.
        for capability in range(_LAST_CAPABILITY + 1):
            _prctl(_DROP_BOUNDING, capability)
    _prctl(_SET_NO_NEW_PRIVS, 1)
    enforced = _syscall(_RESTRICT_SELF, ruleset, 0) == 0
    posix.close(ruleset)
    return enforced and (network or refuse_sockets())


def refuse_sockets() -> bool:
    """Let nobody here make a socket but a pair of its own; False where the kernel cannot.

    Neither by the calls of another architecture, nor by way of io_uring. True, with nothing done,
    on a machine whose numbers are not known.
    """
    if (machine := posix.uname().machine) not in MACHINES:
        return True
    architecture, socket = MACHINES[machine]
    steps = (
        (_LOAD, 0, 0, 4),  # the architecture
        (_IF_EQUAL, 0, 4, architecture),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_IF_AT_LEAST, 2, 0, _OTHER_NUMBERS),
        (_IF_EQUAL, 1, 0, socket),
        (_IF_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _ALLOW),
    )
    order = sys.byteorder
    code = b"".join(
        kind.to_bytes(2, order) + bytes((yes, no)) + value.to_bytes(4, order)
        for kind, yes, no, value in steps
    )
    filtering = len(steps).to_bytes(8, order) + bytes(_Address(code))
    return int(_PRCTL(_Long(_SET_SECCOMP), _Long(_SECCOMP_FILTER), filtering)) == 0


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = posix.open(path, posix.O_PATH | posix.O_CLOEXEC)
    except OSError:
        return  # gone since the rules were written
    if posix.fstat(place).st_mode & 0o170000 != 0o040000:
        rights &= _ON_FILES
    rule = rights.to_bytes(8, sys.byteorder) + place.to_bytes(4, sys.byteorder)
    _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    posix.close(place)


def _execute(program: list[str]) -> None:
    name, error = program[0], "not found"
    directories = posix.environ.get(b"PATH", b"/usr/bin:/bin").decode(errors="surrogateescape")
    for directory in [""] if "/" in name else directories.split(":"):
        try:
            posix.execve(f"{directory}/{name}" if directory else name, program, posix.environ)
        except OSError as failed:
            if failed.errno != 2:
                error = str(failed.strerror)
    posix.write(2, f"{name} could not be started: {error}\n".encode(errors="replace"))


def _end(number: int) -> None:
    """End everything, then this process by the signal `number`."""
    _end_strays()
    _signal.signal(number, _signal.SIG_DFL) if number != _KILL else None
    posix.kill(posix.getpid(), number)


def _end_strays() -> None:
    """Kill and reap every descendant. A child's children become ours when it ends."""
    while True:
        for pid in _children():
            posix.kill(pid, _KILL)
        try:
            posix.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    own = posix.getpid()
    try:
        listing = posix.open(f"/proc/{own}/task/{own}/children", posix.O_RDONLY)
    except OSError:
        return []
    try:
        return [int(pid) for pid in posix.read(listing, 1_000_000).split()]
    finally:
        posix.close(listing)
