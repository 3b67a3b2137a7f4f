"""Gemini CLI: `gemini`."""

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
from phantom.agents.cli.seen import Failure, Seen, kind_of_status
from phantom.agents.port import AgentEvent, ErrorKind, TextDelta, Usage

_EDITS = {"write_file", "replace"}
_OUTSIDE = "Path not in workspace"
# The exit status is that of HTTP modulo 256; these are the program's own.
_BY_EXIT = {status % 256: status for status in (400, 401, 403, 413, 429, 500, 502, 503, 504, 529)}
_UNTRUSTED, _NO_AUTHENTICATION = 55, 41


class Gemini(CommandLine):
    """Success only by `result` with `status` success; the exit status tells the kind of failure."""

    name = "gemini"
    package = "@google/gemini-cli"
    tested = ("0.61.0", "0.61.0")
    host = "generativelanguage.googleapis.com"
    login = Login(
        file=".gemini/oauth_creds.json",
        linked=".gemini/oauth_creds.json",
        variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        how="run `gemini` and log in with Google",
    )

    def invocation(self, call: Call) -> Invocation:
        """The repository is not trusted: its hooks and servers would run else."""
        request = call.request
        mode = "plan" if request.read_only else "auto_edit"
        return Invocation(
            [
                *("--output-format", "stream-json", "--approval-mode", mode, "--skip-trust"),
                *(["-m", request.model] if request.model else []),
                *(("--resume" if call.resumed else "--session-id"), call.session),
            ],
            {
                "GEMINI_CLI_HOME": str(call.home),
                "GEMINI_CLI_NO_RELAUNCH": "true",
                **({"GEMINI_API_KEY": call.key} if call.key else {}),
                **({"GOOGLE_GEMINI_BASE_URL": call.endpoint} if call.endpoint else {}),
            },
            {
                ".gemini/settings.json": {
                    "security": {"auth": {"selectedType": _auth(call)}},
                    "general": {
                        "maxAttempts": 1,
                        "retryFetchErrors": False,
                        "enableAutoUpdate": False,
                    },
                    "privacy": {"usageStatisticsEnabled": False},
                    "telemetry": {"enabled": False},
                }
            },
        )

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """What it says after its last use of a tool is the answer."""
        match line.get("type"):
            case "init":
                seen.session, seen.model = text(line.get("session_id")), text(line.get("model"))
            case "message" if line.get("role") == "assistant":
                seen.words.append(text(line.get("content")))
                yield TextDelta(text=seen.words[-1])
            case "tool_use":
                seen.steps += 1
                seen.words.clear()
                yield from _tool(line, seen)
            case "tool_result":
                path = seen.pending.pop(text(line.get("tool_id")), None)
                error = obj(line.get("error"))
                outside = text(error.get("message")).startswith(_OUTSIDE)
                if outside or error.get("type") == "policy_violation":
                    seen.refusals.append("an editing tool" if path else "a tool")
                elif path and line.get("status") == "success":
                    yield seen.edited(path)
            case "error" if line.get("severity") == "error":
                seen.fail(text(line.get("message")))
            case "result":
                _result(line, seen)
            case _:
                pass

    def judge(self, seen: Seen, ended: Ended, scratch: Path) -> None:
        """The best evidence there is of why it failed, where it did."""
        status = _BY_EXIT.get(ended.status or 0)
        if seen.failure is not None and status:
            kind = kind_of_status(status)
            seen.failure = Failure(kind, seen.failure.message)
        elif ended.status in {_UNTRUSTED, _NO_AUTHENTICATION}:
            denied = ended.status == _UNTRUSTED
            kind = ErrorKind.DENIED if denied else ErrorKind.AUTH
            seen.failure = Failure(kind, ended.last_words)
        else:
            super().judge(seen, ended, scratch)


def _auth(call: Call) -> str:
    login = call.key is None and (call.home / Gemini.login.linked).exists()
    return "oauth-personal" if login else "gemini-api-key"


def _tool(line: Json, seen: Seen) -> Iterator[AgentEvent]:
    tool, given = text(line.get("tool_name")), obj(line.get("parameters"))
    path = text(given.get("file_path"))
    if tool in _EDITS and path:
        seen.pending[text(line.get("tool_id"))] = path
    yield seen.used(tool, seen.relative(path) or text(given.get("pattern")))


def _result(line: Json, seen: Seen) -> None:
    stats = obj(line.get("stats"))
    seen.usage = Usage(
        input=count(stats.get("input")),
        output=count(stats.get("output_tokens")),
        cache_read=count(stats.get("cached")),
    )
    seen.model = next(
        (name for name, used in obj(stats.get("models")).items() if count(obj(used).get("input"))),
        seen.model,
    )
    if line.get("status") == "success":
        seen.done, seen.failure = True, None
    else:
        said = text(obj(line.get("error")).get("message"))
        if seen.failure is None:
            seen.fail(said or "gemini ended with an error that it did not explain")
