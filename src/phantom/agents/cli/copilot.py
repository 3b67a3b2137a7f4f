"""GitHub Copilot CLI: `copilot`."""

import json
from collections.abc import Iterator
from pathlib import Path

from phantom.agents.call_directory import Ended
from phantom.agents.cli.command import (
    Call,
    CommandLine,
    Invocation,
    Json,
    Login,
    count,
    each,
    obj,
    text,
)
from phantom.agents.cli.seen import Failure, Seen, kind_of_status, kind_of_words
from phantom.agents.port import AgentEvent, TextDelta, Usage

_OWN_URL, _OWN_MODEL = "https://api.openai.com/v1", "gpt-5.1"
_USAGE = "copilot-usage.json"
# It takes a model that it does not know for one of 128 000 tokens, and refuses longer prompts.
_MAX_PROMPT_TOKENS = "1000000"


class Copilot(CommandLine):
    """Success only by `result` with `exitCode` 0, and no error or abortion before it."""

    name = "copilot"
    package = "@github/copilot"
    tested = ("1.0.102", "1.0.102")
    host = "api.openai.com"
    login = Login(
        file=".copilot/config.json",
        linked="config.json",
        variables=("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"),
        how="run `copilot` and log in with /login",
    )

    def invocation(self, call: Call) -> Invocation:
        """With a provider of its own it talks to that alone, and needs nothing of GitHub's."""
        session = f"--resume={call.session}" if call.resumed else f"--session-id={call.session}"
        edits = "--deny-tool=write" if call.request.read_only else "--allow-tool=write"
        return Invocation(
            [
                *("--output-format", "json", "--no-ask-user", "--no-color", "--no-auto-update"),
                *(edits, "--deny-tool=shell", "--excluded-tools=bash", session),
                *("--usage-output-file", str(call.request.scratch / _USAGE)),
                *(
                    ["--model", call.request.model]
                    if call.request.model and not (call.key or call.endpoint)
                    else []
                ),
            ],
            {
                "COPILOT_HOME": str(call.home),
                "COPILOT_AUTO_UPDATE": "false",
                **(_provider(call) if call.key or call.endpoint else {}),
            },
        )

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """It tries again by itself, and has no switch for that: the first failure is the end."""
        data = obj(line.get("data"))
        match line.get("type"):
            case "assistant.message_delta":
                yield TextDelta(text=text(data.get("deltaContent")))
            case "assistant.message":
                seen.model = text(data.get("model")) or seen.model
                if content := text(data.get("content")):
                    seen.words = [content]
            case "model.call_finished" if data.get("outcome") == "success":
                seen.steps += 1
            case "model.call_failure":
                seen.stop = _failure(data)
            case "tool.execution_start" | "tool.execution_complete":
                yield from _tool(data, seen)
            case "session.error":
                seen.failure = _failure(data)
            case "abort":
                seen.fail("copilot was interrupted")
            case "result":
                seen.session = text(line.get("sessionId"))
                seen.done = line.get("exitCode") == 0 and seen.failure is None
            case _:
                pass

    def judge(self, seen: Seen, ended: Ended, scratch: Path) -> None:
        """Tokens stand in a file alone, written at its end: those of the whole session."""
        try:
            written = json.loads((scratch / _USAGE).read_bytes())
        except (FileNotFoundError, ValueError):
            written = {}
        for figures in obj(obj(written).get("modelMetrics")).values():
            seen.total = _sum(seen.total or Usage(), obj(obj(figures).get("usage")))
        super().judge(seen, ended, scratch)


def _provider(call: Call) -> dict[str, str]:
    key = {"COPILOT_PROVIDER_API_KEY": call.key} if call.key else {}
    return key | {
        "COPILOT_OFFLINE": "true",
        "COPILOT_PROVIDER_TYPE": "openai",
        "COPILOT_PROVIDER_BASE_URL": call.endpoint or _OWN_URL,
        "COPILOT_PROVIDER_MAX_PROMPT_TOKENS": _MAX_PROMPT_TOKENS,
        "COPILOT_MODEL": call.request.model or _OWN_MODEL,
    }


def _tool(data: Json, seen: Seen) -> Iterator[AgentEvent]:
    """A tool's beginning has its arguments, its end what came of it."""
    if given := obj(data.get("arguments")):
        path = seen.relative(text(given.get("path")))
        yield seen.used(text(data.get("toolName")), path or text(given.get("command")))
    if obj(data.get("error")).get("code") == "denied":
        seen.refusals.append("a tool")
    for edit in each(data.get("fileEdits")):
        yield seen.edited(text(edit.get("path")))


def _failure(data: Json) -> Failure:
    message = text(data.get("message")) or text(data.get("errorMessage"))
    status = data.get("statusCode")
    kind = kind_of_status(status) if isinstance(status, int) else kind_of_words(message)
    return Failure(kind, message)


def _sum(usage: Usage, more: Json) -> Usage:
    """Cached tokens are told among the input; here each kind counts once."""
    read, written = count(more.get("cacheReadTokens")), count(more.get("cacheWriteTokens"))
    return Usage(
        input=usage.input + max(0, count(more.get("inputTokens")) - read - written),
        output=usage.output + count(more.get("outputTokens")),
        cache_read=usage.cache_read + read,
        cache_write=usage.cache_write + written,
    )
