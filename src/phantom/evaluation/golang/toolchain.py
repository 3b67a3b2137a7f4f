"""The Go that is installed on this machine, and how its programs are started."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phantom import processes
from phantom.evaluation.children import own_cache, run_tool
from phantom.evaluation.port import Subject
from phantom.security.sandbox.view import installation


@dataclass(frozen=True, slots=True)
class Go:
    """An installed toolchain.

    Attributes:
        program: the `go` command.
        readable: where it lies, its library, and the modules that the user has downloaded.
        modules: the directory of these modules, or None.
    """

    program: Path
    readable: tuple[Path, ...]
    modules: Path | None

    async def run(
        self,
        subject: Subject,
        arguments: Sequence[str],
        *,
        cwd: Path,
        scratch: Path,
        seconds: float,
    ) -> processes.Completed:
        """Run one of its programs in the cage, without network; `arguments` begin with its name.

        Raises ToolBroke or ToolTimedOut.
        """
        cache = await asyncio.to_thread(own_cache, subject, "go", scratch)
        name, *rest = arguments
        return await run_tool(
            subject,
            [str(self.program.with_name(name)), *rest],
            cwd=cwd,
            scratch=scratch,
            timeout_seconds=seconds,
            settings={
                "PATH": os.pathsep.join((str(self.program.parent), os.environ.get("PATH", ""))),
                "GOCACHE": str(cache),
                "GOPATH": str(scratch / "go"),
                "GOMODCACHE": str(self.modules or scratch / "go" / "modules"),
                "GOENV": "off",
                "GOPROXY": "off",
                "GOSUMDB": "off",
                "GOTOOLCHAIN": "local",
            },
            writable=(cache,),
            readable=self.readable,
        )


def find_go() -> Go | None:
    """The toolchain on PATH; blocks for a few looks at the disk."""
    found = shutil.which("go")
    if found is None:
        return None
    program = Path(found).resolve()
    root = installation(program)
    # Debian keeps the library elsewhere, behind links.
    linked = (
        [entry.resolve() for entry in root.iterdir() if entry.is_symlink()] if root.is_dir() else []
    )
    modules = Path(os.environ.get("GOMODCACHE") or Path.home() / "go" / "pkg" / "mod")
    known = (modules,) if modules.is_dir() else ()
    return Go(program, (root, *linked, *known), modules if known else None)
