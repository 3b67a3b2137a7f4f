"""Config files on a real disk: read, written, restored, listed, and never outside."""

import asyncio
import os
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from phantom.errors import Conflict, InvalidInput, NotFound, PhantomError, PreconditionFailed
from phantom.files.listing import Budget
from phantom.files.service import MAX_BYTES, ConfigFiles
from phantom.vocabulary import FileType

SKILL = ".claude/skills/review.md"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty root."""
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.fixture
def files(tmp_path: Path, root: Path) -> ConfigFiles:
    """The service over `root` and a second root."""
    (tmp_path / "second").mkdir()
    return ConfigFiles((root, tmp_path / "second"), tmp_path / "home")


def names(directory: Path) -> list[str]:
    """What is in a directory."""
    return sorted(path.name for path in directory.iterdir())


def files_below(directory: Path) -> list[Path]:
    """Every file in a directory or below."""
    return sorted(path for path in directory.rglob("*") if path.is_file())


def put(root: Path, path: str, content: str = "text") -> Path:
    """A file in a root."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(content)
    return target


async def test_a_file_goes_there_and_back(files: ConfigFiles, root: Path) -> None:
    """Created with its directories, read, replaced, removed."""
    made = await files.create(SKILL, "# Review\n")
    assert ("# Review\n", FileType.SKILL) == (made.content, made.path.file_type)
    assert made == await files.get(SKILL)
    changed = await files.update(SKILL, "# Better\r\n")
    assert b"# Better\r\n" == (root / SKILL).read_bytes()
    assert made.etag != changed.etag
    await files.delete(SKILL)
    assert not (root / SKILL).exists()
    for gone in (files.get(SKILL), files.update(SKILL, "x"), files.delete(SKILL)):
        with pytest.raises(NotFound):
            await gone


async def test_a_change_can_be_taken_back_and_forth(files: ConfigFiles) -> None:
    """Restoring swaps the two last versions; writing the same again does not count as a change."""
    await files.create(SKILL, "one")
    with pytest.raises(Conflict, match="no earlier version"):
        await files.restore(SKILL)
    assert not (await files.get(SKILL)).restorable
    await files.update(SKILL, "two")
    await files.update(SKILL, "two")
    assert (await files.get(SKILL)).restorable
    assert "one" == (await files.restore(SKILL)).content
    assert "two" == (await files.restore(SKILL)).content


async def test_a_removed_file_comes_back(files: ConfigFiles) -> None:
    """Also where its directory went too."""
    await files.create(SKILL, "one")
    await files.delete(SKILL)
    assert "one" == (await files.restore(SKILL)).content
    assert "one" == (await files.get(SKILL)).content


async def test_what_came_before_lies_at_home(
    files: ConfigFiles, root: Path, tmp_path: Path
) -> None:
    """Nothing but the file itself is left in the root."""
    await files.create(SKILL, "one")
    await files.update(SKILL, "two")
    assert [root / SKILL] == files_below(root)
    kept = [path for path in files_below(tmp_path / "home") if path.suffix == ".previous"]
    assert ["one"] == [path.read_text() for path in kept]
    assert 0o700 == stat.S_IMODE(kept[0].parent.stat().st_mode)


async def test_a_lost_update_is_refused(files: ConfigFiles, root: Path) -> None:
    """With `If-Match`, a content that the client has not seen is never written over."""
    made = await files.create(SKILL, "one")
    match = f'"{made.etag}"'
    await files.update(SKILL, "two", if_match=match)
    for stale in (match, f'W/"{made.etag}"', made.etag, "", '"x", "y"'):
        for change in (
            files.update(SKILL, "three", if_match=stale),
            files.delete(SKILL, if_match=stale),
            files.restore(SKILL, if_match=stale),
        ):
            with pytest.raises(PreconditionFailed):
                await change
    assert "two" == (root / SKILL).read_text()
    now = (await files.get(SKILL)).etag
    await files.update(SKILL, "three", if_match=f'"x" , "{now}"')
    await files.update(SKILL, "four", if_match="*")
    await files.delete(SKILL)
    with pytest.raises(PreconditionFailed):
        await files.restore(SKILL, if_match="*")


async def test_of_many_updates_from_one_version_one_wins(files: ConfigFiles) -> None:
    """Checking and writing are one, over all requests."""
    made = await files.create(SKILL, "start")
    results = await asyncio.gather(
        *(files.update(SKILL, f"{n}", if_match=f'"{made.etag}"') for n in range(12)),
        return_exceptions=True,
    )
    won = [each for each in results if not isinstance(each, BaseException)]
    assert [(await files.get(SKILL)).content] == [each.content for each in won]
    assert 11 == sum(isinstance(each, PreconditionFailed) for each in results)


async def test_a_file_is_created_once(files: ConfigFiles, root: Path) -> None:
    """Of many, one; and never over a file that is there."""
    results = await asyncio.gather(
        *(files.create(SKILL, f"{n}") for n in range(8)), return_exceptions=True
    )
    assert 7 == sum(isinstance(each, Conflict) for each in results)
    put(root, "CLAUDE.md", "mine")
    with pytest.raises(Conflict, match="PUT"):
        await files.create("CLAUDE.md", "theirs")
    assert "mine" == (root / "CLAUDE.md").read_text()


async def test_broken_json_is_never_written(files: ConfigFiles, root: Path) -> None:
    """Neither as a new file nor over an old one."""
    with pytest.raises(InvalidInput, match="line 1"):
        await files.create(".mcp.json", "{")
    assert [] == names(root)
    await files.create(".mcp.json", "{}")
    with pytest.raises(InvalidInput, match="line 1"):
        await files.update(".mcp.json", "[]")
    assert "{}" == (root / ".mcp.json").read_text()


async def test_the_type_follows_from_the_path(files: ConfigFiles) -> None:
    """A type that contradicts it is refused; the right one is accepted."""
    with pytest.raises(InvalidInput, match="skill"):
        await files.create(SKILL, "x", file_type=FileType.MCP)
    await files.create(SKILL, "x", file_type=FileType.SKILL)


async def test_size_is_bounded(files: ConfigFiles, root: Path) -> None:
    """What is written, and what is read."""
    await files.create("CLAUDE.md", "x" * MAX_BYTES)
    with pytest.raises(InvalidInput, match="larger"):
        await files.update("CLAUDE.md", "é" * (MAX_BYTES // 2 + 1))
    put(root, "AGENTS.md", "x" * (MAX_BYTES + 1))
    with pytest.raises(InvalidInput, match="larger"):
        await files.get("AGENTS.md")


async def test_what_is_no_text_is_a_sentence(files: ConfigFiles, root: Path) -> None:
    """Neither shown with replacement characters nor a crash."""
    (root / "CLAUDE.md").write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="UTF-8"):
        await files.get("CLAUDE.md")
    with pytest.raises(InvalidInput, match="surrogate"):
        await files.create("AGENTS.md", "\ud800")


async def test_the_mode_of_a_file_is_kept(files: ConfigFiles, root: Path) -> None:
    """A private file stays private when it is changed."""
    put(root, "CLAUDE.md").chmod(0o600)
    await files.update("CLAUDE.md", "new")
    assert 0o600 == stat.S_IMODE((root / "CLAUDE.md").stat().st_mode)


async def test_links_are_neither_read_nor_written(
    files: ConfigFiles, root: Path, tmp_path: Path
) -> None:
    """By name, hard or soft, for the file or a directory above it; the target stays as it is."""
    secret = put(tmp_path, "outside/secret.md", "SECRET")
    (root / "CLAUDE.md").symlink_to(secret)
    os.link(secret, root / "AGENTS.md")
    (root / ".claude").symlink_to(tmp_path / "outside")
    put(tmp_path, "outside/settings.json", "{}")
    for path in ("CLAUDE.md", "AGENTS.md", ".claude/settings.json"):
        for attempt in (
            files.get(path),
            files.update(path, '{"x": 1}'),
            files.create(path, "{}"),
            files.delete(path),
        ):
            with pytest.raises((InvalidInput, Conflict)):
                await attempt
    with pytest.raises(InvalidInput):
        await files.create(".claude/skills/new.md", "x")
    assert "SECRET" == secret.read_text()
    assert "{}" == (tmp_path / "outside" / "settings.json").read_text()
    assert ["secret.md", "settings.json"] == names(tmp_path / "outside")
    listing = await files.list()
    assert () == listing.files
    assert ["CLAUDE.md", "AGENTS.md"] == [str(each.path) for each in listing.skipped]


async def test_a_list_has_what_the_table_has(files: ConfigFiles, root: Path) -> None:
    """In the order of the table, then of names; by type where one is asked for."""
    for path in (
        "CLAUDE.md",
        ".claude/skills/b/SKILL.md",
        ".claude/skills/a.md",
        ".claude/commands/c.md",
        ".claude/settings.local.json",
        ".claude/mcp-x.json",
        ".mcp.json",
        "README.md",
        ".claude/skills/.git/x.md",
        ".claude/skills/note.txt",
    ):
        put(root, path)
    (root / ".claude/skills/d.md").mkdir()
    expected = [
        ".claude/skills/a.md",
        ".claude/skills/b/SKILL.md",
        ".claude/commands/c.md",
        ".mcp.json",
        ".claude/mcp-x.json",
        ".claude/settings.local.json",
        "CLAUDE.md",
    ]
    everything = await files.list()
    assert expected == [str(each.path) for each in everything.files]
    assert not everything.truncated
    assert () == everything.skipped
    only = await files.list(FileType.MCP)
    assert [".mcp.json", ".claude/mcp-x.json"] == [str(each.path) for each in only.files]


@pytest.mark.parametrize(
    "budget", [Budget(files=5), Budget(names=9), Budget(data=25), Budget(seconds=-1)]
)
async def test_a_list_is_bounded(files: ConfigFiles, root: Path, budget: Budget) -> None:
    """By files, by names looked at, by bytes and by time; it says that it was cut."""
    for number in range(20):
        put(root, f".claude/skills/{number:02}.md", "12345")
    listing = await files.list(budget=budget)
    assert listing.truncated
    assert len(listing.files) <= 5


async def test_a_directory_without_end_is_bounded(files: ConfigFiles, root: Path) -> None:
    """Depth that no path of ours may have is not walked."""
    deep = root / ".claude" / "skills"
    for _ in range(40):
        deep = deep / "d"
    put(deep, "a.md")
    assert () == (await files.list()).files


async def test_other_roots_are_named(files: ConfigFiles, tmp_path: Path) -> None:
    """A configured root or a directory below one; each has its own files and earlier versions."""
    second, inner = str(tmp_path / "second"), str(tmp_path / "second" / "project")
    (tmp_path / "second" / "project").mkdir()
    for place in (None, second, inner):
        await files.create("CLAUDE.md", f"{place}", root=place)
        await files.update("CLAUDE.md", "changed", root=place)
    for place in (None, second, inner):
        assert f"{place}" == (await files.restore("CLAUDE.md", root=place)).content
    assert [inner] == [str(each.root) for each in (await files.list(root=inner)).files]
    assert f"{second}" == (tmp_path / "second" / "CLAUDE.md").read_text()


@pytest.mark.parametrize(
    "suffix", ["-evil", "/..", "/../outside", "/./x", "//x", "/%2e%2e", "/\0", "/link", "\\x", " "]
)
async def test_no_other_root_is_taken(files: ConfigFiles, root: Path, suffix: str) -> None:
    """Nothing beside a root, above it, or behind a link in it."""
    (root.parent / "root-evil").mkdir()
    (root.parent / "outside").mkdir()
    (root / "link").symlink_to(root.parent / "outside")
    for place in (f"{root}{suffix}", "relative", "/", "", str(root.parent)):
        for attempt in (
            files.list(root=place),
            files.get("CLAUDE.md", place),
            files.create("CLAUDE.md", "x", root=place),
        ):
            with pytest.raises(InvalidInput):
                await attempt
    assert [] == names(root.parent / "outside")


async def test_a_root_that_is_gone_is_not_made(files: ConfigFiles, root: Path) -> None:
    """The operator's directories are the operator's to make."""
    shutil.rmtree(root)
    for attempt in (files.list(), files.create("CLAUDE.md", "x")):
        with pytest.raises(NotFound):
            await attempt
    with pytest.raises(NotFound):
        await files.create("CLAUDE.md", "x", root=f"{root.parent / 'second'}/nothing")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    path=st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            [".claude", "skills", "..", ".", "link", "a.md", "CLAUDE.md", "%2e%2e", ""]
        ),
        max_size=8,
    ).map("/".join),
    content=st.text(max_size=20),
)
async def test_no_request_changes_anything_outside(tmp_path: Path, path: str, content: str) -> None:
    """Whatever path and content: the rest of the disk is as it was, and errors are sentences."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    if not root.exists():
        (root / ".claude" / "skills").mkdir(parents=True)
        put(outside, "a.md", "SECRET")
        (root / ".claude" / "skills" / "link").symlink_to(outside)
    files = ConfigFiles((root,), tmp_path / "home")
    for attempt in (files.create(path, content), files.update(path, content), files.get(path)):
        try:
            said, status = (await attempt).content, 200
        except PhantomError as error:
            said, status = str(error), error.status
        assert status in {200, 400, 404, 409}
        assert "SECRET" not in said
    assert ["a.md"] == names(outside)
    assert "SECRET" == (outside / "a.md").read_text()
    assert {"root", "outside", "home"} >= set(names(tmp_path))
