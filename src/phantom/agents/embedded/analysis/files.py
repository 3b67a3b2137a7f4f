"""The files of a workspace that an analysis looks at."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from phantom.agents.embedded.repair.tree import project_files

_LARGEST = 1_000_000


@dataclass(frozen=True)
class Sources:
    """Files below `root`; where the user named some, only those.

    Attributes:
        root: the workspace.
        chosen: paths relative to it, or empty for all.
    """

    root: Path
    chosen: tuple[str, ...] = ()

    @cached_property
    def all(self) -> list[str]:
        """Relative paths of regular files up to a megabyte, sorted."""
        wanted = set(self.chosen)
        return [
            str(path)
            for path in project_files(self.root)
            if (not wanted or str(path) in wanted) and self._readable(self.root / path)
        ]

    @property
    def python(self) -> list[str]:
        """The Python files among them."""
        return [path for path in self.all if path.endswith(".py")]

    @property
    def workflows(self) -> list[str]:
        """GitHub workflow files and action definitions among them."""
        return [
            path
            for path in self.all
            if (path.startswith(".github/workflows/") and path.endswith((".yml", ".yaml")))
            or Path(path).name in {"action.yml", "action.yaml"}
        ]

    def _readable(self, path: Path) -> bool:
        return path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST
