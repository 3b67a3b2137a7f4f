"""What a model is told: anew, or as the continuation of an earlier call of the same agent."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter
from pydantic_ai.messages import (
    CachePoint,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from phantom.agents.api.journal import Answered, Begun, Done, Entry, Told, entries_of
from phantom.agents.api.target import Dialect, Target
from phantom.agents.api.tools.files import Workspace
from phantom.agents.port import AgentRequest, Finished
from phantom.agents.prompts import Prompt
from phantom.errors import Conflict, InvalidInput
from phantom.security import jail

MAX_CONTINUED_BYTES = 600_000
"""A conversation longer than this (about 150,000 tokens) is not continued but begun anew."""
_JSON: TypeAdapter[list[JsonValue]] = TypeAdapter(list[JsonValue])


@dataclass(frozen=True, slots=True)
class Opening:
    """How a call's conversation begins.

    Attributes:
        messages: everything up to the first request of this call, that one included.
        why_anew: as a clause, why an earlier conversation was not continued although it was asked
            for; empty otherwise.
    """

    messages: list[ModelMessage]
    why_anew: str = ""


def opening(request: AgentRequest, prompt: Prompt, target: Target, journals: Path) -> Opening:
    """The beginning: an earlier call's conversation with what is new, or all of it. Blocks."""
    first = _user(prompt, target)
    if request.session_id is None:
        return Opening([first])
    try:
        history = _history(request, target, journals)
    except _Unfit as reason:
        return Opening([first], str(reason))
    news = prompt.feedback or prompt.task
    return Opening([*history, ModelRequest(parts=[UserPromptPart(content=news)])])


def messages_of(entries: Sequence[Entry]) -> list[ModelMessage]:
    """A conversation as a journal holds it, the last request whole or left out."""
    messages: list[ModelMessage] = []
    turn = 0
    for entry in entries:
        if isinstance(entry, Begun):
            messages = loaded(entry.messages)
        elif isinstance(entry, Answered):
            turn += 1
            messages.extend(loaded([entry.message]))
            if (returned := returns(messages[-1], turn, entries)) is not None:
                messages.append(returned)
    return messages


def returns(answer: ModelMessage, turn: int, entries: Sequence[Entry]) -> ModelRequest | None:
    """The tools' results as a model wants them, once all that it called are there."""
    results = done_in(turn, entries)
    calls = calls_of(answer)
    if not calls or len(results) < len(calls):
        return None
    return ModelRequest(
        parts=[
            ToolReturnPart(
                tool_name=call.tool_name,
                content=results[place].text,
                tool_call_id=call.tool_call_id,
            )
            for place, call in enumerate(calls)
        ]
    )


def done_in(turn: int, entries: Sequence[Entry]) -> dict[int, Done]:
    """What a turn's tools have done, by their place in the answer."""
    done = (each for each in entries if isinstance(each, Done))
    return {each.place: each for each in done if each.turn == turn}


def calls_of(message: ModelMessage) -> list[ToolCallPart]:
    """The tools that an answer calls."""
    if not isinstance(message, ModelResponse):
        return []
    return [part for part in message.parts if isinstance(part, ToolCallPart)]


def dumped(messages: list[ModelMessage]) -> list[JsonValue]:
    """Messages as JSON."""
    return _JSON.validate_python(ModelMessagesTypeAdapter.dump_python(messages, mode="json"))


def loaded(messages: list[JsonValue]) -> list[ModelMessage]:
    """The inverse of `dumped`."""
    return ModelMessagesTypeAdapter.validate_python(messages)


class _Unfit(Exception):
    """An earlier conversation cannot be continued; says why, as a clause."""


def _user(prompt: Prompt, target: Target) -> ModelRequest:
    """The first words, steadiest first; what the checks found comes after the mark."""
    steady = "\n".join(filter(None, (prompt.context, prompt.task)))
    if target.dialect is Dialect.ANTHROPIC:
        content: list[str | CachePoint] = [steady, CachePoint()]
        content += [prompt.feedback] if prompt.feedback else []
        return ModelRequest(parts=[UserPromptPart(content=content)])
    # Many servers that copy OpenAI's API take one text only, not several.
    whole = "\n".join(filter(None, (steady, prompt.feedback)))
    return ModelRequest(parts=[UserPromptPart(content=whole)])


def _history(request: AgentRequest, target: Target, journals: Path) -> list[ModelMessage]:
    assert request.session_id is not None
    try:
        jail.parts_of(request.session_id)
        entries = entries_of(journals / request.session_id)
    except (InvalidInput, Conflict):
        raise _Unfit("its record cannot be read") from None
    begun = next((each for each in entries if isinstance(each, Begun)), None)
    last = entries[-1] if entries else None
    if begun is None or not (isinstance(last, Told) and isinstance(last.event, Finished)):
        raise _Unfit("it did not come to its own end")
    if begun.model != model_name(target):
        raise _Unfit("it was with another model")
    if sum(len(entry.model_dump_json()) for entry in entries) > MAX_CONTINUED_BYTES:
        raise _Unfit("it has become too long")
    if not _stands(entries, Workspace(request.workspace)):
        raise _Unfit("the files are no longer as it left them")
    messages = messages_of(entries)
    if not isinstance(messages[-1], ModelResponse) or calls_of(messages[-1]):
        raise _Unfit("its last word is missing")
    return messages


def model_name(target: Target) -> str:
    """What has to stay the same for a conversation to be continued."""
    return f"{target.dialect}:{target.base_url}:{target.model}"


def _stands(entries: Sequence[Entry], files: Workspace) -> bool:
    """True where every file that the earlier call changed is as it left it."""
    done = (each for each in entries if isinstance(each, Done))
    left = {each.changed: each.digest for each in done if each.changed is not None}
    return all(files.digest(path) == digest for path, digest in left.items())
