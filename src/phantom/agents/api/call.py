"""One call: turns of a model and its tools, until it calls none, in a journal that survives."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_ai.messages import InstructionPart, ModelMessage, ModelResponse, TextPart
from pydantic_ai.models import ModelRequestParameters

from phantom.agents.api.asking import Asking, Retries, Terms
from phantom.agents.api.conversation import (
    Opening,
    calls_of,
    done_in,
    dumped,
    loaded,
    messages_of,
    model_name,
    opening,
    returns,
)
from phantom.agents.api.failures import Trouble
from phantom.agents.api.journal import Answered, Asked, Begun, Done, Entry, Journal, Lost
from phantom.agents.api.meter import Meter
from phantom.agents.api.models import model_of, settings_of
from phantom.agents.api.target import Line, Target
from phantom.agents.api.tools.offered import Tools
from phantom.agents.port import (
    Activity,
    AgentEvent,
    AgentRequest,
    Failed,
    FileEdit,
    Finished,
    ToolUse,
    UsageReport,
)
from phantom.agents.prompts import render

if TYPE_CHECKING:
    from phantom.agents.api.agent import Surroundings

MAX_TURNS = 60
"""Requests of the model in one call; what stands in the workspace then is what is evaluated."""


async def go_on(
    request: AgentRequest, journal: Journal, line: Line, around: "Surroundings"
) -> AsyncGenerator[AgentEvent]:
    """The events of a call from where its journal stands; the last one is the terminal one."""
    target = line.target
    prompt = await asyncio.to_thread(render, request)
    begins = await asyncio.to_thread(opening, request, prompt, target, around.journals)
    tools = Tools(request, around.confine)
    parameters = ModelRequestParameters(
        function_tools=tools.definitions,
        instruction_parts=[InstructionPart(content=prompt.system)],
    )
    terms = Terms(
        target=target,
        model=await asyncio.to_thread(model_of, line),
        habits=line.habits,
        settings=settings_of(target),
        parameters=parameters,
    )
    call = _Call(
        request=request,
        journal=journal,
        target=target,
        asking=Asking(terms, around.retries or Retries()),
        tools=tools,
        meter=Meter(around.prices, target.model, target.provider),
    )
    async with aclosing(call.events(begins)) as events:
        async for event in events:
            yield event


GoOn = Callable[[AgentRequest, Journal, Line, "Surroundings"], AsyncGenerator[AgentEvent]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """Goes on from wherever its journal stands."""

    request: AgentRequest
    journal: Journal
    target: Target
    asking: Asking
    tools: Tools
    meter: Meter

    async def events(self, opening: Opening) -> AsyncGenerator[AgentEvent]:
        """What happens from here on; the last event is the terminal one."""
        entries = self.journal.entries
        if not any(isinstance(entry, Begun) for entry in entries):
            begun = Begun(model=model_name(self.target), messages=dumped(opening.messages))
            await self.journal.write(begun)
            if opening.why_anew:
                yield Activity(message=f"The conversation begins anew: {opening.why_anew}.")
        elif self._recount(entries):
            yield Activity(
                message="The server was stopped while the model was answering. The request is "
                "made again, and may be paid for twice."
            )
        async with aclosing(self._turns(messages_of(entries))) as turns:
            async for event in turns:
                yield event

    async def _turns(self, messages: list[ModelMessage]) -> AsyncGenerator[AgentEvent]:
        while self._turn < MAX_TURNS or isinstance(messages[-1], ModelResponse):
            if not isinstance(
                messages[-1], ModelResponse
            ):  # where a journal is taken up, it can be
                asked = self.asking.ask(messages, self.journal, self.meter)
                async with aclosing(asked) as events:
                    async for event in events:
                        yield event
                if (trouble := self.asking.trouble) is not None:
                    yield self._failed(trouble)
                    return
                messages.append(self.asking.given())
                yield UsageReport(usage=self.meter.usage)
            answer = messages[-1]
            if not calls_of(answer):
                yield self._finished(_words(answer))
                return
            async with aclosing(self._use(answer)) as used:
                async for event in used:
                    yield event
            returned = returns(answer, self._turn, self.journal.entries)
            assert returned is not None, "every tool that was called has answered"
            messages.append(returned)
            if self._spent():
                yield self._finished("[stopped: the call's budget is used up]", whole=False)
                return
        yield self._finished(f"[stopped after {MAX_TURNS} turns]", whole=False)

    async def _use(self, answer: ModelMessage) -> AsyncGenerator[AgentEvent]:
        """Do what an answer asks for, one tool after another; what is journalled is done."""
        done = done_in(self._turn, self.journal.entries)
        for place, call in enumerate(calls_of(answer)):
            if place in done:
                continue
            yield ToolUse(tool=call.tool_name[:100], summary=self.tools.summary(call))
            result = await self.tools.use(call)
            await self.journal.write(
                Done(
                    turn=self._turn,
                    place=place,
                    text=result.text,
                    changed=result.changed,
                    digest=result.digest,
                ),
                durable=False,
            )
            if result.changed is not None:
                yield FileEdit(path=result.changed)

    @property
    def _turn(self) -> int:
        """How many answers there are."""
        return sum(isinstance(entry, Answered) for entry in self.journal.entries)

    def _recount(self, entries: Sequence[Entry]) -> bool:
        """Count what an earlier server's part of the call used; true where a request was lost."""
        pending = False
        for entry in entries:
            match entry:
                case Asked():
                    self.meter.unmeasured += pending
                    pending = True
                case Answered():
                    pending = False
                    (answer,) = loaded([entry.message])
                    assert isinstance(answer, ModelResponse)
                    self.meter.count(answer)
                case Lost():
                    pending = False
                    self.meter.unmeasured += entry.billed
                case _:
                    pass
        self.meter.unmeasured += pending
        return pending

    def _spent(self) -> bool:
        cost, budget = self.meter.cost, self.request.budget
        return cost is not None and budget is not None and cost >= budget

    def _finished(self, content: str, *, whole: bool = True) -> Finished:
        """The end; only a conversation that came to its `whole` end can be continued."""
        return Finished(
            content=content,
            usage=self.meter.usage,
            cost=self.meter.cost,
            cost_source=self.meter.source,
            session_id=self.request.call_id if whole else None,
            metadata={"model": self.target.model, "turns": self._turn},
        )

    def _failed(self, trouble: Trouble) -> Failed:
        return Failed(
            kind=trouble.kind,
            message=trouble.message,
            usage=self.meter.usage,
            cost=self.meter.cost,
            cost_source=self.meter.source,
            retry_after=trouble.retry_after,
        )


def _words(answer: ModelMessage) -> str:
    """The text of an answer."""
    return "".join(part.content for part in answer.parts if isinstance(part, TextPart))
