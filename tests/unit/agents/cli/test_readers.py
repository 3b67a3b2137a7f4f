"""What the lines of each command line amount to: small samples here, the recorded corpus beside it.

The samples are from runs against the provider of these tests. `PHANTOM_AGENT_OUTPUT` may name a
directory of recordings, `CLI/CASE.jsonl` with an `index.json`; without it those tests are skipped.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from phantom.agents.call_directory import Ended
from phantom.agents.cli import COMMANDS
from phantom.agents.cli.acp import Acp
from phantom.agents.cli.command import CommandLine, Json
from phantom.agents.cli.seen import Failure, Seen, kind_of_status, kind_of_words
from phantom.agents.port import AGENT_EVENT, AgentEvent, ErrorKind, FileEdit, Usage
from phantom.vocabulary import AgentType

BY_NAME: dict[str, CommandLine] = {command.name: command for command in COMMANDS}
ACP = Acp(AgentType.CURSOR, ("agent", "acp"))
RECORDED = Path(os.environ.get("PHANTOM_AGENT_OUTPUT", "/nonexistent"))
W = Path("/workspace")


def read(
    command: CommandLine,
    lines: Iterable[Json],
    *,
    status: int | None = 0,
    errors: str = "",
    scratch: Path = W,
) -> tuple[Seen, list[AgentEvent]]:
    """What was seen once it has ended."""
    seen = Seen(W)
    events: list[AgentEvent] = []
    for line in lines:
        events += command.read(line, seen)
    for complaint in errors.splitlines():
        command.complain(complaint, seen)
    command.judge(seen, Ended(status, b"", errors), scratch)
    return seen, events


def claude_result(**more: JsonValue) -> Json:
    """The last line of a run that succeeded."""
    figures: Json = {
        "inputTokens": 600,
        "outputTokens": 100,
        "cacheReadInputTokens": 400,
        "costUSD": 0.00342,
        "costBasis": "list",
    }
    line: Json = {
        "type": "result",
        "subtype": "success",
        "is_error": False,
        "result": "Done.",
        "total_cost_usd": 0.01026,
        "permission_denials": [],
        "model_usage_since_last_result": {"claude-sonnet-4-5": figures},
    }
    return {**line, **more}


def test_claudes_cost_is_that_of_the_run_and_no_guess() -> None:
    """Its total is of the whole session; for a model that it does not know it prints a guess."""
    seen, _ = read(BY_NAME["claude"], [claude_result()])
    assert (0.00342, Usage(input=600, output=100, cache_read=400)) == (seen.cost, seen.usage)

    guessed: Json = {"own-model": {"inputTokens": 1, "costUSD": 7.0, "costBasis": "unknown"}}
    seen, _ = read(BY_NAME["claude"], [claude_result(model_usage_since_last_result=guessed)])
    assert (True, None) == (seen.done, seen.cost)


def test_claudes_success_with_an_error_is_an_error() -> None:
    """`subtype` says success to a 401, too."""
    line = claude_result(is_error=True, api_error_status=401, result="Failed to authenticate.")
    seen, _ = read(BY_NAME["claude"], [line], status=1)
    assert not seen.done
    assert Failure(ErrorKind.AUTH, "Failed to authenticate.") == seen.failure


def test_codex_is_not_done_by_an_error_that_it_recovers_from() -> None:
    """`error` is a line like any other; only `turn.failed` is the end."""
    error: Json = {"type": "error", "message": "Reconnecting... 2/5 (stream disconnected)"}
    usage: Json = {"input_tokens": 1000, "cached_input_tokens": 400, "output_tokens": 100}
    seen, _ = read(BY_NAME["codex"], [error, {"type": "turn.completed", "usage": usage}])
    assert (True, None, None) == (seen.done, seen.failure, seen.stop)
    assert Usage(input=600, output=100, cache_read=400) == seen.total


def test_codex_retries_in_vain_where_we_cannot_forbid_it() -> None:
    """With the vendor's login its retries have no switch: so it is stopped."""
    error: Json = {"type": "error", "message": "Reconnecting... 1/5 (unexpected status 401)"}
    seen, _ = read(BY_NAME["codex"], [error])
    assert seen.stop is not None
    assert ErrorKind.AUTH is seen.stop.kind


def test_opencode_is_stopped_at_the_second_stream_that_breaks_off() -> None:
    """It would repeat such a step for ever, and each one is paid."""
    step: Json = {"type": "step_finish", "part": {"reason": "unknown", "tokens": {}}}
    once, _ = read(BY_NAME["opencode"], [step])
    twice, _ = read(BY_NAME["opencode"], [step, step])
    assert once.stop is None
    assert twice.stop is not None
    assert ErrorKind.STALLED is twice.stop.kind


def test_opencode_tells_in_its_log_that_it_tries_again() -> None:
    """Not of the title of a session, which nobody asked for."""
    log = 'level=ERROR message="stream error" providerID=p agent={} mode=primary error.error="{}"'
    title, _ = read(BY_NAME["opencode"], [], errors=log.format("title", "AI: rate limit exceeded"))
    limited, _ = read(BY_NAME["opencode"], [], errors=log.format("build", "AI: rate limit reached"))
    assert title.stop is None
    assert Failure(ErrorKind.RATE_LIMIT, "AI: rate limit reached") == limited.stop


def test_the_wait_that_opencode_was_told_is_kept() -> None:
    """Only its errors carry the provider's headers."""
    data: Json = {
        "message": "slow down",
        "statusCode": 429,
        "responseHeaders": {"retry-after": "7"},
    }
    error: Json = {"type": "error", "error": {"name": "APIError", "data": data}}
    seen, _ = read(BY_NAME["opencode"], [error], status=1)
    assert Failure(ErrorKind.RATE_LIMIT, "slow down", 7.0) == seen.failure


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (145, ErrorKind.AUTH),
        (173, ErrorKind.RATE_LIMIT),
        (17, ErrorKind.OVERLOADED),
        (144, ErrorKind.MODEL),
        (1, ErrorKind.ERROR),
    ],
)
def test_geminis_exit_status_is_that_of_http(status: int, kind: ErrorKind) -> None:
    """Modulo 256; its words are often of no use."""
    line: Json = {"type": "result", "status": "error", "error": {"message": "[API Error]"}}
    seen, _ = read(BY_NAME["gemini"], [line], status=status)
    assert seen.failure is not None
    assert kind is seen.failure.kind


def test_copilots_tokens_are_those_of_its_session(tmp_path: Path) -> None:
    """In a file of its own, over all resumes."""
    used = {"inputTokens": 3000, "outputTokens": 300, "cacheReadTokens": 1200}
    metrics = {"modelMetrics": {"m": {"usage": used}}}
    (tmp_path / "copilot-usage.json").write_text(json.dumps(metrics))
    seen, _ = read(BY_NAME["copilot"], [{"type": "result", "exitCode": 0}], scratch=tmp_path)
    assert (True, Usage(input=1800, output=300, cache_read=1200)) == (seen.done, seen.total)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {
                "inputTokens": 2000,
                "outputTokens": 200,
                "totalTokens": 2200,
                "cachedReadTokens": 800,
            },
            Usage(input=1200, output=200, cache_read=800),
        ),
        (
            {"inputTokens": 600, "outputTokens": 100, "totalTokens": 1100, "cachedReadTokens": 400},
            Usage(input=600, output=100, cache_read=400),
        ),
    ],
)
def test_cached_tokens_count_once_in_acp(usage: Json, expected: Usage) -> None:
    """Some agents tell them among the input, some beside it."""
    answer: Json = {"result": {"stopReason": "end_turn", "usage": usage}}
    seen, _ = read(ACP, [{"to": "session/prompt", "message": answer}])
    assert (True, expected) == (seen.done, seen.usage)


def test_an_end_of_turn_without_any_use_after_an_error_is_an_error() -> None:
    """So copilot says that a key is wrong."""
    said: Json = {"type": "text", "text": "Error: Authentication failed (HTTP 401)."}
    update: Json = {"sessionUpdate": "agent_message_chunk", "content": said}
    chunk: Json = {"message": {"method": "session/update", "params": {"update": update}}}
    answer: Json = {"to": "session/prompt", "message": {"result": {"stopReason": "end_turn"}}}
    seen, _ = read(ACP, [chunk, answer])
    assert seen.failure is not None
    assert (False, ErrorKind.AUTH) == (seen.done, seen.failure.kind)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("We're currently experiencing high demand", ErrorKind.OVERLOADED),
        ("exceeded retry limit, last status: 429 Too Many Requests", ErrorKind.RATE_LIMIT),
        ("Quota exceeded. Check your plan and billing details.", ErrorKind.RATE_LIMIT),
        ("Codex ran out of room in the model's context window.", ErrorKind.MODEL),
        ("Missing environment variable: `KEY`.", ErrorKind.AUTH),
        ("Not logged in · Please run /login", ErrorKind.AUTH),
        ("unexpected status 503 Service Unavailable", ErrorKind.OVERLOADED),
        ("claude native binary not installed", ErrorKind.NOT_INSTALLED),
        ("Request timed out.", ErrorKind.STALLED),
        ("stream disconnected before completion", ErrorKind.ERROR),
        ("wrote 500 lines and 429 words", ErrorKind.ERROR),
    ],
)
def test_words_tell_the_kind_where_there_is_no_status(words: str, kind: ErrorKind) -> None:
    """As the five and their providers were seen to say it."""
    assert kind is kind_of_words(words)


@given(status=st.integers(300, 599))
def test_every_status_has_a_kind(status: int) -> None:
    """And one that says that a provider is broken is never our fault."""
    assert (status >= 500) is (kind_of_status(status) is ErrorKind.OVERLOADED)


_NAMES = st.sampled_from(
    ["type", "message", "content", "item", "part", "data", "error", "usage", "tokens", "state",
     "stats", "event", "delta", "update", "params", "result", "to", "status", "arguments"]
) | st.text(max_size=4)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=8,
)
_TYPES = st.sampled_from(
    ["system", "stream_event", "assistant", "user", "result", "item.completed", "turn.completed",
     "turn.failed", "error", "message", "tool_use", "tool_result", "step_finish", "text",
     "tool.execution_complete", "model.call_failure", "session.error", "session/prompt"]
)  # fmt: skip


@given(line=st.dictionaries(_NAMES, _JSON, max_size=5), kind=_TYPES)
def test_no_line_breaks_a_reader(line: Json, kind: str) -> None:
    """Whatever a later version prints, under any name: it is read, or passed over."""
    for command in (*COMMANDS, ACP):
        seen, events = read(command, [line | {"type": kind}], status=None)
        assert all(event == AGENT_EVENT.validate_python(event.model_dump()) for event in events)
        assert seen.usage.total >= 0


KINDS = {
    "auth_error": ErrorKind.AUTH,
    "forbidden": ErrorKind.AUTH,
    "logged_out": ErrorKind.AUTH,
    "missing_key": ErrorKind.AUTH,
    "rate_limit": ErrorKind.RATE_LIMIT,
    "rate_limit_retry_after": ErrorKind.RATE_LIMIT,
    "quota_exhausted": ErrorKind.RATE_LIMIT,
    "overloaded": ErrorKind.OVERLOADED,
    "server_error": ErrorKind.OVERLOADED,
    "model_not_found": ErrorKind.MODEL,
    "context_too_long": ErrorKind.MODEL,
    "prompt_too_long": ErrorKind.MODEL,
    "hang_api_timeout": ErrorKind.STALLED,
}
SUCCEEDED = ("success_edit", "resume_2_resumed", "resume_1_first", "readonly_edit_refused")
# The log was not recorded, and nothing else tells of what opencode tries again without a word.
UNTOLD = {("opencode", "quota_exhausted"), ("opencode", "server_error")}


def recorded(cli: str, case: str) -> tuple[Seen, list[AgentEvent]]:
    """A recording as our reader sees it; skips where there is none."""
    path = RECORDED / cli / f"{case}.jsonl"
    if not RECORDED.is_dir():
        pytest.skip("NO RECORDINGS: PHANTOM_AGENT_OUTPUT names no directory of them")
    if not path.is_file() or (cli, case) in UNTOLD:
        pytest.skip(f"{cli} has no such case")
    index = json.loads((RECORDED / "index.json").read_text())[cli][case]
    status = index["exit_code"]
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.startswith("{")]
    return read(
        BY_NAME[cli],
        lines,
        status=128 - status if status < 0 else status,
        errors=index["stderr"],
    )


@pytest.mark.parametrize("cli", list(BY_NAME))
@pytest.mark.parametrize("case", list(KINDS))
def test_recorded_failures_have_their_kind(cli: str, case: str) -> None:
    """Whether it was stopped at the first sign, or told it in the end."""
    seen, _ = recorded(cli, case)
    failure = seen.stop or seen.failure
    assert failure is not None
    assert (False, KINDS[case]) == (seen.done, failure.kind), failure.message


@pytest.mark.parametrize("cli", list(BY_NAME))
@pytest.mark.parametrize("case", SUCCEEDED)
def test_recorded_successes_are_some(cli: str, case: str) -> None:
    """With an edit told where one was made."""
    seen, events = recorded(cli, case)
    assert (True, None, None) == (seen.done, seen.failure, seen.stop)
    assert "Done." in "".join(seen.words)
    if case == "success_edit":
        assert FileEdit(path="hello.txt") in events


@pytest.mark.parametrize("cli", list(BY_NAME))
@pytest.mark.parametrize(
    "case", ["killed_midway", "hang_sigterm", "hang_sigint", "hang_sigkill", "stream_dropped"]
)
def test_a_recorded_run_that_was_cut_is_no_success(cli: str, case: str) -> None:
    """Exit status 0 or not; claude alone made good for a stream that broke off."""
    seen, _ = recorded(cli, case)
    assert seen.done is ((cli, case) == ("claude", "stream_dropped"))


@pytest.mark.parametrize("cli", ["claude", "copilot", "opencode"])
def test_a_recorded_refusal_is_seen(cli: str) -> None:
    """And no edit is; codex and gemini do not tell theirs in this case."""
    seen, events = recorded(cli, "denied_edit")
    assert seen.done
    assert seen.refusals
    assert not seen.edits
    assert not any(isinstance(event, FileEdit) for event in events)
