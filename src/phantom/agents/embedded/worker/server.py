"""A pytest session that stays: it collects once and forks a child for each thing to try.

Started as `python server.py` by `pool.py` in the project's interpreter. Requests and answers are
one JSON object a line, on the descriptors that were standard input and output. The first request
says where the project is; the answer lists the collected tests. Every later request runs some of
them in a forked child, with changed sources if given, and the answer tells how each ended.

Each child has its own group, limits on processor time, wall time and memory, and is killed with
everything it started before the answer is sent.
"""

import contextlib
import gc
import importlib.util
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import IO, TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from phantom.agents.embedded.worker import confine, hotswap, observe
else:

    def _sibling(name: str) -> ModuleType:
        # By path and under a private name: the tested project may have modules of these names.
        full = f"_phantom_{name}"
        spec = importlib.util.spec_from_file_location(full, Path(__file__).with_name(f"{name}.py"))
        module = sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    confine, hotswap, observe = map(_sibling, ("confine", "hotswap", "observe"))

import pytest

Message = dict[str, Any]  # what JSON holds; the driver's side gives it types (pool.py)
_SWITCHED_OFF = ("cacheprovider", "randomly", "xdist", "pytest_cov", "benchmark", "sugar")
_OPTIONS = ("-s", "-q", "--assert=plain", "--tb=native")


class Server:
    """The pytest plugin that takes over the run loop and serves requests until they end."""

    def __init__(self, start: Message, requests: IO[str], answers: IO[str]) -> None:
        """Serve `requests` for the project that `start` describes."""
        self._root = Path(start["root"])
        self._args: list[str] = start["args"]
        self._memory: int = start["memory_bytes"]
        self._requests = requests
        self._answers = answers
        self._confined: bool = start["confined"]
        self._collect_errors: list[Message] = []
        self.served = False

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected: an import that fails is a finding too."""
        if report.failed:
            self._collect_errors.append({"id": report.nodeid, "text": str(report.longrepr)[-2000:]})

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Answer requests instead of running the tests once."""
        self.served = True
        items = session.items
        self._live = hotswap.LiveFunctions(self._root)
        imported = {
            getattr(module, "__file__", None): name for name, module in list(sys.modules.items())
        }
        self._answer(
            {
                "tests": [
                    {"id": item.nodeid, "path": _relative(item.path, self._root)} for item in items
                ],
                "errors": self._collect_errors,
                "modules": {
                    _relative(Path(file), self._root): name
                    for file, name in imported.items()
                    if file and file.startswith(f"{self._root}/")
                },
                "confined": self._confined,
            }
        )
        # Children then share the pages of everything that is alive now.
        gc.collect()
        gc.freeze()
        for line in self._requests:
            self._answer(self._serve(json.loads(line), items))
        return True

    def _answer(self, message: Message) -> None:
        self._answers.write(json.dumps(message) + "\n")
        self._answers.flush()

    def _serve(self, request: Message, items: list[pytest.Item]) -> Message:
        """Run one request in a child, over changed files that are put back afterwards."""
        sources: dict[str, str] = request.get("sources", {})
        old = {path: (self._root / path).read_bytes() for path in sources}
        for path, content in old.items():
            self._live.prepare(self._root / path, content.decode())
        for path, text in sources.items():
            (self._root / path).write_bytes(text.encode())
        try:
            return self._fork(request, {p: b.decode() for p, b in old.items()}, items)
        finally:
            for path, content in old.items():
                (self._root / path).write_bytes(content)

    def _fork(self, request: Message, old: dict[str, str], items: list[pytest.Item]) -> Message:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _as_child(writer, self._memory)
            status = 1
            with contextlib.suppress(BaseException):  # a child must never return into the server
                status = self._child(request, old, items, writer)
            os._exit(status)
        os.close(writer)
        lines, ended = _read_until(reader, time.monotonic() + request["wall_seconds"])
        os.close(reader)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)  # it may not have reached its own group yet
        os.waitpid(pid, 0)
        strays = confine.end_strays()
        return {"results": lines, "ended": ended, "strays": strays}

    def _child(
        self, request: Message, old: dict[str, str], items: list[pytest.Item], writer: int
    ) -> int:
        for path, text in request.get("sources", {}).items():
            if not self._live.replace(self._root / path, old[path], text):
                return self._afresh(request, items, writer)
        run = observe.Run(request, self._root, writer)
        run.over([items[index] for index in request["tests"]], request["tests"])
        return 0

    def _afresh(self, request: Message, items: list[pytest.Item], writer: int) -> int:
        """Import the project again in this child, collect, and run the same tests by name."""
        prefix = f"{self._root}/"
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None) or "").startswith(prefix):
                del sys.modules[name]
        importlib.invalidate_caches()
        wanted = {items[index].nodeid: index for index in request["tests"]}
        files = sorted({nodeid.split("::")[0] for nodeid in wanted})
        plugin = _Again(observe.Run(request, self._root, writer), wanted)
        return int(pytest.main([*self._args, *files], plugins=[plugin]))


class _Again:
    """The plugin of the second collection in a child."""

    def __init__(self, run: "observe.Run", wanted: dict[str, int]) -> None:
        self._run = run
        self._wanted = wanted

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the wanted tests in the wanted order; one that is gone counts as failed."""
        found = {item.nodeid: item for item in session.items}
        if self._wanted.keys() - found.keys():
            return True
        items = [found[nodeid] for nodeid in self._wanted]
        self._run.over(items, list(self._wanted.values()))
        return True


def _as_child(writer: int, memory: int) -> None:
    os.setpgid(0, 0)
    gc.disable()
    confine.die_with_parent()
    confine.limit_memory(memory)
    os.set_inheritable(writer, False)


def _read_until(reader: int, deadline: float) -> tuple[list[Message], str]:
    """Lines that the child wrote, and how it ended: `done`, `died` or `timeout`."""
    data = bytearray()
    ended = "timeout"
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([reader], [], [], left)[0]:
            break
        chunk = os.read(reader, 65_536)
        data += chunk
        if data.endswith(b'"end"\n'):
            ended = "done"
            break
        if not chunk:
            ended = "died"
            break
    parsed = [json.loads(line) for line in data.split(b"\n")[:-1]]
    return [line for line in parsed if line != "end"], ended


def _relative(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _streams() -> tuple[IO[str], IO[str]]:
    """Move the two channels away from 0 and 1, which belong to the tests now."""
    requests = os.fdopen(os.dup(0), "r")
    answers = os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    return requests, answers


def main() -> None:
    """Serve one project until standard input ends."""
    requests, answers = _streams()
    confine.adopt_orphans()
    start = cast("Message", json.loads(requests.readline()))
    os.chdir(start["root"])
    start["confined"] = confine.confine_writes([Path(path) for path in start["writable"]])
    sys.path[:1] = start["paths"]
    sys.dont_write_bytecode = True
    start["args"] = [
        *(option for name in _SWITCHED_OFF for option in ("-p", f"no:{name}")),
        *_OPTIONS,
        *start["args"],
    ]
    server = Server(start, requests, answers)
    status = pytest.main([*start["args"], *start["targets"]], plugins=[server])
    if not server.served:
        answers.write(json.dumps({"failed": int(status)}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
