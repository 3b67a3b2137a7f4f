"""Any agent that speaks the Agent Client Protocol on its standard input and output, by command."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.agents.cli import acp_bridge
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
from phantom.agents.cli.places import real
from phantom.agents.cli.seen import Failure, Seen
from phantom.agents.port import Activity, AgentEvent, ErrorKind, TextDelta, Usage
from phantom.vocabulary import AgentType

_REFUSED = re.compile(r"not in workspace|rejected|denied|not permitted", re.IGNORECASE)
_KEYS = {
    AgentType.CURSOR: "CURSOR_API_KEY",
    AgentType.CLAUDE: "ANTHROPIC_API_KEY",
    AgentType.COPILOT: "COPILOT_GITHUB_TOKEN",
    AgentType.GEMINI: "GEMINI_API_KEY",
    AgentType.OPENAI: "OPENAI_API_KEY",
}


def bridged() -> list[str]:
    """The program that speaks the protocol in our place."""
    return [sys.executable, "-IS", str(Path(acp_bridge.__file__))]


class Acp(CommandLine):
    """Success only by an answer to the prompt that says `end_turn`.

    Nothing is known of such an agent but its command, and of some where their login lies. Without a
    key it sees the user's own home, since a login may lie anywhere there; in a cage, what is known.
    """

    name = "acp"
    package = ""
    tested = ("1", "1")
    host = "api.cursor.com"
    login = Login(file="", linked="", variables=("CURSOR_API_KEY",), how="log in with its command")

    def __init__(
        self, agent_type: AgentType, command: tuple[str, ...], login: Login | None = None
    ) -> None:
        """`login` is where the login of this type's own command line lies, where it has one."""
        self.login = login or Acp.login
        self._variable = _KEYS.get(agent_type)
        self._command = command
        self.needs = command[:1]
        # Behind `env`, or an interpreter, stands the agent itself.
        self.runs = (*self.needs, *(part for part in command[1:] if part.startswith("/")))

    @property
    def install(self) -> str:
        """Only the operator knows where it comes from."""
        return "install it, or mend its command in the setting acp_commands"

    def invocation(self, call: Call) -> Invocation:
        """The bridge between files and the protocol."""
        mode = "read" if call.request.read_only else "edit"
        session = call.session if call.resumed else ""
        key = {self._variable: call.key} if self._variable and call.key else {}
        home = {} if call.key or call.caged else {"HOME": str(Path.home())}
        # Of those that speak it, opencode alone reads and writes settings in the workspace.
        own = {} if call.request.trusted else {"OPENCODE_DISABLE_PROJECT_CONFIG": "1"}
        place = [str(call.request.workspace), mode, session, str(call.whole)]
        # A cage shows a link as the file behind it, which then looks for its parts elsewhere.
        first = str(real(self._command[0])) if call.caged else self._command[0]
        return Invocation([*place, first, *self._command[1:]], home | key | own)

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """What the agent says, does, and may not do."""
        message = obj(line.get("message"))
        if rejected := text(line.get("rejected")):
            seen.refusals.append(rejected)
        match line.get("to"):
            case None:
                yield from _update(obj(obj(message.get("params")).get("update")), seen)
            case "session/prompt":
                _answered(message, seen)
            case "session/load" if "error" in message:
                pass  # the bridge begins a new session then
            case _:
                _fail(obj(message.get("error")), seen)
                session = obj(message.get("result")).get("sessionId")
                seen.session = text(session) or seen.session


def _update(update: Json, seen: Seen) -> Iterator[AgentEvent]:
    match update.get("sessionUpdate"):
        case "agent_message_chunk":
            yield from _words(text(obj(update.get("content")).get("text")), seen)
        case "tool_call" | "tool_call_update":
            yield from _tool(update, seen)
        case _:
            pass


def _words(piece: str, seen: Seen) -> Iterator[AgentEvent]:
    if piece.startswith("Error: "):
        seen.reason = piece.removeprefix("Error: ")
    if piece.startswith(("Error: ", "Info: ")):
        yield Activity(message=piece)
    elif piece:
        seen.words.append(piece)
        yield TextDelta(text=piece)


def _tool(update: Json, seen: Seen) -> Iterator[AgentEvent]:
    identifier, places = text(update.get("toolCallId")), each(update.get("locations"))
    path = next((text(place.get("path")) for place in places), "")
    if update.get("kind") == "edit" and path:
        seen.pending[identifier] = path
    if update.get("sessionUpdate") == "tool_call":
        seen.steps += 1
        seen.words.clear()
        yield seen.used(text(update.get("kind")) or "tool", text(update.get("title")))
    if update.get("status") == "failed" and any(map(_REFUSED.search, _said(update))):
        seen.refusals.append(text(update.get("kind")) or "a tool")
    if update.get("status") == "completed" and (changed := seen.pending.pop(identifier, None)):
        yield seen.edited(changed)


def _said(update: Json) -> Iterator[str]:
    for part in each(update.get("content")):
        yield text(obj(part.get("content")).get("text"))


def _answered(message: Json, seen: Seen) -> None:
    _fail(obj(message.get("error")), seen)
    result = obj(message.get("result"))
    used = obj(result.get("usage"))
    seen.usage = _usage(used, obj(obj(obj(result.get("_meta")).get("quota")).get("token_count")))
    stop = text(result.get("stopReason"))
    # copilot says `end_turn` to an error, too; what gives it away is that nothing was used.
    if seen.reason and not used:
        seen.fail(seen.reason)
    elif stop == "end_turn":
        seen.done = True
    elif stop == "cancelled":
        seen.failure = Failure(ErrorKind.CANCELLED, "The agent's turn was cancelled.")
    elif stop:
        seen.failure = Failure(ErrorKind.MODEL, f"The agent stopped before its end: {stop}.")


def _fail(error: Json, seen: Seen) -> None:
    if not error:
        return
    code, message = error.get("code"), text(error.get("message"))
    # gemini gives 500 to whatever it has no better code for.
    told = isinstance(code, int) and 400 <= code < 600 and code != 500
    seen.fail(message, code if told and isinstance(code, int) else None)


def _usage(used: Json, quota: Json) -> Usage:
    """Some tell cached tokens among the input, some beside it: the total says which."""
    inside, output = count(used.get("inputTokens")), count(used.get("outputTokens"))
    read, written = count(used.get("cachedReadTokens")), count(used.get("cachedWriteTokens"))
    if inside + output == count(used.get("totalTokens")):
        inside = max(0, inside - read - written)
    return Usage(
        input=inside or count(quota.get("input_tokens")),
        output=output or count(quota.get("output_tokens")),
        cache_read=read,
        cache_write=written,
    )
