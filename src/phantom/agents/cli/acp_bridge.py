"""A program between Phantom and an agent that speaks the Agent Client Protocol (ACP).

The protocol needs a pipe in both directions, and a pipe dies with the server at its other end. So
this program holds it, and outlives the server; the prompt comes as a file, and what the agent sends
goes out as lines:

    {"to": METHOD, "message": ...}   an answer to what was asked of the agent
    {"message": ...}                 a notification of the agent's
    {"rejected": WHAT}               a permission that was asked for and not given

Run as a file, `python -IS acp_bridge.py WORKSPACE edit|read SESSION WHOLE COMMAND...`, it needs
nothing but the standard library. SESSION may be empty; where it cannot be gone on with, the file
WHOLE is the prompt instead. Protocol: agentclientprotocol.com, version 1.
"""

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

_LONGEST_LINE = 64_000_000
_LEAVING_SECONDS = 8.0
_QUIET_SECONDS = 0.7
_READING = {"read", "search", "think"}
_EDITING = {"edit", "delete", "move"}
_METHOD_NOT_FOUND = -32601

Message = dict[str, Any]  # JSON of another program: looked at field by field


class Bridge:
    """One session of one agent."""

    def __init__(self, agent: asyncio.subprocess.Process, workspace: Path, *, edits: bool) -> None:
        self._agent = agent
        self._workspace = workspace
        self._allowed = _READING | (_EDITING if edits else set())
        self._asked = 0
        self._kinds: dict[str, str] = {}
        self._silent = False

    async def serve(self, session: str, prompt: str, whole: Path) -> None:
        """Open a session, or go on with one, and give it the prompt."""
        hello = await self._ask(
            "initialize",
            protocolVersion=1,
            clientCapabilities={"fs": {"readTextFile": False, "writeTextFile": False}},
            clientInfo={"name": "phantom", "version": "1"},
        )
        methods = hello.get("result", {}).get("authMethods") or []
        if any(method.get("id") == "cursor_login" for method in methods):
            await self._ask("authenticate", methodId="cursor_login")
        place = {"cwd": str(self._workspace), "mcpServers": []}
        opened: Message = {"error": {}}
        if session:
            self._silent = True  # the history is told again
            opened = await self._ask("session/load", sessionId=session, **place)
            await self._hear_out()
            self._silent = False
            if "error" in opened:
                prompt = await asyncio.to_thread(whole.read_text, encoding="utf-8")
        if "error" in opened:
            opened = await self._ask("session/new", **place)
            session = opened.get("result", {}).get("sessionId", "")
        if "error" not in opened:
            told = [{"type": "text", "text": prompt}]
            await self._ask("session/prompt", sessionId=session, prompt=told)

    async def _hear_out(self) -> None:
        """Some tell the history after they have answered: go on once they have been quiet."""
        assert self._agent.stdout
        with contextlib.suppress(TimeoutError):
            while True:
                async with asyncio.timeout(_QUIET_SECONDS):
                    if not await self._agent.stdout.readline():
                        return

    async def _ask(self, method: str, **params: object) -> Message:
        """The answer to a request; what else the agent sends meanwhile is passed on."""
        self._asked += 1
        await self._send({"id": self._asked, "method": method, "params": params})
        assert self._agent.stdout
        while line := await self._agent.stdout.readline():
            try:
                message = json.loads(line)
            except ValueError:
                continue  # some print a greeting
            if not isinstance(message, dict):
                continue
            if "method" not in message and message.get("id") == self._asked:
                _say({"to": method, "message": message})
                return message
            await self._take(message)
        sys.exit(f"the agent ended before it answered {method}")

    async def _take(self, message: Message) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method == "session/update":
            update = params.get("update") or {}
            if update.get("toolCallId") and update.get("kind"):
                self._kinds[update["toolCallId"]] = update["kind"]
            if not self._silent:
                _say({"message": message})
        elif method == "session/request_permission":
            result = self._decide(params)
            await self._send({"id": message.get("id"), "result": {"outcome": result}})
        elif method and "id" in message:
            error = {"code": _METHOD_NOT_FOUND, "message": f"{method} is not supported"}
            await self._send({"id": message["id"], "error": error})

    def _decide(self, params: Message) -> Message:
        """Allowed is what stays in the workspace; a command could reach anything."""
        tool = params.get("toolCall") or {}
        kind = tool.get("kind") or self._kinds.get(tool.get("toolCallId", ""), "other")
        paths = [each.get("path") for each in tool.get("locations") or []]
        paths += [each["path"] for each in tool.get("content") or [] if each.get("path")]
        allowed = kind in self._allowed and bool(paths) and all(map(self._is_inside, paths))
        if not allowed:
            _say({"rejected": str(tool.get("title") or kind)})
        wanted = ("allow_once", "allow_always") if allowed else ("reject_once", "reject_always")
        options = {each.get("kind"): each.get("optionId") for each in params.get("options") or []}
        for choice in wanted:
            if choice in options:
                return {"outcome": "selected", "optionId": options[choice]}
        return {"outcome": "cancelled"}

    def _is_inside(self, path: object) -> bool:
        return isinstance(path, str) and (self._workspace / path).resolve().is_relative_to(
            self._workspace.resolve()
        )

    async def _send(self, message: Message) -> None:
        assert self._agent.stdin
        self._agent.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        # One that has ended is noticed where its answer is read, after what it still said.
        with contextlib.suppress(ConnectionError):
            await self._agent.stdin.drain()


def _say(line: Message) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def main(workspace: str, mode: str, session: str, whole: str, *command: str) -> int:
    """Serve one prompt; 0 once it is answered, whatever the answer is."""
    agent = await asyncio.create_subprocess_exec(
        *command,
        cwd=workspace,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    prompt = await asyncio.to_thread(sys.stdin.read)
    bridge = Bridge(agent, Path(workspace), edits=mode == "edit")
    await bridge.serve(session, prompt, Path(whole))
    assert agent.stdin
    agent.stdin.close()
    try:
        async with asyncio.timeout(_LEAVING_SECONDS):
            await agent.wait()
    except TimeoutError:
        agent.kill()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
