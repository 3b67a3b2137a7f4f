"""The jail: nothing outside the root is opened, whatever is asked and whatever is swapped in."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.errors import InvalidInput, NotFound, PhantomError
from phantom.security import jail
from tests.support.disk_watch import DiskWatch

SECRET = b"SECRET"
LIMIT = 1000
CORPUS = (
    "",
    ".",
    "..",
    "/",
    "//etc/passwd",
    "/etc/passwd",
    "../secret",
    "a/../../secret",
    "a/./b",
    "a//b",
    "a/",
    "./a",
    "..\\secret",
    "a\\..\\..\\secret",
    "C:\\secret",
    "C:secret",
    "a:stream",
    "%2e%2e/secret",
    "%2e%2e%2fsecret",
    "%252e%252e%252fsecret",
    "..%c0%afsecret",
    "..%5csecret",
    "..\0/secret",
    "a\0.md",
    "a\n.md",
    "a\x7f.md",
    "\ud800.md",
    "\u202egpj.md",
    "\u2024\u2024/secret\u200b",
    "e\u0301.md",
    "....//secret",
    "... /secret",
    ".. /secret",
    "CLAUDE.md.",
    "CLAUDE.md ",
    "a?b",
    "a*",
    "~root|",
    "x" * 201,
    "x" * 2000,
    "/".join("a" * 20),
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one file two directories down; beside it what nobody may touch."""
    (tmp_path / "outside" / "b").mkdir(parents=True)
    (tmp_path / "outside" / "b" / "file.md").write_bytes(SECRET)
    (tmp_path / "outside" / "file.md").write_bytes(SECRET)
    inside = tmp_path / "root" / "a" / "b"
    inside.mkdir(parents=True)
    (inside / "file.md").write_bytes(b"inside")
    return tmp_path / "root"


def outside(root: Path) -> dict[str, bytes]:
    """Everything beside the root, name by name."""
    base = root.parent / "outside"
    return {
        str(path.relative_to(base)): path.read_bytes() if path.is_file() else b""
        for path in sorted(base.rglob("*"))
    }


def read(root: Path) -> bytes:
    """Read the file."""
    with jail.directory(root, ("a", "b")) as parent:
        return jail.read(parent, "file.md", LIMIT).data


def replace(root: Path) -> bytes:
    """Replace the file."""
    with jail.directory(root, ("a", "b")) as parent:
        jail.replace(parent, "file.md", b"new", 0o644)
    return b""


def create(root: Path) -> bytes:
    """Make a file below new directories."""
    with jail.directory(root, ("a", "b", "c"), create=True) as parent:
        jail.create(parent, "new.md", b"new")
    return b""


def remove(root: Path) -> bytes:
    """Remove the file."""
    with jail.directory(root, ("a", "b")) as parent:
        jail.remove(parent, "file.md")
    return b""


OPERATIONS = (read, replace, create, remove)


@pytest.mark.parametrize("path", CORPUS)
def test_no_odd_path_has_parts(path: str) -> None:
    """Each is refused before anything is opened."""
    with DiskWatch() as watch, pytest.raises(InvalidInput):
        jail.parts_of(path)
    assert [] == watch.touched


@given(st.text() | st.lists(st.sampled_from(["..", ".", "a", "%2e", "\\", ""])).map("/".join))
def test_the_parts_of_any_text_are_plain_names(path: str) -> None:
    """Whatever is accepted leads down, never up, and is the same text on every file system."""
    try:
        parts = jail.parts_of(path)
    except InvalidInput:
        return
    assert path == "/".join(parts)
    assert not {"", ".", ".."} & set(parts)
    assert not any(mark in path for mark in "\0\\%:")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_everything_is_opened_by_its_bare_name(
    root: Path, operation: Callable[[Path], bytes]
) -> None:
    """Only the root has a path; every other name is one part, opened without following."""
    with DiskWatch() as watch:
        operation(root)
    assert ("open", (str(root),)) == watch.touched[0][:2]
    assert len(watch.touched) > 2
    for event, names, flags in watch.touched:
        assert event != "open" or flags & os.O_NOFOLLOW
        assert all(name == str(root) or "/" not in name for name in names)
        assert not {".", ".."} & set(names)


def to_outside(path: Path, target: Path) -> None:
    """Put a link to `target` in the place of `path`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.symlink_to(target)


SWAPS: tuple[Callable[[Path], None], ...] = (
    lambda root: to_outside(root / "a", root.parent / "outside"),
    lambda root: to_outside(root / "a" / "b", root.parent / "outside"),
    lambda root: to_outside(root / "a" / "b" / "file.md", root.parent / "outside" / "file.md"),
    lambda root: to_outside(root / "a" / "b" / "c", root.parent / "outside"),
    lambda root: to_outside(root / "a" / "b" / "new.md", root.parent / "outside" / "file.md"),
    lambda root: to_outside(root / "a" / "b" / "c" / "new.md", root.parent / "outside" / "n.md"),
    lambda root: to_outside(root, root.parent / "outside"),
)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("swap", SWAPS)
def test_a_link_swapped_in_at_any_moment_wins_nothing(
    root: Path, operation: Callable[[Path], bytes], swap: Callable[[Path], None]
) -> None:
    """Before each single step of each operation in turn: nothing outside is read or changed."""
    pristine = root.parent / "pristine"
    shutil.copytree(root, pristine)
    expected = outside(root)
    with DiskWatch() as watch:
        operation(root)
    _restore(root, pristine)
    assert len(watch.touched) > 3
    for moment in range(1, len(watch.touched) + 1):
        with DiskWatch(lambda number, at=moment: _swap_at(number, at, root, swap)):  # type: ignore[misc]
            try:
                found = operation(root)
            except (PhantomError, FileExistsError):
                found = b""
        assert SECRET not in found
        assert expected == outside(root)
        _restore(root, pristine)


def _swap_at(number: int, at: int, root: Path, swap: Callable[[Path], None]) -> None:
    if number == at:
        try:
            swap(root)
        except OSError:
            return  # what it would replace is not there at this moment


def _restore(root: Path, pristine: Path) -> None:
    if root.is_symlink():
        root.unlink()
    else:
        shutil.rmtree(root)
    shutil.copytree(pristine, root)


def test_only_a_regular_file_with_one_name_is_read(root: Path) -> None:
    """Links, link chains, hard links, directories, FIFOs and sockets are refused, unopened."""
    place = root / "a" / "b"
    (place / "link").symlink_to(root.parent / "outside" / "file.md")
    (place / "chain").symlink_to("link")
    (place / "inner").symlink_to("file.md")
    (place / "dangling").symlink_to("nowhere")
    os.link(root.parent / "outside" / "file.md", place / "hard")
    (place / "directory").mkdir()
    os.mkfifo(place / "fifo")
    with socket.socket(socket.AF_UNIX) as made, pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)  # a socket's path must be short
        made.bind("socket")
    with jail.directory(root, ("a", "b")) as parent:
        for name in sorted(path.name for path in place.iterdir()):
            if name != "file.md":
                with DiskWatch() as watch, pytest.raises(InvalidInput):
                    jail.read(parent, name, LIMIT)
                assert [] == watch.touched, name
        assert b"inside" == jail.read(parent, "file.md", LIMIT).data
        with pytest.raises(NotFound):
            jail.read(parent, "nothing", LIMIT)
        with pytest.raises(InvalidInput, match="larger"):
            jail.read(parent, "file.md", 3)


def test_a_directory_that_is_a_link_is_not_entered(root: Path) -> None:
    """Neither one that leads outside, nor one that stays inside, nor the root itself."""
    (root / "out").symlink_to(root.parent / "outside")
    (root / "in").symlink_to("a")
    (root.parent / "other").symlink_to(root)
    for base, parts in ((root, ("out",)), (root, ("in", "b")), (root.parent / "other", ())):
        for create_it in (False, True):
            with pytest.raises(InvalidInput), jail.directory(base, parts, create=create_it):
                pass
    with pytest.raises(InvalidInput), jail.directory(root, ("a", "b", "file.md")):
        pass
    with pytest.raises(NotFound, match="a/nothing"), jail.directory(root, ("a", "nothing")):
        pass


def test_a_replaced_file_is_whole_and_keeps_its_mode(root: Path) -> None:
    """The new content, the old permissions, and no temporary file."""
    place = root / "a" / "b"
    with jail.directory(root, ("a", "b")) as parent:
        jail.replace(parent, "file.md", b"new", 0o640)
    assert (b"new", 0o640) == (
        (place / "file.md").read_bytes(),
        (place / "file.md").stat().st_mode & 0o777,
    )
    assert [place / "file.md"] == list(place.iterdir())


def test_a_file_is_created_once(root: Path) -> None:
    """A name that is taken, by a file or a dangling link, is left as it is."""
    place = root / "a" / "b"
    (place / "link").symlink_to(root.parent / "outside" / "new")
    with jail.directory(root, ("a", "b")) as parent:
        for name in ("file.md", "link"):
            with pytest.raises(FileExistsError):
                jail.create(parent, name, b"other")
    assert b"inside" == (place / "file.md").read_bytes()
    assert not (root.parent / "outside" / "new").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_what_may_not_be_read_is_a_sentence(root: Path) -> None:
    """Not a traceback, and not a 500."""
    (root / "a" / "b" / "file.md").chmod(0)
    with pytest.raises(InvalidInput, match="Permission denied"):
        read(root)
