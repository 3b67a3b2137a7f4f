"""Codex: `codex`, for connections of type `openai`."""

import json
import re
from collections.abc import Iterator

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
from phantom.agents.cli.seen import Failure, Seen, kind_of_words
from phantom.agents.port import AgentEvent, ErrorKind, TextDelta, Usage

_KEY = "PHANTOM_AGENT_KEY"
_OWN_URL = "https://api.openai.com/v1"
_REFUSED = re.compile(r"patch rejected|rejected by user|Read-only file system", re.IGNORECASE)
_STATUS = re.compile(r"status:? (\d{3})\b")


class Codex(CommandLine):
    """Success only by `turn.completed`; `error` is a line like any other."""

    name = "codex"
    package = "@openai/codex"
    tested = ("0.169.0", "0.169.0")
    host = "api.openai.com"
    login = Login(
        file=".codex/auth.json",
        linked="auth.json",
        variables=("CODEX_API_KEY", "OPENAI_API_KEY"),
        how="run `codex login`",
    )

    def invocation(self, call: Call) -> Invocation:
        """A provider that we name is one of our own: only so can its retries be off."""
        sandbox = "read-only" if call.request.read_only else "workspace-write"
        settings = [
            *("-c", "analytics.enabled=false"),
            *("-c", f'sandbox_mode="{"danger-full-access" if call.caged else sandbox}"'),
            *("-c", "sandbox_workspace_write.exclude_slash_tmp=true"),
            *(["-m", call.request.model] if call.request.model else []),
        ]
        if call.key or call.endpoint:
            settings += ["-c", "model_provider=phantom", "-c", _provider(call)]
        resume = ["resume"] if call.resumed else []
        session = [call.session] if call.resumed else []
        return Invocation(
            ["exec", *resume, "--json", "--skip-git-repo-check", *settings, *session, "-"],
            {"CODEX_HOME": str(call.home), **({_KEY: call.key} if call.key else {})},
        )

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """Items come as they are completed; usage is that of the whole thread."""
        match line.get("type"):
            case "thread.started":
                seen.session = text(line.get("thread_id"))
            case "item.completed":
                yield from _item(obj(line.get("item")), seen)
            case "error":
                _trouble(text(line.get("message")), seen)
            case "turn.completed":
                used = obj(line.get("usage"))
                seen.total = _usage(used)
                seen.done = True
            case "turn.failed":
                _fail(text(obj(line.get("error")).get("message")), seen)
            case _:
                pass

    def complain(self, line: str, seen: Seen) -> None:
        """A patch that was refused is told here alone."""
        if _REFUSED.search(line):
            seen.refusals.append("a patch")


def _provider(call: Call) -> str:
    key = f'env_key="{_KEY}",' if call.key else ""
    url = json.dumps(call.endpoint or _OWN_URL)
    return (
        f'model_providers.phantom={{name="phantom",base_url={url},'
        f'{key}wire_api="responses",request_max_retries=0,stream_max_retries=0}}'
    )


def _item(item: Json, seen: Seen) -> Iterator[AgentEvent]:
    match item.get("type"):
        case "agent_message":
            seen.steps += 1
            seen.words = [text(item.get("text"))]
            yield TextDelta(text=seen.words[0])
        case "command_execution":
            seen.steps += 1
            if _REFUSED.search(text(item.get("aggregated_output"))):
                seen.refusals.append("a command")
            yield seen.used("shell", text(item.get("command")))
        case "file_change":
            seen.steps += 1
            if item.get("status") == "completed":
                for change in each(item.get("changes")):
                    yield seen.edited(text(change.get("path")))
            else:
                seen.refusals.append("a patch")
        case _:
            pass


def _trouble(message: str, seen: Seen) -> None:
    """With a login of the vendor's the retries cannot be switched off; these are in vain."""
    if message.startswith("Reconnecting"):
        kind = kind_of_words(message)
        if kind in {ErrorKind.AUTH, ErrorKind.RATE_LIMIT}:
            seen.stop = Failure(kind, message)


def _fail(message: str, seen: Seen) -> None:
    status = _STATUS.search(message)
    seen.fail(message, int(status[1]) if status else None)


def _usage(used: Json) -> Usage:
    """Cached tokens are told among the input; here each kind counts once."""
    read, written = (
        count(used.get("cached_input_tokens")),
        count(used.get("cache_write_input_tokens")),
    )
    return Usage(
        input=max(0, count(used.get("input_tokens")) - read - written),
        output=count(used.get("output_tokens")),
        cache_read=read,
        cache_write=written,
    )
