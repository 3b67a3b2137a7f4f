"""Claude Code: `claude`."""

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
from phantom.agents.cli.seen import Seen
from phantom.agents.port import AgentEvent, TextDelta, Usage

_READING, _EDITING = "Read,Glob,Grep", "Read,Edit,Write,Glob,Grep"
_PATHS = {"Write": "file_path", "Edit": "file_path", "NotebookEdit": "notebook_path"}


class Claude(CommandLine):
    """One JSON object a line; success only by a `result` without `is_error`."""

    name = "claude"
    package = "@anthropic-ai/claude-code"
    tested = ("2.1.330", "2.1.330")
    host = "api.anthropic.com"
    login = Login(
        file=".claude/.credentials.json",
        linked=".credentials.json",
        variables=("CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_API_KEY"),
        how="run `claude` and log in with /login",
    )

    def invocation(self, call: Call) -> Invocation:
        """Settings of the repository are not loaded: hooks, servers and addresses stand there."""
        request = call.request
        session = "--resume" if call.resumed else "--session-id"
        budget = [] if request.budget is None or call.resumed else ["--max-budget-usd"]
        return Invocation(
            [
                *("-p", "--output-format", "stream-json", "--verbose"),
                *("--include-partial-messages", "--permission-mode", "acceptEdits"),
                *("--setting-sources", "user", "--strict-mcp-config", session, call.session),
                *("--tools", _READING if request.read_only else _EDITING),
                *(["--model", request.model] if request.model else []),
                *(budget and [*budget, str(request.budget)]),
            ],
            {
                "CLAUDE_CONFIG_DIR": str(call.home),
                "CLAUDE_CODE_MAX_RETRIES": "0",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
                "CLAUDE_CODE_DISABLE_FILE_MENTIONS": "1",
                "DISABLE_AUTOUPDATER": "1",
                **({"ANTHROPIC_API_KEY": call.key} if call.key else {}),
                **({"ANTHROPIC_BASE_URL": call.endpoint} if call.endpoint else {}),
            },
        )

    def read(self, line: Json, seen: Seen) -> Iterator[AgentEvent]:
        """Text comes in pieces; a tool's use is told whole, and counts once its result is in."""
        match line.get("type"):
            case "system" if line.get("subtype") == "init":
                seen.session, seen.model = text(line.get("session_id")), text(line.get("model"))
            case "stream_event":
                yield from _streamed(obj(line.get("event")), seen)
            case "assistant":
                if line.get("error"):
                    seen.fail(_said(line), _status(line.get("api_error_status")))
                yield from _tools(line, seen)
            case "user":
                for result in each(obj(line.get("message")).get("content")):
                    path = seen.pending.pop(text(result.get("tool_use_id")), None)
                    if path and not result.get("is_error"):
                        yield seen.edited(path)
            case "result":
                _result(line, seen)
            case _:
                pass


def _streamed(event: Json, seen: Seen) -> Iterator[AgentEvent]:
    if event.get("type") == "content_block_delta":
        if piece := text(obj(event.get("delta")).get("text")):
            yield TextDelta(text=piece)
    elif event.get("type") == "message_delta":
        # The only figures that survive a run that is killed: `assistant` lines tell the beginning.
        seen.steps += 1
        used, sofar = obj(event.get("usage")), seen.usage
        yield seen.counted(
            Usage(
                input=sofar.input + count(used.get("input_tokens")),
                output=sofar.output + count(used.get("output_tokens")),
                cache_read=sofar.cache_read + count(used.get("cache_read_input_tokens")),
                cache_write=sofar.cache_write + count(used.get("cache_creation_input_tokens")),
            )
        )


def _tools(line: Json, seen: Seen) -> Iterator[AgentEvent]:
    for block in each(obj(line.get("message")).get("content")):
        if block.get("type") == "tool_use":
            name, given = text(block.get("name")), obj(block.get("input"))
            path = text(given.get(_PATHS.get(name, "file_path")))
            if name in _PATHS and path:
                seen.pending[text(block.get("id"))] = path
            yield seen.used(name, seen.relative(path) if path else text(given.get("pattern")))


def _result(line: Json, seen: Seen) -> None:
    # `total_cost_usd` and `modelUsage` are of the whole session, over all resumes; this is not.
    models = [obj(figures) for figures in obj(line.get("model_usage_since_last_result")).values()]
    if models:
        seen.usage = Usage(
            input=sum(count(model.get("inputTokens")) for model in models),
            output=sum(count(model.get("outputTokens")) for model in models),
            cache_read=sum(count(model.get("cacheReadInputTokens")) for model in models),
            cache_write=sum(count(model.get("cacheCreationInputTokens")) for model in models),
        )
        # For a model that it does not know it prints a guess.
        if all(model.get("costBasis") == "list" for model in models):
            seen.cost = sum(float(str(model.get("costUSD") or 0)) for model in models)
    seen.refusals += [
        text(denied.get("tool_name")) for denied in each(line.get("permission_denials"))
    ]
    if line.get("subtype") == "success" and line.get("is_error") is False:
        # A stream that was cut and then repeated was reported as an error in between.
        seen.done, seen.failure, seen.words = True, None, [text(line.get("result"))]
    elif seen.failure is None:
        errors = line.get("errors")
        said = "; ".join(map(str, errors)) if isinstance(errors, list) else ""
        seen.fail(
            said or text(line.get("result")) or text(line.get("subtype")),
            _status(line.get("api_error_status")),
        )


def _said(line: Json) -> str:
    blocks = each(obj(line.get("message")).get("content"))
    return " ".join(text(block.get("text")) for block in blocks)


def _status(value: object) -> int | None:
    return value if isinstance(value, int) else None
