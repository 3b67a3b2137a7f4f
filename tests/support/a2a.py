"""An A2A agent on loopback: a card, and scripts for what becomes of a message."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

Json = dict[str, Any]
Script = Callable[[str, Json], list[Json]]
"""From a method and its parameters to results: one of a plain call, several of a stream."""


def task(state: str, *parts: Json, said: str = "") -> Json:
    """A task in a state, with an artifact of these parts."""
    status: Json = {"state": f"TASK_STATE_{state}"}
    if said:
        status["message"] = {"messageId": "m", "role": "ROLE_AGENT", "parts": [{"text": said}]}
    artifacts = [{"artifactId": "a", "parts": list(parts)}] if parts else []
    return {"id": "task-1", "contextId": "context-1", "status": status, "artifacts": artifacts}


class A2aServer:
    """Serves on a port of its own while it is entered.

    Attributes:
        calls: method and parameters of every call.
        headers: of every request.
    """

    def __init__(self, script: Script, *, streaming: bool = True, status: int = 200) -> None:
        self.calls: list[tuple[str, Json]] = []
        self.headers: list[dict[str, str]] = []
        self.script = script
        self.status = status
        self.card: Json = {
            "name": "Loopback",
            "capabilities": {"streaming": streaming},
            "supportedInterfaces": [
                {"url": "grpc.example", "protocolBinding": "GRPC", "protocolVersion": "1.0"},
                {"url": "/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            ],
        }
        handler = type("Handler", (_Handler,), {"serving": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the card is."""
        return f"http://127.0.0.1:{self._server.server_port}/.well-known/agent-card.json"


class _Handler(BaseHTTPRequestHandler):
    serving: ClassVar[A2aServer]

    def do_GET(self) -> None:
        self.serving.headers.append({k.lower(): v for k, v in self.headers.items()})
        self._answer("application/json", json.dumps(self.serving.card))

    def do_POST(self) -> None:
        self.serving.headers.append({k.lower(): v for k, v in self.headers.items()})
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.serving.calls.append((body["method"], body["params"]))
        results = self.serving.script(body["method"], body["params"])
        answers = [{"jsonrpc": "2.0", "id": body["id"], **each} for each in results]
        if body["method"] == "SendStreamingMessage":
            events = "".join(f"data: {json.dumps(each)}\n\n" for each in answers)
            self._answer("text/event-stream", events)
        else:
            self._answer("application/json", json.dumps(answers[0]))

    def _answer(self, kind: str, text: str) -> None:
        data = text.encode()
        self.send_response(self.serving.status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
