"""How four model APIs put an answer: as one body, as a stream of events, and as an error.

By the vendors' references: Anthropic Messages, OpenAI Chat Completions and Responses, and Google's
generateContent. Every answer reports the same usage, so that a sum tells how often it was counted.
"""

import itertools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

INPUT, CACHED, OUTPUT = 1000, 400, 100
"""Tokens of one answer; the cached ones are among the input."""
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Say:
    """A text answer, `pause` seconds between its words where it is streamed."""

    text: str
    pause: float = 0.0

    @property
    def words(self) -> list[str]:
        """Its pieces in a stream."""
        return re.findall(r"\S+\s*", self.text)


@dataclass(frozen=True)
class Use:
    """A call of one of the tools that were offered; `arguments` is text for a free-form tool."""

    tool: str
    arguments: Json | str


@dataclass(frozen=True)
class Refuse:
    """An error by HTTP status, with `Retry-After` in seconds where it is given."""

    status: int
    message: str = "no"
    kind: str = "error"
    retry_after: int | None = None


Answer = Say | Use
Rendered = tuple[list[Json], Json]
"""The events of a stream, and the one body."""


def _id(prefix: str) -> str:
    return f"{prefix}_{next(_numbers):06d}"


def anthropic(body: Json, answer: Answer) -> Rendered:
    """Messages: six kinds of events, each named."""
    read = {"cache_read_input_tokens": CACHED, "cache_creation_input_tokens": 0}
    usage = {"input_tokens": INPUT - CACHED, **read, "output_tokens": OUTPUT}
    if isinstance(answer, Say):
        block: Json = {"type": "text", "text": answer.text}
        blank, delta = {**block, "text": ""}, "text_delta"
        parts = [{"text": word} for word in answer.words]
    else:
        block = {"type": "tool_use", "id": _id("toolu"), "name": answer.tool}
        blank, delta = {**block, "input": {}}, "input_json_delta"
        block["input"] = answer.arguments
        parts = [{"partial_json": json.dumps(answer.arguments)}]
    message = {
        "id": _id("msg"),
        "type": "message",
        "role": "assistant",
        "model": body.get("model", "loopback"),
        "stop_sequence": None,
    }
    stop = "end_turn" if isinstance(answer, Say) else "tool_use"
    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events: list[Json] = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": blank},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": delta, **part}}
            for part in parts
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": usage,
        },
        {"type": "message_stop"},
    ]
    return events, {**message, "content": [block], "stop_reason": stop, "usage": usage}


def chat(body: Json, answer: Answer) -> Rendered:
    """Chat Completions: unnamed chunks, the usage in the last one."""
    base = {"id": _id("chatcmpl"), "created": 1_700_000_000, "model": body.get("model", "loopback")}
    usage = {
        "prompt_tokens": INPUT,
        "completion_tokens": OUTPUT,
        "total_tokens": INPUT + OUTPUT,
        "prompt_tokens_details": {"cached_tokens": CACHED},
    }
    if isinstance(answer, Say):
        message: Json = {"role": "assistant", "content": answer.text}
        deltas: list[Json] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": word} for word in answer.words]
        finish = "stop"
    else:
        function = {"name": answer.tool, "arguments": json.dumps(answer.arguments)}
        call = {"id": _id("call"), "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        deltas = [{**message, "tool_calls": [{**call, "index": 0}]}]
        finish = "tool_calls"
    chunk = {**base, "object": "chat.completion.chunk"}
    events: list[Json] = [
        {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in deltas
    ]
    events.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
    whole = {"index": 0, "message": message, "finish_reason": finish}
    return (
        [*events, {**chunk, "choices": [], "usage": usage}],
        {**base, "object": "chat.completion", "choices": [whole], "usage": usage},
    )


def responses(body: Json, answer: Answer) -> Rendered:
    """Responses: one item, announced, filled and closed between two states of the response."""
    usage = {
        "input_tokens": INPUT,
        "input_tokens_details": {"cached_tokens": CACHED},
        "output_tokens": OUTPUT,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": INPUT + OUTPUT,
    }
    base = {
        "id": _id("resp"),
        "object": "response",
        "created_at": 1_700_000_000,
        "model": body.get("model", "loopback"),
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
    }
    item, filling = _item_of_a_response(answer)
    done = {**base, "status": "completed", "output": [item], "usage": usage}
    bare: Json = {"content": [], "arguments": "", "input": ""}
    blank = {**item, **{name: bare[name] for name in bare.keys() & item.keys()}}
    blank["status"] = "in_progress"
    begun = {**base, "status": "in_progress", "output": []}
    events: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": blank},
        *({"output_index": 0, "item_id": item["id"], **event} for event in filling),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": done},
    ]
    return [{**event, "sequence_number": n} for n, event in enumerate(events)], done


def _item_of_a_response(answer: Answer) -> tuple[Json, list[Json]]:
    if isinstance(answer, Say):
        part = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        item: Json = {"type": "message", "role": "assistant", "id": _id("msg"), "content": [part]}
        place = {"content_index": 0}
        filling: list[Json] = [
            {"type": "response.content_part.added", **place, "part": {**part, "text": ""}},
            *(
                {"type": "response.output_text.delta", **place, "delta": word, "logprobs": []}
                for word in answer.words
            ),
            {"type": "response.output_text.done", **place, "text": answer.text, "logprobs": []},
            {"type": "response.content_part.done", **place, "part": part},
        ]
    elif isinstance(answer.arguments, str):
        item = {"type": "custom_tool_call", "id": _id("ctc"), "input": answer.arguments}
        filling = []
    else:
        said = json.dumps(answer.arguments)
        item = {"type": "function_call", "id": _id("fc"), "arguments": said}
        kind = "response.function_call_arguments"
        filling = [
            {"type": f"{kind}.delta", "delta": said},
            {"type": f"{kind}.done", "arguments": said, "name": answer.tool},
        ]
    if isinstance(answer, Use):
        item |= {"call_id": _id("call"), "name": answer.tool}
    return {**item, "status": "completed"}, filling


def gemini(body: Json, answer: Answer) -> Rendered:  # noqa: ARG001 - the model is in the path
    """generateContent: each piece is a whole answer of its own, the last one with the usage."""
    usage = {
        "promptTokenCount": INPUT,
        "candidatesTokenCount": OUTPUT,
        "totalTokenCount": INPUT + OUTPUT,
        "cachedContentTokenCount": CACHED,
    }
    base = {"modelVersion": "loopback", "responseId": _id("resp")}

    def piece(parts: list[Json], **more: str) -> Json:
        content = {"role": "model", "parts": parts}
        return {**base, "candidates": [{"index": 0, "content": content, **more}]}

    if isinstance(answer, Say):
        parts: list[Json] = [{"text": word} for word in answer.words]
        whole: list[Json] = [{"text": answer.text}]
    else:
        parts = whole = [{"functionCall": {"name": answer.tool, "args": answer.arguments}}]
    last = piece([{"text": ""}], finishReason="STOP")
    return (
        [*(piece([part]) for part in parts), {**last, "usageMetadata": usage}],
        {**piece(whole, finishReason="STOP"), "usageMetadata": usage},
    )


RENDER: dict[str, Callable[[Json, Answer], Rendered]] = {
    "anthropic": anthropic,
    "chat": chat,
    "responses": responses,
    "gemini": gemini,
}
_GOOGLE = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
}


def error(dialect: str, refusal: Refuse) -> Json:
    """The body of an error, as the vendor puts it."""
    message, status = refusal.message, refusal.status
    if dialect == "gemini":
        word = _GOOGLE.get(status, "UNAVAILABLE")
        return {"error": {"code": status, "message": message, "status": word}}
    if dialect == "anthropic":
        return {"type": "error", "error": {"type": refusal.kind, "message": message}}
    return {"error": {"message": message, "type": refusal.kind, "code": refusal.kind}}


def dialect_of(path: str) -> str | None:
    """Which API a request's path belongs to; None for none of the four."""
    marks = {
        "/messages": "anthropic",
        "/chat/completions": "chat",
        "/responses": "responses",
        "generateContent": "gemini",
        "GenerateContent": "gemini",
    }
    return next((name for mark, name in marks.items() if mark in path), None)


def offered(body: Json) -> list[str]:
    """Names of the tools that the model may use."""
    declared = [
        each
        for tool in body.get("tools") or []
        for each in tool.get("functionDeclarations", [tool])
    ]
    named = (each.get("name") or each.get("function", {}).get("name") for each in declared)
    return [name for name in named if name]


def items(body: Json) -> list[Json]:
    """The conversation, whatever the API calls it."""
    found = body.get("messages") or body.get("contents") or body.get("input") or []
    return [{"role": "user", "content": found}] if isinstance(found, str) else found


def results(body: Json) -> int:
    """How many results of tools came since the user last spoke."""
    count = 0
    for item in reversed(items(body)):
        told = json.dumps(item.get("content", item.get("parts", "")))
        if (
            item.get("role") == "tool"
            or str(item.get("type", "")).endswith("_call_output")
            or '"tool_result"' in told
            or '"functionResponse"' in told
        ):
            count += 1
        elif item.get("role") == "user" and "<system-reminder>" not in told[:60]:
            break
    return count


def texts(value: object) -> Iterator[str]:
    """Every string below `value`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from texts(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
