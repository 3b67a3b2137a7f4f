"""Attacks from inside a cage, each a program run as an agent is run, under every backend.

In each, the machine holds a secret in many places; it must be read nowhere, and nothing outside the
workspace and its scratch may change or stay.
"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from phantom import processes
from phantom.evaluation.change import read_change
from phantom.evaluation.diff import PROTECTED_RULE, DiffEvaluator
from phantom.evaluation.port import Subject
from phantom.orchestration.workspace import Workspace
from phantom.security.sandbox import CODE_AS_CONFIGURATION, Cage, Sandbox, Uncaged
from phantom.vocabulary import TaskType
from tests.support import caged, victim
from tests.support.repositories import GitRepoFactory

SECRET = "the-canary-sings-at-dawn"
LIMITS = processes.Limits(wall_seconds=30, file_bytes=2_000_000, output_bytes=1_000_000)
# What each attack finds: `at` holds where things are; `tried` runs something that may fail.
_PRELUDE = """
import json, os, socket, sys, time
at = json.loads(sys.argv[1])
def tried(what, *args, **kwargs):
    try:
        result = what(*args, **kwargs)
        print("DONE", what, args, result, flush=True)
        return result
    except BaseException as error:
        print("refused", what, args, error, flush=True)
def content(path):
    return os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 200_000)
def write(path, text="bad"):
    with open(path, "a") as file:
        file.write(text)
"""


@dataclass
class Machine:
    """A machine with a server, a user, a repository and one workspace.

    Attributes:
        at: paths and numbers that the attacks are told.
        server: the process that is attacked.
    """

    sandbox: Sandbox
    workspace: Workspace
    repository: Path
    at: dict[str, str | int]
    server: asyncio.subprocess.Process
    mark: str
    directory: Path
    before: dict[str, bytes] = field(default_factory=dict)

    def outside(self) -> dict[str, bytes]:
        """Every file of the server and the user but for those of the workspace."""
        return contents(self.directory, self.workspace.directory) | contents(Path.home())

    def cage(self, **changes: object) -> Cage:
        """The cage of an agent here, with the network off."""
        tree, scratch = self.workspace.tree, self.workspace.scratch
        given: dict[str, object] = {
            "writable": (tree, scratch),
            "readable": self.workspace.borrowed(),
            "read_only_inside": CODE_AS_CONFIGURATION,
            "temporary": scratch,
        }
        return Cage(**(given | changes))  # type: ignore[arg-type]

    async def attack(
        self, source: str, *, limits: processes.Limits = LIMITS, **changes: object
    ) -> processes.Completed:
        """Run `source` as an agent."""
        argv = [sys.executable, "-S", "-c", _PRELUDE + source, json.dumps(self.at)]
        command = await asyncio.to_thread(lambda: self.sandbox.wrap(argv, self.cage(**changes)))
        return await processes.run(
            command, cwd=self.workspace.tree, env=self.environment(), limits=limits
        )

    def environment(self) -> dict[str, str]:
        """As an agent's is made."""
        scratch = str(self.workspace.scratch)
        path = os.environ["PATH"]
        return {"PATH": path, "HOME": scratch, "TMPDIR": scratch, processes.MARK: self.mark}


@pytest.fixture(params=caged.BACKENDS)
async def machine(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    git_repo: GitRepoFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Machine]:
    """A whole one, whose server is alive and was not knocked at when the test has ended."""
    monkeypatch.setenv("SECRET", SECRET)  # of this process, which starts the agents
    data, user, outside = tmp_path / "data", Path(os.environ["HOME"]), tmp_path / "outside"
    sandbox = await asyncio.to_thread(caged.sandbox, request.param, data, user)
    repository = git_repo({"a.py": "x = 1\n", ".vscode/settings.json": "{}\n"})
    secrets = [
        data / "phantom.db", data / "master.key", data / "workspaces/other/1/tree/a.py",
        user / ".ssh/id_rsa", user / ".claude/.credentials.json", outside / "notes",
        repository / ".env",
    ]  # fmt: skip
    for path in secrets:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SECRET)
    workspace = Workspace(data / "workspaces/this/1")
    await workspace.create("phantom/this", repository)
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-S", str(victim.__file__)),
        *(str(secrets[0]), str(data / "port"), f"phantom-{uuid.uuid4()}"),
        env={"PATH": os.environ["PATH"], "SECRET": SECRET},
        stdout=asyncio.subprocess.PIPE,
    )
    while not (data / "port").exists():
        await asyncio.sleep(0.01)
    at: dict[str, str | int] = {
        "data": str(data), "user": str(user), "outside": str(outside), "server": server.pid,
        "repository": str(repository), "secrets": json.dumps(list(map(str, secrets))),
        "tests": os.getpid(), "port": int((data / "port").read_text()),
        "abstract": psutil.Process(server.pid).cmdline()[-1], "token": f"{uuid.uuid4()}",
    }  # fmt: skip
    mark = f"attack-{uuid.uuid4()}"
    made = Machine(sandbox, workspace, repository, at, server, mark, tmp_path)
    made.before = made.outside()
    try:
        yield made
        assert server.returncode is None, "the server was ended"
        assert made.before == made.outside()
        assert [] == running(made)
    finally:
        await processes.sweep(mark=made.mark)
        server.kill()
        knocks = (await server.communicate())[0]
    assert b"" == knocks


def contents(directory: Path, besides: Path | None = None) -> dict[str, bytes]:
    """Every file below a directory, but for what lies below `besides`."""
    return {
        str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        for path in directory.rglob("*")
        if besides is None or not path.is_relative_to(besides)
    }


def left_in(*directories: str) -> list[Path]:
    """What the attacks would have left there."""
    return [path for directory in directories for path in Path(directory).glob("phantom-*")]


def running(machine: Machine) -> list[str]:
    """Command lines that hold the attack's token, whatever else has become of their process."""
    lines = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if f"token={machine.at['token']}" in line:
            lines.append(line)
    return lines


def test_without_a_cage_the_attacks_succeed(tmp_path: Path) -> None:
    """The secret is really there to be read: no sandbox is no defence."""
    (tmp_path / "secret").write_text(SECRET)
    argv = ["cat", str(tmp_path / "secret")]
    assert argv == Uncaged().wrap(argv, Cage())


async def test_the_secrets_of_the_machine_are_not_read(machine: Machine) -> None:
    """By path, by a relative path, through /proc, and by looking around."""
    done = await machine.attack("""
for path in json.loads(at["secrets"]):
    tried(content, path)
    tried(content, os.path.relpath(path))
    tried(content, "/proc/self/root" + path)
    tried(os.listdir, os.path.dirname(path))
for pid in (at["server"], at["tests"], os.getppid(), 1):
    for name in ("environ", "mem", "maps", "cwd/phantom.db", "root" + at["data"] + "/phantom.db"):
        tried(content, f"/proc/{pid}/{name}")
    for number in range(16):
        tried(content, f"/proc/{pid}/fd/{number}")
""")
    assert 0 == done.returncode, done.error_text
    assert SECRET not in done.text


async def test_no_environment_or_descriptor_gives_the_secret(machine: Machine) -> None:
    """Neither its own nor that of any process that it can see, nor what it inherited."""
    done = await machine.attack("""
print(dict(os.environ))
for pid in filter(str.isdigit, os.listdir("/proc")):
    tried(content, f"/proc/{pid}/environ")
for number in range(3, 64):
    tried(os.read, number, 100_000)
""")
    assert 0 == done.returncode, done.error_text
    assert "'HOME'" in done.text
    assert SECRET not in done.text


async def test_links_lead_nowhere(machine: Machine) -> None:
    """Symbolic and hard ones, to files and directories, read and written through."""
    done = await machine.attack("""
for number, path in enumerate(json.loads(at["secrets"])):
    tried(os.symlink, path, f"link-{number}")
    tried(content, f"link-{number}")
    tried(write, f"link-{number}")
    tried(os.link, path, f"hard-{number}")
    tried(content, f"hard-{number}")
    tried(os.symlink, os.path.dirname(path), f"directory-{number}")
    tried(os.listdir, f"directory-{number}")
    tried(write, f"directory-{number}/new")
""")
    assert 0 == done.returncode, done.error_text
    assert SECRET not in done.text
    assert not list(machine.workspace.tree.glob("hard-*"))


async def test_nothing_outside_is_written(machine: Machine) -> None:
    """Not made, changed, moved or removed; the repository whose objects it reads among it."""
    done = await machine.attack("""
import shutil
for directory in (at["data"], at["user"], at["outside"], at["repository"], "/", "/usr/lib", "/etc",
                  at["repository"] + "/.git/objects", at["repository"] + "/.git/hooks",
                  sys.prefix, sys.base_prefix, "..", "../control.git"):
    tried(write, directory + "/phantom-was-here")
    tried(os.mkdir, directory + "/phantom-made-this")
    tried(os.rename, "a.py", directory + "/a.py")
    tried(os.remove, directory + "/phantom.db")
    if directory.startswith(at["data"]): tried(shutil.rmtree, directory)
for path in json.loads(at["secrets"]):
    tried(write, path)
    tried(os.truncate, path, 0)
    tried(os.remove, path)
""")
    assert 0 == done.returncode, done.error_text
    assert [] == left_in("/", "/usr/lib", "/etc", sys.prefix, sys.base_prefix)


async def test_the_workspace_is_there_to_be_worked_in(machine: Machine) -> None:
    """Files are made and moved, git commits over the borrowed objects, /dev/null is there."""
    done = await machine.attack("""
import subprocess
os.mkdir("package"); write("package/new.py"); os.rename("package/new.py", "package/old.py")
write(os.environ["TMPDIR"] + "/note"); write("/dev/null")
for command in ("log -1", "add .", "-c user.name=a -c user.email=b commit -qm x", "show --stat"):
    subprocess.run(["git", *command.split()], check=True)
""")
    assert 0 == done.returncode, done.text + done.error_text
    assert "old.py" in done.text
    assert "bad" == (machine.workspace.tree / "package/old.py").read_text()


async def test_planted_git_settings_run_nothing(machine: Machine, git_repo: GitRepoFactory) -> None:
    """Neither in Phantom's next git calls nor in the user's own."""
    marker = machine.workspace.scratch / "ran"
    done = await machine.attack(f"""
import subprocess
hook = "#!/bin/sh\\ntouch {marker}\\n"
for git in (".git", at["repository"] + "/.git", "../control.git"):
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        tried(os.makedirs, f"{{git}}/hooks", exist_ok=True)
        tried(write, f"{{git}}/hooks/{{name}}", hook)
        tried(os.chmod, f"{{git}}/hooks/{{name}}", 0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "diff.external", "filter.x.clean"):
        tried(subprocess.run, ["git", "--git-dir", git, "config", key, "touch {marker}"])
write(".gitattributes", "* filter=x\\n"); write("new.py")
""")
    assert 0 == done.returncode, done.error_text
    assert machine.before == machine.outside()
    git_repo.git(machine.repository, "status")
    await machine.workspace.snapshot("after the attack")
    git_repo.git(machine.repository, "checkout", "-q", "-b", "other")
    git_repo.git(machine.repository, "checkout", "-q", "-")

    assert not marker.exists()
    machine.before = machine.outside()


_STAY = """
import subprocess
def stay():
    os.chdir("/")
    os.execve(sys.executable, [sys.executable, "-S", "-c", "import time; time.sleep(600)",
              "token=" + at["token"]], {})
"""
_DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: stay()
    os._exit(0)
"""
_ORPHAN = """
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)",
                 "token=" + at["token"]], start_new_session=True, cwd="/", env={})
"""


@pytest.mark.parametrize("how", [_DAEMON, _ORPHAN], ids=["daemon", "orphan"])
async def test_nothing_stays_when_the_program_ends(machine: Machine, how: str) -> None:
    """A double fork, a session of its own: without mark or directory they are still found."""
    done = await machine.attack(_STAY + how + "time.sleep(0.3)")
    assert 0 == done.returncode, done.error_text
    await gone(machine)


@pytest.mark.parametrize("how", [_DAEMON, _ORPHAN], ids=["daemon", "orphan"])
async def test_nothing_stays_when_its_time_is_up(machine: Machine, how: str) -> None:
    """Killed in the middle, by its group."""
    limits = processes.Limits(wall_seconds=1.5)
    done = await machine.attack(_STAY + how + "time.sleep(600)", limits=limits)
    assert done.timed_out
    await gone(machine)


async def test_nothing_stays_after_a_sweep(machine: Machine) -> None:
    """As a task is cancelled whose agent outlived its server: by the mark alone."""
    attack = asyncio.create_task(machine.attack(_STAY + _DAEMON + _ORPHAN + "time.sleep(600)"))
    while len(running(machine)) < 2:
        await asyncio.sleep(0.05)
    await processes.sweep(mark=machine.mark, directory=machine.workspace.directory)
    await attack
    await gone(machine)


async def test_a_fork_bomb_is_over_with_its_time(machine: Machine) -> None:
    """Bounded here, so that a failing test does no harm: 200 processes that fork and stay."""
    bomb = _STAY + "for n in range(200):\n    if os.fork() == 0: os.setsid(); stay()\n"
    done = await machine.attack(bomb + "time.sleep(600)", limits=processes.Limits(wall_seconds=3.0))
    assert done.timed_out
    await gone(machine)


async def test_output_without_end_is_cut(machine: Machine) -> None:
    """A gigabyte is read and dropped, but for what is kept."""
    done = await machine.attack('for n in range(1000): os.write(1, b"x" * 1_000_000)')
    assert (0, True) == (done.returncode, done.truncated)
    assert LIMITS.output_bytes == len(done.stdout)


async def test_no_file_grows_beyond_its_limit(machine: Machine) -> None:
    """Neither in the scratch nor in what stands for /tmp."""
    done = await machine.attack("""
for path in (os.environ["TMPDIR"] + "/a", "/tmp/b", "c"):
    tried(write, path, "x" * 3_000_000)
""")
    sizes = [path.stat().st_size for path in machine.workspace.directory.rglob("?")]
    # `ulimit` counts in blocks of 512 bytes.
    assert 2_000_000 // 512 * 512 == max(sizes), done.text[-300:]


async def test_the_server_is_neither_ended_nor_traced(machine: Machine) -> None:
    """No signal, no tracing, no look into its memory."""
    done = await machine.attack("""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for pid in (at["server"], at["tests"]):
    for number in (0, 2, 15, 9):
        tried(os.kill, pid, number)
    print("traced" if libc.ptrace(16, pid, 0, 0) == 0 else "not traced")
    buffer = ctypes.create_string_buffer(64)
    vector = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), 64)
    print("looked" if libc.process_vm_readv(pid, vector, 1, vector, 1, 0) >= 0 else "not looked")
""")
    assert 0 == done.returncode, done.error_text
    assert not {"DONE", "traced", "looked"} & set(done.text.replace("not ", "not-").split())


async def test_the_network_is_off(machine: Machine) -> None:
    """The server's port and its abstract socket are out of reach, by whatever protocol."""
    done = await machine.attack("""
def knock(family, kind, address):
    with socket.socket(family, kind) as door:
        door.settimeout(2)
        door.connect(address)
        door.send(b"let me in")
        if kind == socket.SOCK_DGRAM: raise ConnectionError("nobody answers")
for host in ("127.0.0.1", "0.0.0.0"):
    tried(knock, socket.AF_INET, socket.SOCK_STREAM, (host, at["port"]))
tried(knock, socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", at["port"]))
tried(knock, socket.AF_UNIX, socket.SOCK_STREAM, "\\0" + at["abstract"])
""")
    assert 0 == done.returncode, done.error_text
    assert "DONE" not in done.text


async def test_an_agent_with_the_network_reaches_loopback(machine: Machine) -> None:
    """Where the cage says so: a provider may stand there."""
    done = await machine.attack(
        """
with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname()) as client:
        client.sendall(b"hello"); print(server.accept()[0].recv(5))
""",
        network=True,
    )
    assert "b'hello'" in done.text, done.error_text


async def test_what_agents_obey_cannot_be_planted(machine: Machine) -> None:
    """Absent or there: not under bubblewrap, and under Landlock the check of the diff says so."""
    done = await machine.attack("""
for name in (".claude/settings.json", ".mcp.json", ".vscode/settings.json", ".gemini/a.json"):
    tried(os.rename, name.split("/")[0], "moved-" + name.split("/")[0])
    tried(os.rmdir, name.split("/")[0])
    if "/" in name: tried(os.mkdir, name.split("/")[0])
    tried(write, name)
""")
    assert 0 == done.returncode, done.error_text
    tree = machine.workspace.tree
    base = await machine.workspace.head()
    head = await machine.workspace.snapshot("after the attack")
    if machine.sandbox.name == "bubblewrap":
        assert base == head
        assert [".git", ".vscode", "a.py"] == sorted(path.name for path in tree.iterdir())
        return
    change = await read_change(tree, base, own=machine.workspace.control)
    subject = Subject(
        workspace=tree, scratch=machine.workspace.scratch, base_commit=base, mark=machine.mark,
        task_type=TaskType.DEBUGGING, sandbox=machine.sandbox,
    )  # fmt: skip
    (judged,) = await DiffEvaluator().evaluate(subject, change, timeout_seconds=5)
    flagged = {finding.path for finding in judged.findings if finding.rule == PROTECTED_RULE}
    assert {".claude/settings.json", ".mcp.json"} <= flagged


async def test_the_kernel_is_not_reached(machine: Machine) -> None:
    """No device is made, nothing mounted, no new root, no switch of the kernel set."""
    done = await machine.attack("""
import ctypes, stat
libc = ctypes.CDLL(None, use_errno=True)
tried(os.mknod, "disk", stat.S_IFBLK | 0o666, os.makedev(8, 0))
for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern"):
    tried(open, path, "w")
def mount():
    if libc.mount(b"none", at["data"].encode(), b"tmpfs", 0, None): raise OSError("no")
tried(mount)
""")
    assert 0 == done.returncode, done.error_text
    assert "DONE" not in done.text


async def test_only_listed_stores_of_objects_are_readable(machine: Machine) -> None:
    """The agent's own list of borrowed stores is not believed; that of Phantom's clone is."""
    listed = await asyncio.to_thread(machine.workspace.borrowed)
    assert (machine.repository / ".git/objects",) == listed
    done = await machine.attack("""
write(".git/objects/info/alternates", at["outside"] + "\\n")
""")
    assert 0 == done.returncode
    assert listed == await asyncio.to_thread(machine.workspace.borrowed)


async def gone(machine: Machine) -> None:
    """Wait, for at most ten seconds, until nothing that holds the token runs."""
    async with asyncio.timeout(10):
        while running(machine):
            await asyncio.sleep(0.05)
