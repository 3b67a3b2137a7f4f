"""A provider of models for `bench/api_agents.py`, in a process of its own: it is not measured.

Speaks Chat Completions in streams: `python -m bench._api_provider THINKING TURNS` prints its port.
Each answer begins after THINKING seconds and asks for the tool `list_files`, until TURNS - 1
results are there; the last one is text.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PIECES = 20
_USAGE = {
    "prompt_tokens": 2000,
    "completion_tokens": 100,
    "total_tokens": 2100,
    "prompt_tokens_details": {"cached_tokens": 1600},
}


def main() -> None:
    """Serve until killed."""
    asyncio.run(_serve(float(sys.argv[1]), int(sys.argv[2])))


async def _serve(thinking: float, turns: int) -> None:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            body = json.loads(await reader.readexactly(int(head["content-length"])))
            await asyncio.sleep(thinking)
            writer.write(_answer(body, turns))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    try:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[1:]
    except asyncio.IncompleteReadError:
        return {}
    return {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}


def _answer(body: Json, turns: int) -> bytes:
    results = sum(message["role"] == "tool" for message in body["messages"])
    data = b"".join(
        b"data: " + json.dumps(each).encode() + b"\n\n" for each in _events(results, turns)
    )
    head = (
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    )
    whole = data + b"data: [DONE]\n\n"
    return head.encode() + f"{len(whole):x}\r\n".encode() + whole + b"\r\n0\r\n\r\n"


def _events(results: int, turns: int) -> Iterator[Json]:
    base = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "bench"}

    def chunk(delta: Json, finish: str | None = None) -> Json:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    for number in range(PIECES):
        yield chunk({"role": "assistant", "content": f"word {number} "})
    if results < turns - 1:
        call = {"name": "list_files", "arguments": "{}"}
        named = {"index": 0, "id": f"call_{results}", "type": "function", "function": call}
        yield chunk({"tool_calls": [named]})
    yield chunk({}, "tool_calls" if results < turns - 1 else "stop")
    yield {**base, "choices": [], "usage": _USAGE}


if __name__ == "__main__":
    main()
