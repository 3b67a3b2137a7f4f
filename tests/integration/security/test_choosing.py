"""Which sandbox is taken: the one that is demanded, or the best that works."""

import asyncio
import os
from pathlib import Path

import pytest

from phantom import processes
from phantom.errors import StartupError
from phantom.security.sandbox import Cage, detect
from tests.support import caged


@pytest.fixture
def broken_bwrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `bwrap` that is there and may not make namespaces, as in many containers."""
    program = tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_what_is_demanded_and_works_is_taken(name: str) -> None:
    """Whatever else would work."""
    await asyncio.to_thread(caged.sandbox, name)
    assert name == (await detect(name)).name


@pytest.mark.usefixtures("broken_bwrap")
async def test_what_is_installed_and_does_not_work_is_passed_over() -> None:
    """A trial decides; the next best is taken."""
    await asyncio.to_thread(caged.sandbox, "landlock")
    assert "landlock" == (await detect()).name


@pytest.mark.usefixtures("broken_bwrap")
async def test_what_is_demanded_and_does_not_work_refuses_the_start() -> None:
    """In a sentence with the reason and what to do."""
    with pytest.raises(StartupError, match=r"No permissions to create namespace.*set it to auto"):
        await detect("bubblewrap")


async def test_what_is_demanded_and_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the package to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartupError, match="install the package bubblewrap"):
        await detect("bubblewrap")


async def test_none_is_taken_where_it_is_demanded() -> None:
    """And nowhere else without a word."""
    assert "none" == (await detect("none")).name


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_an_exit_status_and_a_signal_are_told_as_they_are(name: str, tmp_path: Path) -> None:
    """Who judges how a tool ended need not know that it was caged."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    ended = []
    for source in ("exit 7", "kill -9 $$", "cat; echo $0 >&2"):
        argv = ["/bin/sh", "-c", source]
        done = await processes.run(
            await asyncio.to_thread(sandbox.wrap, argv, Cage(writable=(tmp_path,))),
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            limits=processes.Limits(wall_seconds=20),
            stdin=b"input",
        )
        ended.append((done.returncode, done.text, done.error_text.strip()))
    assert [(7, "", ""), (-9, "", ""), (0, "input", "/bin/sh")] == ended


@pytest.mark.parametrize("name", caged.BACKENDS)
async def test_a_program_that_is_not_there_fails_with_its_name(name: str, tmp_path: Path) -> None:
    """As an error of the command, since it is looked for inside."""
    sandbox = await asyncio.to_thread(caged.sandbox, name)
    command = await asyncio.to_thread(sandbox.wrap, ["absent-program"], Cage(writable=(tmp_path,)))
    done = await processes.run(
        command,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        limits=processes.Limits(wall_seconds=20),
    )
    assert 0 != done.returncode
    assert "absent-program" in done.error_text
