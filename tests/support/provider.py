"""A provider of models on loopback: speaks four dialects, streaming and not, and plays scenarios.

The first part of the path says what happens: a name of `SCENARIOS`, with parameters after commas,
as in `/429,after=2`, `/529,first=1` or `/edit,plain=1` (never streams), or what `Provider.play`
made for a script of one's own. What follows is the vendor's path, so one server serves any number
of clients at once:

    with Provider() as provider:
        client = anthropic.Anthropic(base_url=provider.url("text"))
"""

import contextlib
import gzip
import itertools
import json
import re
import select
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Self

from tests.support import dialects
from tests.support.dialects import Json, Refuse, Say, Use

HELLO, GREETING = "hello.txt", "hello from the provider\n"
DONE = "Done. The provider on loopback has nothing more to add to this."


class Trouble(Enum):
    """Ways to fail other than an error by status; the first four are for streams."""

    CUT = "begins a stream and hangs up in the middle of it"
    SILENT = "begins a stream and falls silent"
    ERROR_EVENT = "begins a stream and reports being overloaded inside it"
    EMPTY = "a stream without any content"
    HANG = "takes the request and never answers"
    HTML = "answers 200 with a page for people"


@dataclass
class Asked:
    """One request of a model.

    Attributes:
        scenario: the first part of the path, parameters included.
        number: counts the requests of the scenario from 1.
        left: true once the client hung up before the end of the answer.
    """

    scenario: str
    number: int
    dialect: str
    path: str
    headers: dict[str, str]
    body: Json = field(repr=False)
    status: int = 200
    left: bool = False

    @property
    def streams(self) -> bool:
        """True where the client wants events, and the scenario gives them."""
        if "plain=1" in self.scenario:
            return False
        return bool(self.body.get("stream")) or "streamGenerateContent" in self.path

    @property
    def tools(self) -> list[str]:
        """Names of the tools that were offered."""
        return dialects.offered(self.body)

    @property
    def results(self) -> int:
        """How many results of tools came since the user last spoke."""
        return dialects.results(self.body)

    @property
    def text(self) -> str:
        """All that the model is told, tools aside."""
        told = {name: value for name, value in self.body.items() if name != "tools"}
        return "\n".join(dialects.texts(told))


Reply = Say | Use | Refuse | Trouble
Scenario = Callable[[Asked], Reply]


def always(reply: Reply) -> Scenario:
    """The same to everyone."""
    return lambda _: reply


def turns(*replies: Reply) -> Scenario:
    """One reply after another, by the results that came back; the last one from then on."""
    return lambda asked: replies[min(asked.results, len(replies) - 1)]


def edit(path: str | Path = HELLO, text: str = GREETING) -> Scenario:
    """Writes a file by the tool that the agent has for it, then says that it is done."""
    return lambda asked: _write(asked.tools, str(path), text) if asked.results == 0 else Say(DONE)


def shell(command: str) -> Scenario:
    """Runs a command by the tool that the agent has for it, then says that it is done."""

    def reply(asked: Asked) -> Reply:
        return _command(asked.tools, command) if asked.results == 0 else Say(DONE)

    return reply


def slowly(first: Scenario, pause: float = 0.5) -> Scenario:
    """Like `first`, with `pause` seconds between the words of what it says."""

    def reply(asked: Asked) -> Reply:
        made = first(asked)
        return Say(made.text, pause=pause) if isinstance(made, Say) else made

    return reply


def _write(tools: list[str], path: str, text: str) -> Reply:
    patch = f"*** Begin Patch\n*** Add File: {path}\n+{text}*** End Patch\n"
    ways: dict[str, Json | str] = {
        "Write": {"file_path": path, "content": text},
        "write_file": {"file_path": path, "path": path, "content": text},
        "create": {"path": path, "file_text": text},
        "write": {"filePath": path, "content": text},
        "apply_patch": patch,
        "exec_command": {"cmd": f"apply_patch <<'EOF'\n{patch}EOF"},
    }
    return next((Use(tool, ways[tool]) for tool in ways if tool in tools), Say(DONE))


def _command(tools: list[str], command: str) -> Reply:
    told = {"command": command, "description": "as asked"}
    ways = {
        "Bash": told,
        "run_shell_command": told,
        "bash": told,
        "exec_command": {"cmd": command},
    }
    return next((Use(tool, ways[tool]) for tool in ways if tool in tools), Say(DONE))


LIMITED = "rate limit exceeded, slow down"
SCENARIOS: dict[str, Scenario] = {
    "text": always(Say(DONE)),
    "edit": edit(),
    "shell": shell("echo done > shell.txt"),
    "slow": slowly(always(Say(DONE))),
    "400": always(Refuse(400, "the request is not valid", "invalid_request_error")),
    "401": always(Refuse(401, "invalid api key", "authentication_error")),
    "403": always(Refuse(403, "this key may not use this model", "permission_error")),
    "404": always(Refuse(404, "model not found", "not_found_error")),
    "429": always(Refuse(429, LIMITED, "rate_limit_error")),
    "quota": always(Refuse(429, "you exceeded your current quota", "insufficient_quota")),
    "500": always(Refuse(500, "internal server error", "api_error")),
    "503": always(Refuse(503, "the service is unavailable", "service_unavailable")),
    "529": always(Refuse(529, "Overloaded", "overloaded_error")),
    "context": always(Refuse(400, "prompt is too long: 3 tokens > 2 maximum", "invalid_request")),
    **{trouble.name.lower(): always(trouble) for trouble in Trouble},
}


class Provider:
    """Serves on a port of its own while it is entered.

    Attributes:
        asked: every request of a model, in the order in which they came.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._scenarios = dict(SCENARIOS)
        self._counts: Counter[str] = Counter()
        self._names = itertools.count(1)
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, scenario: str) -> str:
        """The base URL that plays `scenario`, without `/v1`."""
        return f"http://127.0.0.1:{self._server.server_port}/{scenario}"

    def play(self, scenario: Scenario) -> str:
        """A base URL of its own that plays a script."""
        name = f"play{next(self._names)}"
        self._scenarios[name] = scenario
        return self.url(name)

    def replace(self, url: str, other: str) -> None:
        """Have one base URL play from now on what another one does."""
        self._scenarios[url.rsplit("/", 1)[1]] = self._scenarios[other.rsplit("/", 1)[1]]

    def scenario(self, name: str) -> Scenario:
        """A scenario by name, to be played at a base URL of its own."""
        return lambda asked: self.reply(replace(asked, scenario=name))

    def asked_of(self, url: str) -> list[Asked]:
        """The requests that came to one base URL."""
        return [each for each in self.asked if each.scenario == url.rsplit("/", 1)[1]]

    def admit(self, scenario: str, dialect: str, handler: "_Handler", body: Json) -> Asked:
        """Take one more request down."""
        with self._lock:
            self._counts[scenario] += 1
            headers = {name.lower(): value for name, value in handler.headers.items()}
            number = self._counts[scenario]
            asked = Asked(scenario, number, dialect, handler.path, headers, body)
            self.asked.append(asked)
        return asked

    def reply(self, asked: Asked) -> Reply:
        """What the scenario has to say to it."""
        name, *words = asked.scenario.split(",")
        parameters = {key: int(value) for key, _, value in (word.partition("=") for word in words)}
        if asked.number > parameters.get("first", asked.number):
            name = "edit"
        reply = self._scenarios[name](asked)
        if isinstance(reply, Refuse) and "after" in parameters:
            return Refuse(reply.status, reply.message, reply.kind, parameters["after"])
        return reply


class _Handler(BaseHTTPRequestHandler):
    provider: ClassVar[Provider]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        model = {"id": "loopback", "object": "model", "type": "model", "display_name": "loopback"}
        self._answer(200, {"object": "list", "data": [model], "has_more": False})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        found = re.match(r"/([^/]+)(/[^?]*)", self.path)
        dialect = found and dialects.dialect_of(found[2])
        if found and re.search(r"count_?tokens", found[2], re.IGNORECASE):
            self._answer(200, {"input_tokens": 1000, "totalTokens": 1000})
        elif not found or not dialect:
            self._answer(404, {"error": {"message": "there is no such path"}})
        else:
            self._play(self.provider.admit(found[1], dialect, self, json.loads(raw or b"{}")))

    def _play(self, asked: Asked) -> None:
        reply = self.provider.reply(asked)
        if isinstance(reply, Refuse):
            asked.status = reply.status
            after = {} if reply.retry_after is None else {"retry-after": str(reply.retry_after)}
            self._answer(reply.status, dialects.error(asked.dialect, reply), after)
        elif reply is Trouble.HANG:
            self._hold(asked)
        elif reply is Trouble.HTML:
            self._answer(200, "<html><body>Welcome</body></html>", {"content-type": "text/html"})
        elif asked.streams:
            self._stream(asked, reply)
        else:
            answer = Say(DONE) if isinstance(reply, Trouble) else reply
            self._answer(200, dialects.RENDER[asked.dialect](asked.body, answer)[1])

    def _stream(self, asked: Asked, reply: Say | Use | Trouble) -> None:
        answer = reply if isinstance(reply, Say | Use) else Say(DONE)
        if reply is Trouble.EMPTY:
            answer = Say("")
        events, _ = dialects.RENDER[asked.dialect](asked.body, answer)
        if isinstance(reply, Trouble) and reply is not Trouble.EMPTY:
            events = events[: len(events) // 2]
        self.close_connection = True
        self._begin(200, {"content-type": "text/event-stream", "connection": "close"})
        pause = answer.pause if isinstance(answer, Say) else 0.0
        try:
            for event in events:
                self._send(event)
                self.provider.released.wait(pause)
            self._end(asked, reply)
        except OSError:
            asked.left = True

    def _end(self, asked: Asked, reply: Say | Use | Trouble) -> None:
        if reply is Trouble.SILENT:
            self._hold(asked)
        elif reply is Trouble.ERROR_EVENT:
            refusal = Refuse(529, "Overloaded", "overloaded_error")
            named = {} if asked.dialect == "gemini" else {"type": "error"}
            self._send({**named, **dialects.error(asked.dialect, refusal)})
        elif reply is not Trouble.CUT and asked.dialect == "chat":
            self._write("data: [DONE]\n\n")

    def _hold(self, asked: Asked) -> None:
        """Keep the connection open and silent until the client leaves, or the server ends."""
        self.close_connection = True
        while not self.provider.released.is_set():
            if select.select([self.connection], [], [], 0.05)[0]:
                asked.left = True
                return

    def _send(self, event: Json) -> None:
        name = f"event: {event['type']}\n" if "type" in event else ""
        self._write(f"{name}data: {json.dumps(event)}\n\n")

    def _write(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def _begin(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, status: int, body: Json | str, headers: dict[str, str] | None = None) -> None:
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        plain = {"content-type": "application/json", "content-length": str(len(data))}
        with contextlib.suppress(OSError):  # the client may have gone; that is its right
            self._begin(status, plain | (headers or {}))
            if self.command != "HEAD":
                self.wfile.write(data)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Says nothing."""
