"""Where the master key is found, made, and not trusted."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from phantom.errors import Conflict, InvalidInput
from phantom.security import master_key
from phantom.security.envelope import MasterKeys
from phantom.security.master_key import FILE_NAME, VARIABLE, InFile


class Keyring(KeyringBackend):
    """A desktop's keyring, as the library sees it."""

    priority = 5.0  # type: ignore[assignment]
    locked = False
    forgets = False

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("it is locked")
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if not self.forgets:
            self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class NoKeyring(Keyring):
    """A machine without a desktop."""

    priority = 0.0  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def none() -> Iterator[None]:
    """No keyring of the developer's takes part."""
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield
    keyring.set_keyring(before)


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return [path.name for path in directory.iterdir()]


@pytest.fixture
def desktop() -> Keyring:
    """A keyring that works."""
    made = Keyring()
    keyring.set_keyring(made)
    return made


def test_without_any_a_file_is_made_that_only_its_owner_can_open(tmp_path: Path) -> None:
    """On first use, and found from then on; the home is shut as well."""
    home = tmp_path / "home"
    assert master_key.load(home, {}) is None
    made, place = master_key.load_or_create(home, {})
    file = home / FILE_NAME
    assert FILE_NAME == place.name
    assert [0o600, 0o700] == [path.stat().st_mode & 0o777 for path in (file, home)]
    assert (made, [FILE_NAME]) == (master_key.load_or_create(home, {})[0], names(home))


def test_the_variable_comes_first(tmp_path: Path, desktop: Keyring) -> None:
    """Then neither keyring nor file is touched."""
    keys = MasterKeys.new()
    found, place = master_key.load_or_create(tmp_path, {VARIABLE: keys.text()})
    assert (keys, VARIABLE) == (found, place.name)
    assert not place.save(keys)
    assert ({}, []) == (desktop.held, names(tmp_path))


def test_a_bad_variable_is_an_error_and_not_passed_over(tmp_path: Path) -> None:
    """Going on with another key would seal under what the user did not mean."""
    with pytest.raises(InvalidInput, match=VARIABLE):
        master_key.load_or_create(tmp_path, {VARIABLE: "nonsense"})


def test_a_keyring_that_works_is_preferred_to_a_new_file(tmp_path: Path, desktop: Keyring) -> None:
    """Each home has a key of its own there."""
    made, place = master_key.load_or_create(tmp_path, {})
    assert "the system's keyring" == place.name
    assert {("phantom", str(tmp_path)): made.text()} == desktop.held
    assert made == master_key.load_or_create(tmp_path, {})[0]
    assert made != master_key.load_or_create(tmp_path / "other", {})[0]
    assert [] == [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_file_that_is_there_stays_in_use_where_a_keyring_appears(
    tmp_path: Path, desktop: Keyring
) -> None:
    """What was sealed under it must still open."""
    keyring.set_keyring(NoKeyring())
    made, _ = master_key.load_or_create(tmp_path, {})
    keyring.set_keyring(desktop)
    found, place = master_key.load_or_create(tmp_path, {})
    assert (made, FILE_NAME) == (found, place.name)


def test_a_keyring_that_forgets_is_not_used(tmp_path: Path, desktop: Keyring) -> None:
    """A key that is gone tomorrow would take every stored key along."""
    desktop.forgets = True
    assert FILE_NAME == master_key.load_or_create(tmp_path, {})[1].name


def test_a_locked_keyring_is_a_sentence(tmp_path: Path, desktop: Keyring) -> None:
    """It says what to do."""
    desktop.locked = True
    with pytest.raises(Conflict, match=f"it is locked. Unlock it, or set {VARIABLE}"):
        master_key.load_or_create(tmp_path, {})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    """Reading or writing: the sentence says what is to be done about both."""
    master_key.load_or_create(tmp_path, {})
    (tmp_path / FILE_NAME).chmod(mode)
    with pytest.raises(Conflict, match=f"chmod 600 .*{FILE_NAME}.*phantom key rotate"):
        master_key.load(tmp_path, {})


def test_a_link_and_a_directory_are_refused(tmp_path: Path) -> None:
    """Whoever can plant one would choose the key."""
    (tmp_path / "elsewhere").write_text(MasterKeys.new().text())
    (tmp_path / FILE_NAME).symlink_to("elsewhere")
    with pytest.raises(Conflict, match="cannot be opened"):
        master_key.load(tmp_path, {})
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir(mode=0o700)
    with pytest.raises(Conflict, match="not a file of this user"):
        master_key.load(tmp_path, {})


def test_of_two_that_make_it_at_once_one_wins(tmp_path: Path) -> None:
    """The other uses that one, and leaves nothing behind."""
    first, second = MasterKeys.new(), MasterKeys.new()
    assert [True, False] == [InFile(tmp_path).create(first), InFile(tmp_path).create(second)]
    assert first == master_key.load_or_create(tmp_path, {})[0]
    assert [FILE_NAME] == names(tmp_path)
