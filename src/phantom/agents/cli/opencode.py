"""opencode: `opencode`, for connections of type `openai` whose id begins with its name."""

import json
import re
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
    obj,
    text,
)
from phantom.agents.cli.seen import Failure, Seen, kind_of_words
from phantom.agents.port import AgentEvent, ErrorKind, TextDelta, Usage

_OWN_URL, _OWN_MODEL = "https://api.openai.com/v1", "gpt-5.1-codex"
_EDITS = {"write", "edit"}
_PATCHED = re.compile(r"^\*\*\* (?:Add|Update|Delete) File: (.+)$", re.MULTILINE)
# Its log tells of each request that failed; nothing else tells that it tries again.
_FAILED_REQUEST = re.compile(r'message="stream error".* agent=(?!title)\S+ .*error="(?P<why>.*)"$')
_LOCAL = {
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
    "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
    "OPENCODE_DISABLE_CLAUDE_CODE": "1",
    "OPENCODE_DISABLE_LSP_DOWNLOAD": "1",
}


class OpenCode(CommandLine):
    """It has no terminal event: success is exit status 0 after a last step that came to its end."""

    name = "opencode"
    package = "opencode-ai"
    tested = ("1.18.33", "1.18.33")
    host = "api.openai.com"
    login = Login(
        file=".local/share/opencode/auth.json",
        linked=".local/share/opencode/auth.json",
        variables=(),
        how="run `opencode auth login`",
    )

    def invocation(self, call: Call) -> Invocation:
        """Without a model for the titles of sessions it waits in silence; so both are named."""
        deny = {"bash": "deny", "webfetch": "deny", "external_directory": "deny"}
        if call.request.read_only:
            deny["edit"] = "deny"
        session = ["--session", call.session] if call.resumed else []
        return Invocation(
            [
                *("run", "--format", "json", "--pure", "--title", "Phantom", *session),
                *("--print-logs", "--log-level", "ERROR"),
            ],
            {
                **_LOCAL,
                **({"OPENCODE_DISABLE_MODELS_FETCH": "1"} if call.key or call.endpoint else {}),
                "OPENCODE_PERMISSION": json.dumps(deny),
                "OPENCODE_CONFIG_CONTENT": json.dumps(_configuration(call)),
                **({"PHANTOM_AGENT_KEY": call.key} if call.key else {}),
            },
        )

    def refuses(self, workspace: Path, *, caged: bool) -> str | None:
        """It runs the plugins of a repository whatever it is told, as in 1.18.33."""
        if caged or not (workspace / ".opencode").exists():
            return None
        return (
            "opencode runs what lies in the repository's .opencode directory, with all the rights "
            "of the server: use a sandbox, remove the directory, or choose another agent."
        )

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """A tool is told when it is done, tokens with each step."""
        seen.session = text(line.get("sessionID")) or seen.session
        part = obj(line.get("part"))
        match line.get("type"):
            case "step_start":
                seen.words.clear()
            case "text":
                seen.words.append(text(part.get("text")))
                yield TextDelta(text=seen.words[-1])
            case "tool_use":
                yield from _tool(part, seen)
            case "step_finish":
                yield from _step(part, seen)
            case "error":
                _fail(obj(line.get("error")), seen)
            case _:
                pass

    def complain(self, line: str, seen: Seen) -> None:
        """A refusal, or a request that failed and that it repeats for minutes without a word."""
        if "auto-rejecting" in line:
            seen.refusals.append("a tool")
        if (found := _FAILED_REQUEST.search(line)) is None:
            return
        kind = kind_of_words(found["why"])
        seen.repeats += 1
        if kind in {ErrorKind.RATE_LIMIT, ErrorKind.OVERLOADED} or seen.repeats > 1:
            seen.stop = Failure(kind, found["why"])

    def judge(self, seen: Seen, ended: Ended, scratch: Path) -> None:
        """The last step decides; one that stopped at a tool was not allowed to use it."""
        if ended.status == 0 and seen.failure is None and seen.reason in {"stop", "tool-calls"}:
            seen.done = seen.reason == "stop" or bool(seen.refusals)
        super().judge(seen, ended, scratch)


def _configuration(call: Call) -> Json:
    common: Json = {"autoupdate": False, "share": "disabled"}
    model = call.request.model
    if not (call.key or call.endpoint):
        return {**common, **({"model": model} if model else {})}
    name = model or _OWN_MODEL
    options: Json = {"baseURL": call.endpoint or _OWN_URL}
    if call.key:
        options["apiKey"] = "{env:PHANTOM_AGENT_KEY}"
    provider: Json = {
        "npm": "@ai-sdk/openai-compatible",
        "options": options,
        "models": {name: {"limit": {"context": 200_000, "output": 32_000}}},
    }
    chosen = f"phantom/{name}"
    return {**common, "model": chosen, "small_model": chosen, "provider": {"phantom": provider}}


def _tool(part: Json, seen: Seen) -> Iterator[AgentEvent]:
    tool, state = text(part.get("tool")), obj(part.get("state"))
    given = obj(state.get("input"))
    path = text(given.get("filePath"))
    yield seen.used(tool, seen.relative(path) or text(given.get("command")))
    if state.get("status") == "completed":
        changed = _PATCHED.findall(text(given.get("patchText")))
        for each in [path] if tool in _EDITS and path else changed:
            yield seen.edited(each)
    elif re.search(r"rejected permission|rule which prevents", text(state.get("error"))):
        seen.refusals.append(tool)


def _step(part: Json, seen: Seen) -> Iterator[AgentEvent]:
    tokens, sofar = obj(part.get("tokens")), seen.usage
    cached = obj(tokens.get("cache"))
    seen.steps += 1
    # A stream that broke off: it would repeat such a step without end or pause.
    if part.get("reason") == "unknown" and seen.reason == "unknown":
        seen.stop = Failure(ErrorKind.STALLED, "The provider's stream broke off, twice in a row.")
    seen.reason = text(part.get("reason"))
    seen.repeats = 0
    yield seen.counted(
        Usage(
            input=sofar.input + count(tokens.get("input")),
            output=sofar.output + count(tokens.get("output")) + count(tokens.get("reasoning")),
            cache_read=sofar.cache_read + count(cached.get("read")),
            cache_write=sofar.cache_write + count(cached.get("write")),
        )
    )


def _fail(error: Json, seen: Seen) -> None:
    told = obj(error.get("data"))
    status, headers = told.get("statusCode"), obj(told.get("responseHeaders"))
    after = text(headers.get("retry-after"))
    message = text(told.get("message")) or text(error.get("name"))
    seen.fail(
        message,
        status if isinstance(status, int) else None,
        float(after) if after.isdigit() else None,
    )
    if error.get("name") == "ContextOverflowError":
        seen.failure = Failure(ErrorKind.MODEL, message)
