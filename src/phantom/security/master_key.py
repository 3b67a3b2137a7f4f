"""Where the master key is: the environment, the system's keyring, or a file that only we can read.

An existing one is looked for in that order; where there is none, it is made in the keyring where
that works, else in the file. All of it blocks.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Protocol

from phantom.errors import Conflict
from phantom.security.envelope import MasterKeys

VARIABLE = "PHANTOM_MASTER_KEY"
FILE_NAME = "master.key"
_SERVICE = "phantom"
_LONGEST = 65_536


class Place(Protocol):
    """One place for master keys."""

    name: str

    def load(self) -> MasterKeys | None:
        """What is there. Raises Conflict or InvalidInput where it cannot be trusted or read."""

    def save(self, keys: MasterKeys) -> bool:
        """Put `keys` there; False where that does not work here."""


class InEnvironment:
    """`PHANTOM_MASTER_KEY`; only the user can change it."""

    name = VARIABLE

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._text = environment.get(VARIABLE, "")

    def load(self) -> MasterKeys | None:
        """See `Place`."""
        return MasterKeys.parse(self._text, VARIABLE) if self._text.strip() else None

    def save(self, keys: MasterKeys) -> bool:  # noqa: ARG002 - a process cannot set its parent's
        """See `Place`."""
        return False


class InKeyring:
    """The system's keyring, where the extra `keyring` is installed and a keyring answers."""

    name = "the system's keyring"

    def __init__(self, home: Path) -> None:
        self._account = str(home)

    def load(self) -> MasterKeys | None:
        """See `Place`."""
        keyring = _keyring()
        if keyring is None:
            return None
        with _locked_is_a_conflict(keyring):
            text = keyring.get_password(_SERVICE, self._account)
        return MasterKeys.parse(str(text), self.name) if text else None

    def save(self, keys: MasterKeys) -> bool:
        """See `Place`."""
        keyring = _keyring()
        if keyring is None:
            return False
        with _locked_is_a_conflict(keyring):
            keyring.set_password(_SERVICE, self._account, keys.text())
            # There are keyrings that forget at once.
            return bool(keyring.get_password(_SERVICE, self._account) == keys.text())


class InFile:
    """`master.key` in the home, which nobody but its owner may open."""

    name = FILE_NAME

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME

    def load(self) -> MasterKeys | None:
        """See `Place`."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Conflict(f"{self._path} cannot be opened: {error.strerror}.") from error
        try:
            self._check(os.fstat(descriptor))
            text = os.read(descriptor, _LONGEST).decode(errors="replace")
        finally:
            os.close(descriptor)
        return MasterKeys.parse(text, str(self._path))

    def save(self, keys: MasterKeys) -> bool:
        """See `Place`; the file is the old one or the new one at any instant."""
        half = self._written(keys)
        half.replace(self._path)
        return True

    def create(self, keys: MasterKeys) -> bool:
        """As `save`, but False where another process was there first."""
        half = self._written(keys)
        try:
            os.link(half, self._path)
        except FileExistsError:
            return False
        finally:
            half.unlink()
        return True

    def _written(self, keys: MasterKeys) -> Path:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = self._path.with_name(f"{FILE_NAME}.{os.getpid()}.{os.urandom(4).hex()}")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(half, flags, 0o600), "w") as file:
            file.write(keys.text() + "\n")
            file.flush()
            os.fsync(file.fileno())
        return half

    def _check(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode) or found.st_uid not in {os.geteuid(), 0}:
            raise Conflict(f"{self._path} is not a file of this user, so it is not trusted.")
        if found.st_mode & 0o077:
            raise Conflict(
                f"Others can open {self._path} (its mode is {stat.S_IMODE(found.st_mode):o}), so "
                f"the keys under it are no longer secret: run `chmod 600 {self._path}`, then "
                "`phantom key rotate`, and replace the keys themselves."
            )


def load(home: Path, environment: Mapping[str, str]) -> tuple[MasterKeys, Place] | None:
    """The master keys and where they are, or None where there are none yet.

    Raises Conflict or InvalidInput where the nearest place has some that cannot be used.
    """
    for place in (InEnvironment(environment), InKeyring(home), InFile(home)):
        keys = place.load()
        if keys is not None:
            return keys, place
    return None


def load_or_create(home: Path, environment: Mapping[str, str]) -> tuple[MasterKeys, Place]:
    """The same, made on first use. Raises as `load`."""
    found = load(home, environment)
    if found is not None:
        return found
    new, ring, file = MasterKeys.new(), InKeyring(home), InFile(home)
    if ring.save(new):
        return new, ring
    if file.create(new):
        return new, file
    # Another process made it in this very moment.
    found = load(home, environment)
    if found is None:
        raise Conflict(f"{home / FILE_NAME} came and went; something else works on it.")
    return found


def hold(home: Path, *, exclusive: bool) -> int:
    """Wait until nobody else changes the master key of `home`; closing the result lets it go.

    Several may hold it at once, but only one alone where `exclusive`.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(home / f"{FILE_NAME}.lock", flags, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
    return descriptor


def _keyring() -> ModuleType | None:
    """The library, where it is installed and has a keyring that works."""
    try:
        import keyring
    except ImportError:
        return None
    # A keyring that cannot be used says so by its priority.
    return keyring if keyring.get_keyring().priority > 0 else None


@contextlib.contextmanager
def _locked_is_a_conflict(keyring: ModuleType) -> Iterator[None]:
    try:
        yield
    except keyring.errors.KeyringError as error:
        raise Conflict(
            f"The system's keyring refuses: {error or type(error).__name__}. Unlock it, or set "
            f"{VARIABLE}."
        ) from error
