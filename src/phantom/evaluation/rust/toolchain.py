"""The Rust that is installed on this machine, and how cargo is started."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phantom import processes
from phantom.evaluation.children import own_cache, run_tool
from phantom.evaluation.port import Subject

_MEMORY_BYTES = 16 * 2**30  # of address space, of which a compiler maps much
_DOWNLOADED = ("registry", "git")
_LIMITS = processes.Limits(wall_seconds=20.0)


@dataclass(frozen=True, slots=True)
class Rust:
    """An installed toolchain.

    Attributes:
        programs: the directory of cargo, rustc and, where it is installed, clippy.
        readable: the toolchain, and the crates that the user has downloaded.
        downloaded: cargo's home with these crates.
    """

    programs: Path
    readable: tuple[Path, ...]
    downloaded: Path

    def has(self, program: str) -> bool:
        """True where this program is part of it; blocks for a look."""
        return (self.programs / program).is_file()

    async def cargo(
        self,
        subject: Subject,
        arguments: Sequence[str],
        *,
        cwd: Path,
        scratch: Path,
        seconds: float,
        cache: str = "rust",
    ) -> processes.Completed:
        """Run cargo in the cage, without network; what it builds is kept as `cache`.

        Two at the same time need two of these. Raises ToolBroke or ToolTimedOut.
        """
        built = await asyncio.to_thread(own_cache, subject, cache, scratch)
        home = await asyncio.to_thread(self._home, scratch)
        return await run_tool(
            subject,
            [str(self.programs / "cargo"), *arguments],
            cwd=cwd,
            scratch=scratch,
            timeout_seconds=seconds,
            settings={
                "PATH": os.pathsep.join((str(self.programs), os.environ.get("PATH", ""))),
                "CARGO_HOME": str(home),
                "CARGO_TARGET_DIR": str(built),
                "CARGO_NET_OFFLINE": "true",
                "CARGO_TERM_COLOR": "never",
                "RUST_BACKTRACE": "0",
            },
            memory_bytes=_MEMORY_BYTES,
            writable=(built,),
            readable=self.readable,
        )

    def _home(self, scratch: Path) -> Path:
        """A home of cargo's own for this evaluation: what was downloaded, and no credentials."""
        home = scratch / "cargo"
        if not home.exists():
            home.mkdir()
            for name in _DOWNLOADED:
                if (self.downloaded / name).is_dir():
                    (home / name).symlink_to(self.downloaded / name)
        return home


async def find_rust() -> Rust | None:
    """The toolchain behind the `rustc` on PATH, which may be rustup's stand-in for it.

    The repository has no say in which one that is: what it asks for could not be downloaded.
    """
    found = await asyncio.to_thread(shutil.which, "rustc")
    if found is None:
        return None
    asked = await processes.run(
        [found, "--print", "sysroot"], cwd=Path("/"), env=dict(os.environ), limits=_LIMITS
    )
    return await asyncio.to_thread(_toolchain, Path(asked.text.strip() or "/nonexistent"))


def _toolchain(root: Path) -> Rust | None:
    if not (root / "bin" / "cargo").is_file():
        return None
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    known = (home / name for name in _DOWNLOADED)
    return Rust(root / "bin", (root, *(path for path in known if path.is_dir())), home)
