"""A provider of models that behaves by a script, and keeps a log of what it was asked and paid.

Speaks Chat Completions in streams. Which behaviour a task meets follows from its label; the log is
what the reader trusts.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from bench.truth.repositories import Repository

Json = dict[str, Any]
MODEL = "truth-model"
INPUT_MICROS, CACHED_MICROS, OUTPUT_MICROS = 2, 1, 10
"""Millionths of a dollar for a token."""
_LABEL = re.compile(r"\[(T\d\d)\]")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request in the log. Tokens are 0 where it was refused; `cached` ones are in `input`."""

    label: str
    status: int
    input: int = 0
    cached: int = 0
    output: int = 0

    @property
    def micros(self) -> int:
        """What it cost, in millionths of a dollar."""
        fresh = self.input - self.cached
        return fresh * INPUT_MICROS + self.cached * CACHED_MICROS + self.output * OUTPUT_MICROS


@dataclass(frozen=True, slots=True)
class Refuse:
    """A round that begins with an HTTP error."""

    status: int


Move = tuple[str, Json] | Refuse
Round = Sequence[Move]
"""What one iteration does, in order, before it says that it is done."""


def _fix(repository: Repository) -> Move:
    return _put(repository, repository.buggy, repository.right)


def _put(repository: Repository, old: str, new: str) -> Move:
    return ("edit_file", {"path": str(repository.module), "old": old, "new": new})


def _at_once(repository: Repository) -> Sequence[Round]:
    return [[_fix(repository)]]


def _second_time(repository: Repository) -> Sequence[Round]:
    noted = f"{repository.buggy}# To be looked at.\n"
    return [
        [_put(repository, repository.buggy, noted)],
        [_put(repository, noted, repository.right)],
    ]


def _worse(repository: Repository) -> Sequence[Round]:
    broken = f"{repository.buggy}raise RuntimeError('not finished')\n"
    noted = f"{repository.buggy}# To be looked at.\n"
    return [
        [_put(repository, repository.buggy, noted)],
        [_put(repository, noted, broken)],
        [_put(repository, noted, f"{noted}# Again.\n")],
    ]


def _nothing(_: Repository) -> Sequence[Round]:
    return [[]]


def _weaker(repository: Repository) -> Sequence[Round]:
    path = {"path": str(repository.test)}
    tests = (repository.root / repository.test).read_text()
    return [[("edit_file", path | {"old": tests, "new": "def test_it():\n    assert True\n"})]]


def _refused(_: Repository) -> Sequence[Round]:
    return [[Refuse(401)]]


def _overloaded(repository: Repository) -> Sequence[Round]:
    return [[Refuse(529), _fix(repository)]]


def _with_a_secret(repository: Repository) -> Sequence[Round]:
    careless = f"{repository.right}\nDATABASE_PASSWORD = 'pW7_kd02mX-1qqz'\n"
    return [
        [_put(repository, repository.buggy, careless)],
        [_put(repository, careless, repository.right)],
    ]


def _outside(repository: Repository) -> Sequence[Round]:
    stray = {"path": f"../../../{repository.label}-outside.txt", "content": "I was here.\n"}
    return [[("write_file", stray), _fix(repository)]]


BEHAVIOURS: tuple[Callable[[Repository], Sequence[Round]], ...] = (
    _at_once,
    _second_time,
    _worse,
    _nothing,
    _weaker,
    _refused,
    _overloaded,
    _with_a_secret,
    _outside,
    _at_once,
)


@dataclass(slots=True)
class _Played:
    """How far a script has been played."""

    rounds: Sequence[Round]
    number: int = 0
    place: int = 0
    refused: bool = False

    def move(self, *, begins: bool) -> Move | None:
        """What comes next; None is the end of a round. One that was refused is asked again."""
        if begins and not self.refused:
            self.number, self.place = self.number + 1, 0
        moves = self.rounds[self.number - 1] if self.number <= len(self.rounds) else ()
        move = moves[self.place] if self.place < len(moves) else None
        self.place += 1
        self.refused = isinstance(move, Refuse)
        return move


class Provider:
    """The provider, on a free port of loopback while it is entered.

    Attributes:
        log: all requests, in the order of their ends.
    """

    def __init__(self, repositories: Sequence[Repository]) -> None:
        self.log: list[Asked] = []
        self._played = {
            each.label: _Played(BEHAVIOURS[number % len(BEHAVIOURS)](each))
            for number, each in enumerate(repositories)
        }
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        """The base address, as a connection's endpoint."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: Json) -> tuple[int, bytes]:
        """The status and the stream for a request, which is put down in the log."""
        text = json.dumps(body["messages"])
        found = _LABEL.search(text)
        assert found is not None, f"no label in {text[:500]}"
        label = found[1]
        with self._lock:
            move = self._played[label].move(begins=body["messages"][-1]["role"] == "user")
            if isinstance(move, Refuse):
                self.log.append(Asked(label, move.status))
                return move.status, b'{"error": {"message": "refused by the script"}}'
            number = len(self.log)
            asked = Asked(label, 200, 1000 + 10 * number, 100 + number, 50 + number)
            self.log.append(asked)
        return 200, b"".join(
            b"data: " + json.dumps(each).encode() + b"\n\n" for each in _events(move, asked)
        ) + b"data: [DONE]\n\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                status, data = provider.answer(body)
                self.send_response(status)
                kind = "text/event-stream" if status == 200 else "application/json"
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Nothing is printed."""

        return Handler


def _events(move: tuple[str, Json] | None, asked: Asked) -> Iterator[Json]:
    base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": MODEL}

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    if move is None:
        yield chunk({"role": "assistant", "content": "It is done, and all tests pass."})
        yield chunk({}, "stop")
    else:
        function = {"name": move[0], "arguments": json.dumps(move[1])}
        call = {"index": 0, "id": f"call_{asked.input}", "type": "function", "function": function}
        yield chunk({"role": "assistant", "content": None, "tool_calls": [call]})
        yield chunk({}, "tool_calls")
    usage = {
        "prompt_tokens": asked.input,
        "completion_tokens": asked.output,
        "total_tokens": asked.input + asked.output,
        "prompt_tokens_details": {"cached_tokens": asked.cached},
    }
    yield {**base, "choices": [], "usage": usage}
