"""Files below a root, reached step by step so that no link is followed, whoever swaps one in when.

A path that is checked and then opened can be another one in between. So nothing is checked
here but what is already open: every directory on the way is opened by its bare name relative to the
one before it, with O_NOFOLLOW, and the file likewise. All functions block.
"""

import contextlib
import errno
import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from phantom.errors import DiskFull, InvalidInput, NotFound, is_disk_full

MAX_PARTS = 12
MAX_PATH_BYTES = 1000
MAX_NAME_BYTES = 200
TEMPORARY_PREFIX = ".phantom-"

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: to open a FIFO that was swapped in must not wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_DIRECTORY_MODE = 0o755
# Separators elsewhere, encodings of separators, and alternate streams; no file here needs them.
_REFUSED_MARKS = frozenset('\\%:*?"<>|')


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it was read.

    Attributes:
        mode: its permission bits.
    """

    data: bytes
    modified: datetime
    mode: int


def parts_of(path: str) -> tuple[str, ...]:
    """The names in a relative path. Raises InvalidInput for any path that is not plainly one."""
    if not path or len(path.encode("utf-8", "replace")) > MAX_PATH_BYTES:
        raise InvalidInput(f"A path has 1 to {MAX_PATH_BYTES} bytes.")
    if path.startswith("/"):
        raise InvalidInput("The path must be relative to its root: without a / in front.")
    parts = tuple(path.split("/"))
    if len(parts) > MAX_PARTS:
        raise InvalidInput(f"The path has more than {MAX_PARTS} parts.")
    for part in parts:
        check_name(part)
    return parts


def check_name(name: str) -> None:
    """Raise InvalidInput unless `name` can be nothing but one plain name, on any file system."""
    if name in {"", ".", ".."}:
        raise InvalidInput("The path must not hold '.', '..' or an empty part.")
    if "/" in name or not name.isprintable() or _REFUSED_MARKS & set(name):
        marks = " ".join(sorted(_REFUSED_MARKS))
        raise InvalidInput(f"The path must not hold control characters or any of {marks} .")
    if name != unicodedata.normalize("NFC", name) or name.endswith((".", " ")):
        raise InvalidInput("A part of the path has a form that file systems read differently.")
    if len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidInput(f"A part of the path is longer than {MAX_NAME_BYTES} bytes.")


@contextlib.contextmanager
def directory(root: Path, parts: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """A descriptor of the directory `parts` below `root`, made on the way where `create` says so.

    Raises NotFound where it is not there, InvalidInput where a part is a link or no directory.
    """
    with sentences("/".join(parts) or str(root)):
        current = os.open(root, _DIRECTORY)
    try:
        for number, part in enumerate(parts, 1):
            with sentences("/".join(parts[:number])):
                current = _replaced(current, _step(current, part, create=create))
        yield current
    finally:
        os.close(current)


def subdirectory(parent: int, name: str) -> int:
    """A descriptor of a directory in another, which the caller closes. Raises OSError."""
    return os.open(name, _DIRECTORY, dir_fd=parent)


def read(parent: int, name: str, limit: int) -> Content:
    """The regular file `name` in an open directory.

    Raises NotFound where it is not there, and InvalidInput where it is anything but a regular file
    with one name, or longer than `limit` bytes.
    """
    with sentences(name):
        # Before opening, since opening a device may already act on it.
        _check_ordinary(os.stat(name, dir_fd=parent, follow_symlinks=False), name)
        descriptor = os.open(name, _FILE, dir_fd=parent)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            _check_ordinary(found, name)
            data = file.read(limit + 1)
    if len(data) > limit:
        raise InvalidInput(f"{name} is larger than {limit:,} bytes.")
    modified = datetime.fromtimestamp(found.st_mtime, UTC)
    return Content(data, modified, stat.S_IMODE(found.st_mode))


def create(parent: int, name: str, data: bytes) -> None:
    """Write a new file. Raises FileExistsError where the name is taken, by whatever it is."""
    with sentences(name):
        # The name is claimed first: a rename alone would replace what another has just put there.
        os.close(os.open(name, _NEW_FILE, 0o644, dir_fd=parent))
        mode = stat.S_IMODE(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode)
        try:
            replace(parent, name, data, mode)
        except BaseException:  # whatever happened, an empty file must not stay behind
            os.unlink(name, dir_fd=parent)
            raise


def replace(parent: int, name: str, data: bytes, mode: int) -> None:
    """Put a file with `data` in the place of `name`: readers see the old one or the new one.

    A link that was swapped in is replaced itself; what it points to is never touched.
    """
    temporary = f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.tmp"
    with sentences(name):
        descriptor = os.open(temporary, _NEW_FILE, 0o600, dir_fd=parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(descriptor, mode)
                os.fsync(descriptor)
            os.rename(temporary, name, src_dir_fd=parent, dst_dir_fd=parent)
        except BaseException:  # whatever happened, nothing is left behind
            os.unlink(temporary, dir_fd=parent)
            raise
        os.fsync(parent)


def remove(parent: int, name: str) -> None:
    """Remove a name; of a link that was swapped in, the link."""
    with sentences(name):
        os.unlink(name, dir_fd=parent)
        os.fsync(parent)


@contextlib.contextmanager
def sentences(what: str) -> Iterator[None]:
    """Tell the system's errors about `what` as ours; FileExistsError is left to the caller."""
    try:
        yield
    except FileExistsError:
        raise
    except FileNotFoundError:
        raise NotFound(f"There is no {what}.") from None
    except OSError as error:
        _tell(error, what)


def _tell(error: OSError, what: str) -> NoReturn:
    if is_disk_full(error):
        raise DiskFull(f"{what} cannot be written: the disk is full.") from error
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.ENXIO}:
        raise InvalidInput(f"{what} is a link or not what it should be; it is not followed.")
    raise InvalidInput(f"{what} cannot be used: {error.strerror}.") from error


def _step(parent: int, name: str, *, create: bool) -> int:
    if create:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, _NEW_DIRECTORY_MODE, dir_fd=parent)
    return subdirectory(parent, name)


def _replaced(old: int, new: int) -> int:
    os.close(old)
    return new


def _check_ordinary(found: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput(f"{name} is a link, a directory or a device, not a file.")
    if found.st_nlink > 1:
        raise InvalidInput(f"{name} has a second name elsewhere (a hard link); it is left alone.")
