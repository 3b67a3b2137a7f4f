"""Bring an index to the state of a work tree, whatever an agent has done in it.

git takes a repository within the tree for a submodule: it would record a bare commit id in place of
the files, and refuses the whole tree where that repository has no commit yet. Scaffolding tools run
`git init`, so here such a repository is taken for the files that it holds. A submodule that
`.gitmodules` declares stays one.
"""

from dataclasses import dataclass
from pathlib import Path

from phantom.errors import GitFailed
from phantom.git import git

_LINK = "160000"


@dataclass(frozen=True, slots=True)
class Staging:
    """An index of the git directory `control`, for the work tree `tree`."""

    control: Path
    tree: Path
    index: Path

    async def stage(self) -> bool:
        """Add, change and remove entries; returns whether the index then differs from HEAD."""
        return await self._stage("HEAD")

    async def _stage(self, base: str) -> bool:
        changes = await self._added(base)
        nested = await self._undeclared(changes)
        for path in nested:
            await self._stage_nested(path)
        return bool(await self._changes(base)) if nested else bool(changes)

    async def _added(self, base: str) -> dict[str, tuple[str, str]]:
        """Add everything, and give what differs from `base` then."""
        try:
            await self._git("add", "--all")
        except GitFailed:
            without_commit = await self._repositories_not_added()
            if not without_commit:
                raise
            excluded = (f":(exclude,literal){path}" for path in without_commit)
            await self._git("add", "--all", "--", ".", *excluded)
            new = dict.fromkeys(without_commit, ("000000", _LINK))
            return await self._changes(base) | new
        return await self._changes(base)

    async def _stage_nested(self, path: str) -> None:
        index = self.index.with_name(f"{self.index.name}-nested")
        within = Staging(self.control, self.tree / path, index)
        await within._git("read-tree", "--empty")
        # The root of a work tree may hold a `.git`: seen from there, it is no repository within.
        await within._stage((await self._git("mktree")).strip())
        files = (await within._git("write-tree")).strip()
        await self._git("update-index", "--force-remove", "--", path)
        await self._git("read-tree", f"--prefix={path}/", files)

    async def _undeclared(self, changes: dict[str, tuple[str, str]]) -> list[str]:
        """Links that are new, and not the submodules that the tree declares."""
        new = [path for path, (old, now) in changes.items() if now == _LINK != old]
        if not new:
            return []
        asked = ("config", "--null", "--file", ".gitmodules", "--get-regexp", r"\.path$")
        # 1: no such entry; 128: no such file.
        declared = (await self._git(*asked, ok=(0, 1, 128))).split("\0")
        return [path for path in new if path not in {each.partition("\n")[2] for each in declared}]

    async def _repositories_not_added(self) -> list[str]:
        others = (await self._git("ls-files", "--others", "--exclude-standard", "-z")).split("\0")
        return [path.removesuffix("/") for path in others if path.endswith("/")]

    async def _changes(self, base: str) -> dict[str, tuple[str, str]]:
        """Mode before and now of each path that differs from `base`."""
        raw = (await self._git("diff-index", "--cached", "--raw", "-z", base)).split("\0")
        modes = (entry.split() for entry in raw[:-1:2])
        return {
            path: (old.removeprefix(":"), now)
            for (old, now, *_), path in zip(modes, raw[1::2], strict=True)
        }

    async def _git(self, *args: str, ok: tuple[int, ...] = (0,)) -> str:
        env = {"GIT_INDEX_FILE": str(self.index)}
        return await git(self.tree, *args, own=self.control, ok=ok, extra_env=env)
