"""Children stay within their limits, inherit nothing, and leave nothing behind."""

import asyncio
import gc
import os
import sys
import time
import uuid
from pathlib import Path

import psutil
import pytest

from phantom import processes
from phantom.processes import MARK, Limits

ENV = {"PATH": os.defpath}
LIMITS = Limits(wall_seconds=15.0)


async def python(source: str, cwd: Path, limits: Limits = LIMITS, **env: str) -> str:
    """Stdout of a Python child that ran `source` and ended well."""
    done = await processes.run(
        [sys.executable, "-c", source], cwd=cwd, env=ENV | env, limits=limits
    )
    assert 0 == done.returncode, done.error_text
    return done.text


async def gone(pid: int) -> bool:
    """True once `pid` has ended; waits a while for it, since the kernel takes its time."""
    for _ in range(500):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        await asyncio.sleep(0.01)
    return False


async def written(path: Path) -> int:
    """The number in `path`, once a child has written it."""
    for _ in range(1000):
        text = await asyncio.to_thread(lambda: path.read_text() if path.exists() else "")
        if text:
            return int(text)
        await asyncio.sleep(0.01)
    raise AssertionError(f"nothing was written to {path}")


async def test_output_status_and_input_are_carried(tmp_path: Path) -> None:
    """Stdin goes in, stdout and stderr come back apart, and so does the exit status."""
    done = await processes.run(
        ["/bin/sh", "-c", "cat; echo oops >&2; exit 3"],
        cwd=tmp_path, env=ENV, limits=LIMITS, stdin=b"hello",
    )  # fmt: skip
    assert (3, "hello", "oops\n") == (done.returncode, done.text, done.error_text)
    assert (False, False) == (done.timed_out, done.truncated)


async def test_nothing_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's environment is what was given, and not the server's."""
    monkeypatch.setenv("SECRET", "key")
    names = await python("import os; print(sorted(os.environ))", tmp_path, GIVEN="1")
    assert "GIVEN" in names
    assert "SECRET" not in names


async def test_arguments_are_never_read_by_a_shell(tmp_path: Path) -> None:
    """Quotes, spaces and substitutions reach the program as they are."""
    hostile = ["a b", "$(touch x)", "`touch x`", "'\"", "; touch x", "-t", ""]
    done = await processes.run(
        [sys.executable, "-c", "import sys; print(sys.argv[1:])", *hostile],
        cwd=tmp_path, env=ENV, limits=LIMITS,
    )  # fmt: skip
    assert f"{hostile}\n" == done.text
    assert [] == list(await asyncio.to_thread(os.listdir, tmp_path))


async def test_the_child_leads_a_session_of_its_own(tmp_path: Path) -> None:
    """One signal reaches its whole group, and none of ours reaches it."""
    ids = await python("import os; print(os.getsid(0) == os.getpid() == os.getpgrp())", tmp_path)
    assert "True\n" == ids


async def test_what_has_limits_gives_way_to_the_server(tmp_path: Path) -> None:
    """By its nice value, and by its session's where the kernel shares out by sessions first."""
    source = (
        "import os, pathlib, time\n"
        "group = pathlib.Path('/proc/self/autogroup')\n"
        "while group.exists() and group.read_text().endswith(' nice 0\\n'): time.sleep(0.05)\n"
        "told = group.read_text().split()[1:] if group.exists() else []\n"
        "print(os.nice(0) - NICE, *told)\n".replace("NICE", str(os.nice(0)))
    )
    told = await python(source, tmp_path, Limits(wall_seconds=15.0, file_bytes=1_000_000))
    assert told in {"10\n", "10 nice 10\n"}


async def test_the_wall_clock_ends_the_whole_group(tmp_path: Path) -> None:
    """A program that hangs is ended with its children, and the result says so."""
    script = "sleep 1000 & echo $! > pid; sleep 1000"
    done = await processes.run(
        ["/bin/sh", "-c", script], cwd=tmp_path, env=ENV, limits=Limits(wall_seconds=0.5)
    )
    assert done.timed_out
    assert done.returncode < 0
    assert await gone(await written(tmp_path / "pid"))


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """After a short grace comes the signal that nobody can ignore."""
    source = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1000)"
    done = await processes.run(
        [sys.executable, "-c", source], cwd=tmp_path, env=ENV, limits=Limits(wall_seconds=1.0)
    )
    assert done.timed_out
    assert -9 == done.returncode


async def test_a_background_child_of_a_finished_program_is_ended(tmp_path: Path) -> None:
    """A program that exits well may leave a server running; it does not stay."""
    done = await processes.run(
        ["/bin/sh", "-c", "sleep 1000 & echo $! > pid"], cwd=tmp_path, env=ENV, limits=LIMITS
    )
    assert 0 == done.returncode
    assert await gone(await written(tmp_path / "pid"))


async def test_a_child_in_another_session_does_not_hold_up_the_result(tmp_path: Path) -> None:
    """A daemon that keeps the pipes open is not waited for; the sweep is for it."""
    source = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '1000'], start_new_session=True);"
        "open('pid', 'w').write(str(p.pid)); print('done')"
    )
    mark = uuid.uuid4().hex
    assert "done\n" == await python(source, tmp_path, **{MARK: mark})
    stray = await written(tmp_path / "pid")
    assert processes.carries_mark(stray, mark)
    assert 1 == await processes.sweep(mark=mark)
    assert await gone(stray)


async def test_sweep_finds_what_works_inside_a_directory(tmp_path: Path) -> None:
    """Even without the mark, a process whose directory is the workspace is found."""
    inside, outside = tmp_path / "workspace", tmp_path / "elsewhere"
    inside.mkdir()
    outside.mkdir()
    children = [
        await asyncio.create_subprocess_exec("sleep", "1000", cwd=where, env=ENV)
        for where in (inside, outside)
    ]
    try:
        assert 1 == await processes.sweep(mark="no such mark", directory=inside)
        assert -9 == await children[0].wait()
        assert children[1].returncode is None
    finally:
        children[1].kill()
        await children[1].wait()


async def test_cancelling_the_caller_ends_the_group(tmp_path: Path) -> None:
    """A cancelled task leaves no process."""
    call = asyncio.create_task(
        processes.run(
            ["/bin/sh", "-c", "echo $$ > pid; sleep 1000"], cwd=tmp_path, env=ENV, limits=LIMITS
        )
    )
    pid = await written(tmp_path / "pid")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await gone(pid)


async def test_output_beyond_the_bound_is_dropped(tmp_path: Path) -> None:
    """A child that prints for ever costs a bounded amount of memory and still ends."""
    limits = Limits(wall_seconds=15.0, output_bytes=1000)
    done = await processes.run(
        [sys.executable, "-c", "print('x' * 5_000_000)"], cwd=tmp_path, env=ENV, limits=limits
    )
    assert (0, 1000, True) == (done.returncode, len(done.stdout), done.truncated)


async def test_a_child_that_does_not_read_its_input_is_no_error(tmp_path: Path) -> None:
    """A megabyte for a program that ignores it is thrown away."""
    done = await processes.run(
        ["/bin/true"], cwd=tmp_path, env=ENV, limits=LIMITS, stdin=b"x" * 1_000_000
    )
    assert 0 == done.returncode


async def test_memory_is_limited(tmp_path: Path) -> None:
    """An allocation beyond the limit fails inside the child."""
    limits = Limits(wall_seconds=15.0, memory_bytes=400_000_000)
    source = "try:\n  b'x' * 800_000_000\nexcept MemoryError:\n  print('refused')"
    assert "refused\n" == await python(source, tmp_path, limits)


async def test_processor_time_is_limited(tmp_path: Path) -> None:
    """An endless loop is ended by the kernel, long before the wall clock."""
    limits = Limits(wall_seconds=60.0, cpu_seconds=1)
    done = await processes.run(
        [sys.executable, "-c", "while True: pass"], cwd=tmp_path, env=ENV, limits=limits
    )
    assert done.returncode < 0
    assert not done.timed_out


async def test_file_size_is_limited(tmp_path: Path) -> None:
    """A runaway log cannot fill the disk."""
    limits = Limits(wall_seconds=15.0, file_bytes=100_000)
    await processes.run(
        ["/bin/sh", "-c", "exec head -c 10000000 /dev/zero > big"],
        cwd=tmp_path, env=ENV, limits=limits,
    )  # fmt: skip
    assert 100_000 >= await asyncio.to_thread(os.path.getsize, tmp_path / "big")


async def test_a_program_that_is_missing_raises(tmp_path: Path) -> None:
    """Without a limit to set there is nothing between us and the program."""
    with pytest.raises(FileNotFoundError, match="/no/such/program"):
        await processes.run(["/no/such/program"], cwd=tmp_path, env=ENV, limits=LIMITS)


async def test_a_program_that_is_missing_behind_limits_is_status_127(tmp_path: Path) -> None:
    """The shell that sets the limits reports it, as shells do."""
    limits = Limits(wall_seconds=15.0, cpu_seconds=5)
    done = await processes.run(["/no/such/program"], cwd=tmp_path, env=ENV, limits=limits)
    assert 127 == done.returncode
    assert "/no/such/program" in done.error_text


async def test_a_missing_directory_raises(tmp_path: Path) -> None:
    """A workspace that is gone is an error of the caller's."""
    with pytest.raises(FileNotFoundError):
        await processes.run(["/bin/true"], cwd=tmp_path / "gone", env=ENV, limits=LIMITS)


async def test_end_group_of_nothing_is_harmless() -> None:
    """Ending what has ended already does nothing."""
    child = await asyncio.create_subprocess_exec("true", start_new_session=True)
    await child.wait()
    await processes.end_group(child.pid)


async def test_a_recycled_pid_does_not_carry_the_mark() -> None:
    """A process that was started without the mark is not taken for ours."""
    assert not processes.carries_mark(os.getpid(), "mark")
    assert not processes.carries_mark(2**22 + 1, "mark")


async def test_seconds_are_measured(tmp_path: Path) -> None:
    """The duration reported is the child's, never more than the caller saw pass."""
    before = time.monotonic()
    done = await processes.run(["/bin/true"], cwd=tmp_path, env=ENV, limits=LIMITS)
    assert 0 < done.seconds <= time.monotonic() - before


async def test_a_child_may_be_cancelled_at_any_instant(tmp_path: Path) -> None:
    """While it starts, runs, ends or is cleaned up: nothing is left open or running."""
    mark = f"test-{uuid.uuid4()}"
    for instants in range(60):
        child = asyncio.create_task(
            processes.run(["/bin/true"], cwd=tmp_path, env=ENV | {MARK: mark}, limits=LIMITS)
        )
        for _ in range(min(instants, 20)):
            await asyncio.sleep(0)
        await asyncio.sleep(max(0, instants - 20) * 0.0003)
        child.cancel()
        await asyncio.gather(child, return_exceptions=True)
    # What was left open warns when it is collected, and a warning is an error here.
    gc.collect()
    assert [] == await asyncio.to_thread(processes._marked, mark, None)


async def test_a_second_cancellation_does_not_spare_a_stubborn_child(tmp_path: Path) -> None:
    """One that ignores SIGTERM is killed, though nobody waits for the grace to pass."""
    told = tmp_path / "pid"
    script = 'trap "" TERM; echo $$ > "$1"; while :; do sleep 0.1; done'
    child = asyncio.create_task(
        processes.run(
            ["/bin/sh", "-c", script, "sh", str(told)], cwd=tmp_path, env=ENV, limits=LIMITS
        )
    )
    pid = await written(told)
    for _ in range(2):
        child.cancel()
        await asyncio.sleep(0.1)
    await asyncio.gather(child, return_exceptions=True)

    assert await gone(pid)
