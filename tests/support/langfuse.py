"""A Langfuse on loopback: takes OTLP traces and scores as the real one documents them."""

import base64
import json
import threading
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Self

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pydantic import JsonValue

PUBLIC, SECRET = "pk-lf-public", "sk-lf-0123456789abcdef"


class Mood(Enum):
    """How it answers."""

    WELL = 200
    HANGING = 0
    BROKEN = 500
    REJECTING = 400


class FakeLangfuse:
    """Serves on a port of its own while it is entered.

    Attributes:
        mood: how it answers from now on.
        traces: the export requests that it took, as OpenTelemetry's own definitions read them.
        scores: those that it took.
        asked: method and path of every request, taken or not.
    """

    def __init__(self) -> None:
        self.mood = Mood.WELL
        self.traces: list[ExportTraceServiceRequest] = []
        self.scores: list[dict[str, JsonValue]] = []
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[str] = []
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"langfuse": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def settings(self, secret: str = SECRET) -> dict[str, str]:
        """What a server is told of it."""
        return {
            "langfuse_public_key": PUBLIC,
            "langfuse_secret_key": secret,
            "langfuse_host": self.url,
        }

    @property
    def spans(self) -> list[Span]:
        """All spans that it took, in the order in which they came."""
        return [
            span
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Handler(BaseHTTPRequestHandler):
    langfuse: ClassVar[FakeLangfuse]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["content-length"])))

    def _serve(self, body: bytes) -> None:
        known = self.langfuse
        known.asked.append((self.command, self.path))
        known.bodies.append(body.decode())
        if known.mood is Mood.HANGING:
            known.released.wait(30)
        expected = base64.b64encode(f"{PUBLIC}:{SECRET}".encode()).decode()
        if self.headers["authorization"] != f"Basic {expected}":
            self._answer(401)
        elif known.mood is not Mood.WELL and self.command == "POST":
            self._answer(known.mood.value or 200)
        else:
            self._take(body)

    def _take(self, body: bytes) -> None:
        match self.command, self.path:
            case "POST", "/api/public/otel/v1/traces":
                assert self.headers["x-langfuse-ingestion-version"] == "4"
                self.langfuse.traces.append(parsed(body))
            case "POST", "/api/public/scores":
                self.langfuse.scores.append(json.loads(body))
            case "GET", "/api/public/projects":
                pass
            case _:
                self._answer(404)
                return
        self._answer(200)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def parsed(body: bytes) -> ExportTraceServiceRequest:
    """The request by OpenTelemetry's own definitions, which admit no other field."""
    given = json.loads(body)
    for resource in given["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                # OTLP writes ids in hexadecimal where JSON of protocol buffers has base64.
                for name in {"traceId", "spanId", "parentSpanId"} & span.keys():
                    span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return json_format.ParseDict(given, ExportTraceServiceRequest())
