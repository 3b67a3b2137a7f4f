"""What a cage shows, as paths: the most specific one decides, whichever backend says so."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phantom.security.sandbox import Cage, Uncaged, installation
from phantom.security.sandbox.bubblewrap import Bubblewrap
from phantom.security.sandbox.landlock import Landlock
from phantom.security.sandbox.view import Access, Place, access, places

NAMES = ("a", "b", "c")
DIRECTORIES = [Path(x) / y / z for x in NAMES for y in ("", *NAMES) for z in ("", *NAMES)]
SOME = st.lists(st.sampled_from(DIRECTORIES), max_size=4)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three levels of directories, with a file in each."""
    root = tmp_path_factory.mktemp("tree")
    for directory in DIRECTORIES:
        (root / directory).mkdir(parents=True, exist_ok=True)
        (root / directory / "file").touch()
    return root


def below(tree: Path, cage: Cage) -> list[Place]:
    """The places of a cage that lie in the tree."""
    return [place for place in places(cage, ()) if place.path.is_relative_to(tree)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(readable=SOME, writable=SOME, hidden=SOME)
def test_rules_that_only_allow_say_the_same(
    tree: Path, readable: list[Path], writable: list[Path], hidden: list[Path]
) -> None:
    """Landlock's rules open exactly what the cage shows, and to writing nothing but that."""
    cage = Cage(
        readable=tuple(tree / path for path in readable),
        writable=tuple(tree / path for path in writable),
        hidden=tuple(tree / path for path in hidden),
    )
    decided = {place.path: place.access for place in below(tree, cage)}
    rules = {Path(rule[1:]): rule[0] for rule in Landlock(7).wrap([], cage) if "/" in rule[1:]}
    for file in (tree / directory / "file" for directory in DIRECTORIES):
        granted = {rules[path] for path in (file, *file.parents) if path in rules}
        shown = access(file, decided)
        assert (shown is Access.NONE) == (not granted & {"r", "w"}), (file, shown, granted)
        assert "w" not in granted or shown is Access.WRITE


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(readable=SOME, writable=SOME, hidden=SOME)
def test_places_come_from_the_root_down_and_each_says_something_new(
    tree: Path, readable: list[Path], writable: list[Path], hidden: list[Path]
) -> None:
    """So that mounts can be made in this order, and none in vain."""
    found = below(
        tree,
        Cage(
            readable=tuple(tree / path for path in readable),
            writable=tuple(tree / path for path in writable),
            hidden=tuple(tree / path for path in hidden),
        ),
    )
    decided: dict[Path, Access] = {}
    for place in found:
        assert not any(place.path in earlier.parents for earlier in decided)
        assert access(place.path, decided) is not place.access
        decided[place.path] = place.access


def test_a_link_is_shown_with_what_it_leads_to(tmp_path: Path) -> None:
    """A tool that is installed by links works by either name."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    shown = {place.path for place in places(Cage(readable=(tmp_path / "link",)), ())}
    assert {tmp_path / "real", tmp_path / "link"} <= shown


def test_a_toolchain_never_brings_the_home_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in `~/bin` comes alone, one in a directory of its own with that directory."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("bin/node", "tools/node/bin/node"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert tmp_path / "bin/node" == installation(tmp_path / "bin/node")
    assert tmp_path / "tools/node" == installation(tmp_path / "tools/node/bin/node")


def test_a_protected_link_is_protected_where_it_leads(tmp_path: Path) -> None:
    """Nothing can be mounted over the link itself; what lies outside is not in the cage anyway."""
    (tmp_path / "kept").mkdir()
    (tmp_path / ".claude").symlink_to("kept")
    (tmp_path / ".codex").symlink_to("/etc")
    cage = Cage(writable=(tmp_path,), read_only_inside=(".claude", ".codex", ".mcp.json"))
    command = Bubblewrap(Path("/usr/bin/bwrap")).wrap(["true"], cage)
    assert str(tmp_path / "kept") in command
    assert str(tmp_path / ".mcp.json") in command
    assert not {str(tmp_path / ".claude"), str(tmp_path / ".codex")} & set(command)


def test_names_are_protected_behind_a_link_to_the_workspace_too(tmp_path: Path) -> None:
    """A workspace that is reached by a link is mounted twice, and so is what protects it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    cage = Cage(writable=(tmp_path / "link",), read_only_inside=(".claude",))
    command = Bubblewrap(Path("/usr/bin/bwrap")).wrap(["true"], cage)
    assert {str(tmp_path / "link/.claude"), str(tmp_path / "real/.claude")} <= set(command)


def test_the_number_of_processes_is_set_inside(tmp_path: Path) -> None:
    """Where the user's other processes do not count."""
    command = Bubblewrap(Path("/usr/bin/bwrap")).wrap(["true"], Cage(writable=(tmp_path,)))
    assert ["1024", "true"] == command[-2:]


def test_without_a_sandbox_the_command_is_itself() -> None:
    """And it says aloud what that means."""
    assert ["true", "-x"] == Uncaged().wrap(("true", "-x"), Cage())
    assert "read and change whatever" in Uncaged().gaps[0]


@pytest.mark.parametrize(("abi", "told"), [(1, True), (5, True), (6, False)])
def test_an_older_kernel_has_more_gaps(abi: int, told: bool) -> None:
    """Which are told, the gravest first."""
    assert told == any("can be ended" in gap for gap in Landlock(abi).gaps)
