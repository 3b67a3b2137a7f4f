"""What an API agent adds to a provider's latency, and how much of its prompts a cache can keep.

Run as `./dev bench api_agents`. The same pydantic-ai model over the same client is asked by a bare
loop and by agents, with the same messages and tools, by many conversations at once; a provider on
loopback, in a process of its own, thinks for a moment before each answer. An agent's turn holds in
addition: the tool that was called, the journal (one write to the disk for the answer, one for the
tool's result), the events, the price. The goals are 3 ms at the median and 15 ms at the 99th
percentile. The share of prompts is that of the second and third iteration of a task, in characters.
"""

import argparse
import asyncio
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    InstructionPart,
    ModelMessage,
    ModelRequest,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters

from phantom.agents.api import Surroundings, connect
from phantom.agents.api.models import model_of, settings_of, warm_up
from phantom.agents.api.target import Habits, Line, target_of
from phantom.agents.api.tools.offered import Tools
from phantom.agents.connections import Connection
from phantom.agents.port import AgentRequest, Usage, UsageReport
from phantom.security.outbound import Outbound
from phantom.vocabulary import AgentType, ConnectionType, TaskType

CALLS = 20
TURNS = 6
ROUNDS = 6
THINKING = 1.0
GOALS = (3.0, 15.0)
CONTEXT = "\n".join(f"src/module_{n}.py:{n}: def function_{n}() -> int: ..." for n in range(100))


class NoKeys:
    """The provider wants none."""

    async def resolve(self, reference: str, *, host: str) -> str:
        """Never asked."""
        raise LookupError(f"{reference} for {host}")


class OnePrice:
    """The same for every token."""

    async def ready(self) -> None:
        """Always so."""

    def cost(self, model: str, usage: Usage, provider: str | None = None) -> float | None:
        """A millionth of a dollar each."""
        del model, provider
        return usage.total / 1_000_000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--calls", type=int, default=CALLS, help="conversations at once")
    parser.add_argument("--thinking", type=float, default=THINKING, help="seconds of the provider")
    options = parser.parse_args()
    print(f"api_agents: Python {platform.python_version()}, ", end="")
    print(f"pydantic-ai {version('pydantic-ai-slim')}, openai {version('openai')}, ", end="")
    print(f"{options.calls} calls at once, {TURNS} turns each, the provider thinks ", end="")
    print(f"{options.thinking * 1000:.0f} ms")
    command = [sys.executable, "-m", "bench._api_provider", str(options.thinking), str(TURNS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as provider:
        try:
            assert provider.stdout is not None
            port = int(provider.stdout.readline())
            with tempfile.TemporaryDirectory(prefix="phantom-bench-") as directory:
                asyncio.run(measure(port, options.calls, Path(directory)))
        finally:
            provider.kill()


async def measure(port: int, calls: int, directory: Path) -> None:
    """Direct, through agents, and so on in turn; the best round of each counts, but the first."""
    outbound = Outbound()
    connection = Connection(
        agent_id="bench",
        agent_name="Bench",
        agent_type=AgentType.OPENAI,
        connection_type=ConnectionType.REMOTE,
        endpoint=f"http://127.0.0.1:{port}/v1",
        model="bench",
    )
    around = Surroundings(
        keys=NoKeys(),
        journals=directory / "journals",
        prices=OnePrice(),
        outbound=outbound,
        confine=lambda argv, _: list(argv),
    )
    warm_up()
    http = await outbound.client(connection.endpoint or "")
    line = Line(target_of(connection), None, http, Habits())
    print(f"{'one API call, ms':<24}{'p50':>9}{'p99':>9}{'calls':>9}")
    direct, ours = [], []
    for number in range(ROUNDS):
        requests = [_request(directory, number, each) for each in range(calls)]
        direct.append(_spread(await staggered([bare(line, each) for each in requests])))
        through = [agent(connection, around, each) for each in requests]
        ours.append(_spread(await staggered(through)))
    await outbound.aclose()
    least, most = min(direct[1:]), min(ours[1:])
    for name, (middle, late) in (("direct", least), ("through an agent", most)):
        print(f"{name:<24}{middle:>9.2f}{late:>9.2f}{calls * TURNS:>9}")
    added = (most[0] - least[0], most[1] - least[1])
    met = all(each <= goal for each, goal in zip(added, GOALS, strict=True))
    verdict = "met" if met else "MISSED"
    print(f"{'added':<24}{added[0]:>9.2f}{added[1]:>9.2f}   goal {GOALS}: {verdict}")


async def staggered(
    conversations: Sequence[Coroutine[None, None, list[float]]],
) -> list[list[float]]:
    """Begun evenly over the time of one answer: in life they do not keep step."""

    async def begun(number: int, one: Coroutine[None, None, list[float]]) -> list[float]:
        await asyncio.sleep(THINKING * number / len(conversations))
        return await one

    return await asyncio.gather(*(begun(*each) for each in enumerate(conversations)))


async def bare(line: Line, request: AgentRequest) -> list[float]:
    """Milliseconds of each request, asked in a loop that does nothing else."""
    model, taken = await asyncio.to_thread(model_of, line), []
    parameters = ModelRequestParameters(
        function_tools=Tools(request, lambda argv, _: list(argv)).definitions,
        instruction_parts=[InstructionPart(content="You work alone on one task. " * 60)],
    )
    messages: list[ModelMessage] = [ModelRequest(parts=[UserPromptPart(content=CONTEXT)])]
    for _ in range(TURNS):
        begun = time.perf_counter()
        async with model_request_stream(
            model,
            messages,
            model_settings=settings_of(line.target),
            model_request_parameters=parameters,
        ) as stream:
            async for _event in stream:
                pass
        taken.append((time.perf_counter() - begun) * 1000)
        answer = stream.get()
        messages.append(answer)
        called = [part for part in answer.parts if isinstance(part, ToolCallPart)]
        results = [
            ToolReturnPart(call.tool_name, "[no files]", call.tool_call_id) for call in called
        ]
        messages.append(ModelRequest(parts=results))
    return taken


async def agent(connection: Connection, around: Surroundings, request: AgentRequest) -> list[float]:
    """Milliseconds from each answer to the next, with all that an agent does in between."""
    taken, begun = [], time.perf_counter()
    async for event in connect(connection, around).run(request):
        if isinstance(event, UsageReport):
            now = time.perf_counter()
            taken.append((now - begun) * 1000)
            begun = now
    assert len(taken) == TURNS
    return taken[1:]  # before the first one stands what is done once in a call


def _request(directory: Path, number: int, each: int) -> AgentRequest:
    workspace = directory / f"workspace-{number}-{each}"
    workspace.mkdir()
    return AgentRequest(
        call_id=f"task/{number}/{each}/1",
        task_id="task",
        task_type=TaskType.CODE_GENERATION,
        iteration=1,
        prompt="Look around.",
        workspace=workspace,
        scratch=directory / "scratch",
        context=CONTEXT,
    )


def _spread(taken: list[list[float]]) -> tuple[float, float]:
    cuts = quantiles([each for call in taken for each in call], n=100)
    return cuts[49], cuts[98]


if __name__ == "__main__":
    main()
