"""A task's private workspace: a work tree of its own, cut from the user's HEAD.

Two git directories stand behind one work tree. `tree/.git` is the agent's: it may commit, branch,
or plant whatever it likes there, and Phantom never runs git on it. `control.git` is Phantom's, lies
outside the tree, and records the iterations. Both borrow the source repository's objects, neither
shares its configuration or hooks. See docs/adr/0002-private-clones.md.
"""

import asyncio
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from phantom import processes
from phantom.errors import DiskFull, GitFailed, InvalidInput
from phantom.git import apply_patch, borrowed_objects, git, is_dirty, patch, toplevel
from phantom.orchestration.installed import installed, link_installed
from phantom.orchestration.staging import Staging
from phantom.security.sandbox import CODE_AS_CONFIGURATION

MIN_FREE_BYTES = 64_000_000
"""Free space below which no task starts."""
_EMPTY_TREE_MESSAGE = "An empty workspace"


class Origin(BaseModel):
    """What a workspace was cut from.

    Attributes:
        repository: root of the user's repository, or None for a task without one.
        subdirectory: where in the repository the user pointed to, relative to its root.
        base_commit: the commit that the work starts from.
        dirty: the user's checkout had changes that are not in `base_commit`.
    """

    model_config = ConfigDict(frozen=True)

    repository: Path | None
    subdirectory: str
    base_commit: str
    dirty: bool


@dataclass(frozen=True, slots=True)
class Source:
    """A repository that a workspace can be cut from.

    Attributes:
        repository: root of its work tree.
        commit: full hash of HEAD.
        object_format: `sha1` or `sha256`.
        objects: its object store, which may be that of another work tree.
    """

    repository: Path
    commit: str
    object_format: str
    objects: Path


async def find_source(workspace: Path) -> Source:
    """The git repository that holds `workspace`, which must have a commit.

    Raises InvalidInput saying what is wrong and how to mend it.
    """
    asked = ("--show-toplevel", "--show-object-format", "--git-common-dir", "HEAD^{commit}")
    answer = (await git(workspace, "rev-parse", *asked, ok=(0, 128))).splitlines()
    # Without a commit git echoes the question.
    if len(answer) == len(asked) and answer[-1] != asked[-1]:
        top, object_format, common, commit = answer
        objects = await asyncio.to_thread((workspace / common / "objects").resolve)
        return Source(Path(top), commit, object_format, objects)
    if (repository := await toplevel(workspace)) is None:
        raise InvalidInput(
            f"{workspace} is not in a git repository. Run `git init` and commit there first, "
            "so that the task has a state to start from."
        )
    raise InvalidInput(
        f"The repository {repository} has no commit yet. Make a first commit, "
        "so that the task has a state to start from."
    )


def check_space(directory: Path) -> None:
    """Raise DiskFull where less than `MIN_FREE_BYTES` are free on the disk of `directory`.

    Blocking. The reserve is what the databases need to record how a task that fills the rest ends.
    """
    existing = next(parent for parent in (directory, *directory.parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < MIN_FREE_BYTES:
        raise DiskFull(
            f"Only {free // 1_000_000} MB are free on the disk that holds {existing}; a task needs "
            f"at least {MIN_FREE_BYTES // 1_000_000} MB to start. Free some, then try again."
        )


class Workspace:
    """The directories of one run, all below `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.tree = directory / "tree"
        self.scratch = directory / "scratch"
        self.cache = directory / "cache"
        self.control = directory / "control.git"
        self.excerpts = directory / "context.txt"

    async def create(self, branch: str, source: Path | None) -> Origin:
        """Cut the workspace from `source`'s HEAD, or an empty one; a half-made one is made anew.

        Raises DiskFull where too little space is left to start at all.
        """
        await self.remove()
        await asyncio.to_thread(check_space, self.directory)
        for directory in (self.tree, self.scratch):
            await asyncio.to_thread(directory.mkdir, parents=True)
        if source is None:
            return await self._create_empty(branch)
        found = await find_source(source)
        await self._init_control(branch, found.object_format)
        await asyncio.to_thread(_borrow, self.control, found.objects)
        await self._git("reset", "--hard", "--quiet", found.commit)
        await asyncio.to_thread(_copy_for_agent, self.control, self.tree / ".git")
        await asyncio.to_thread(link_installed, self.directory, self.tree, found.repository)
        return Origin(
            repository=found.repository,
            subdirectory=await asyncio.to_thread(_relative, source, found.repository),
            base_commit=found.commit,
            dirty=await is_dirty(found.repository),
        )

    async def snapshot(self, message: str) -> str:
        """Record the work tree as it is now and return the commit; the same tree, the same HEAD."""
        await self._remove_stand_ins()
        if await Staging(self.control, self.tree, self.control / "index").stage():
            await self._git("commit", "--quiet", "--no-verify", "--message", message)
        return await self.head()

    async def restore(self, commit: str) -> None:
        """Set the work tree back to a snapshot; what git ignores stays, like installed packages.

        The next snapshot follows on that one. Later ones stay readable by their commits.
        """
        await self._git("reset", "--hard", "--quiet", commit)
        # Twice forced: repositories that an agent made within the tree go, too.
        await self._git("clean", "--force", "--force", "-d", "--quiet")

    def sibling(self, name: str) -> "Workspace":
        """A workspace beside this one, for a candidate; it goes with this one."""
        return Workspace(self.directory / "candidates" / name)

    async def branch_off(self, commit: str, sibling: "Workspace", repository: Path | None) -> None:
        """Make `sibling` at a snapshot of this one; a half-made one is made anew.

        `repository` is the user's, whose installed packages are shown beside the work tree.
        """
        await sibling.remove()
        await asyncio.to_thread(check_space, self.directory)
        for directory in (sibling.tree, sibling.scratch):
            await asyncio.to_thread(directory.mkdir, parents=True)
        object_format = await self._git("rev-parse", "--show-object-format")
        branch = await self._git("symbolic-ref", "--short", "HEAD")
        await sibling._init_control(branch.strip(), object_format.strip())  # noqa: SLF001 - its own kind
        await asyncio.to_thread(_borrow, sibling.control, self.control / "objects")
        await sibling.restore(commit)
        await asyncio.to_thread(_copy_for_agent, sibling.control, sibling.tree / ".git")
        if repository is not None:
            await asyncio.to_thread(link_installed, sibling.directory, sibling.tree, repository)

    async def take_in(self, sibling: "Workspace", commit: str) -> None:
        """Keep a sibling's snapshot, so that it can be looked at when the sibling is gone."""
        ref = f"refs/phantom/candidates/{sibling.directory.name}"
        quietly = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
        await self._git("fetch", *quietly, "--force", str(sibling.control), f"{commit}:{ref}")

    async def remove_siblings(self) -> None:
        """Delete the workspaces of all candidates."""
        await asyncio.to_thread(shutil.rmtree, self.directory / "candidates", ignore_errors=True)

    async def head(self) -> str:
        """The commit of the last snapshot."""
        read = await asyncio.to_thread(_head_of, self.control)
        return read or (await self._git("rev-parse", "HEAD")).strip()

    async def tracked_files(self) -> list[str]:
        """Paths of the last snapshot, relative to the root of the tree."""
        return (await self._git("ls-files", "-z")).split("\0")[:-1]

    async def trees_of(self, *commits: str) -> list[str]:
        """Hash of the tree of each of these snapshots, by one call of git."""
        return (await self._git("rev-parse", *(f"{each}^{{tree}}" for each in commits))).split()

    async def patch(self, base: str, commit: str) -> bytes:
        """What changed between two snapshots. Raises GitFailed where it is too large."""
        return await patch(self.tree, base, commit, own=self.control)

    async def replay(self, base: str, changes: bytes) -> str | None:
        """Put a patch on the snapshot `base`; returns the tree's hash then, None for no fit.

        Whatever else was done in the tree since then is gone. The same as often as it is done.
        """
        await self.restore(base)
        if changes and await apply_patch(self.tree, changes, own=self.control) is not None:
            return None
        return (await self._git("write-tree")).strip()

    async def deliver(self, repository: Path, branch: str, commit: str) -> None:
        """Make `branch` at `commit` in the user's repository; touches nothing else there.

        Delivering again moves the branch that an earlier, interrupted delivery made.
        """
        await git(
            repository,
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--force",
            str(self.control),
            f"{commit}:refs/heads/{branch}",
        )

    def borrowed(self) -> tuple[Path, ...]:
        """What an agent may read outside the tree: object stores and installed packages; blocks."""
        return (*borrowed_objects(self.control), *self.installed())

    def installed(self) -> tuple[Path, ...]:
        """The packages that the user has installed in the repository; blocks for a look."""
        return installed(self.directory)

    def is_gone(self) -> bool:
        """True where it is not on this machine; blocks for a look."""
        return not self.control.is_dir()

    @property
    def gone(self) -> str:
        """What to say where it should be there and is not."""
        return (
            f"The workspace {self.directory} is not there: it was removed, or made by a worker "
            "with another home. Workers of one database need one home. Retry to begin anew."
        )

    async def remove(self) -> None:
        """Delete everything; nothing outside `directory` is followed or touched."""
        await asyncio.to_thread(shutil.rmtree, self.directory, ignore_errors=True)
        if await asyncio.to_thread(self.directory.exists):
            raise GitFailed(f"The old workspace {self.directory} cannot be removed.")

    async def end_processes(self, mark: str) -> int:
        """End everything that was started for the task or still works in the tree."""
        return await processes.sweep(mark=mark, directory=self.directory)

    async def _remove_stand_ins(self) -> None:
        """Take away the empty files that stood in a cage for names that may not be made there.

        A cage does so itself when it ends, which may be later than its agent's last word, or never
        where it was killed. What the repository itself has under such a name stays.
        """
        found = await asyncio.to_thread(_empty_files, self.tree, CODE_AS_CONFIGURATION)
        if not found:
            return
        own = set((await self._git("ls-files", "-z", "--", *found)).split("\0"))
        for name in set(found) - own:
            await asyncio.to_thread((self.tree / name).unlink, missing_ok=True)

    async def _create_empty(self, branch: str) -> Origin:
        await self._init_control(branch, "sha1")
        await asyncio.to_thread(_copy_for_agent, self.control, self.tree / ".git")
        await self._git("commit", "--quiet", "--allow-empty", "--message", _EMPTY_TREE_MESSAGE)
        base = await self.head()
        return Origin(repository=None, subdirectory=".", base_commit=base, dirty=False)

    async def _init_control(self, branch: str, object_format: str) -> None:
        await git(
            self.directory,
            *("init", "--quiet", "--bare", "--template="),
            *("--object-format", object_format, "--initial-branch", branch),
            str(self.control),
        )

    async def _git(self, *args: str, ok: tuple[int, ...] = (0,)) -> str:
        return await git(self.tree, *args, own=self.control, ok=ok)


def _head_of(control: Path) -> str | None:
    """What HEAD's branch is at, where that stands in a file of its own, as after a commit."""
    branch = (control / "HEAD").read_text().removeprefix("ref: ").strip()
    try:
        return (control / branch).read_text().strip()
    except OSError:
        return None


def _borrow(git_directory: Path, objects: Path) -> None:
    alternates = git_directory / "objects" / "info" / "alternates"
    alternates.parent.mkdir(parents=True, exist_ok=True)
    alternates.write_text(f"{objects}\n")
    if (shallow := objects.parent / "shallow").exists():
        shutil.copyfile(shallow, git_directory / "shallow")


def _copy_for_agent(control: Path, own: Path) -> None:
    """The agent's repository begins as ours does, but with its work tree around it."""
    shutil.copytree(control, own)
    config = own / "config"
    config.write_text(config.read_text().replace("bare = true", "bare = false"))


def _empty_files(directory: Path, names: Iterable[str]) -> list[str]:
    paths = ((name, directory / name) for name in names)
    return [
        name
        for name, path in paths
        if path.is_file() and not path.is_symlink() and path.stat().st_size == 0
    ]


def _relative(path: Path, root: Path) -> str:
    return str(path.resolve().relative_to(root.resolve()))
