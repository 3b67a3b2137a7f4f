"""One request of a model, with the one retry policy there is: the SDKs' own are off."""

import asyncio
import itertools
import random
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass

from pydantic_ai.direct import model_request, model_request_stream
from pydantic_ai.exceptions import UnexpectedModelBehavior
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings

from phantom.agents.api.conversation import dumped
from phantom.agents.api.failures import Trouble, flaw_of, trouble_of
from phantom.agents.api.journal import Answered, Asked, Journal, Lost
from phantom.agents.api.meter import Meter
from phantom.agents.api.target import Habits, Target
from phantom.agents.port import Activity, AgentEvent, ErrorKind, TextDelta

_TELL_CHARACTERS = 400
_TELL_SECONDS = 0.25
_LIFE_SECONDS = 10.0
MAX_TOLD = 100_000
"""Characters of a call's text that are told as it is written; the answer itself is whole."""


@dataclass(frozen=True, slots=True)
class Retries:
    """When a provider that is overloaded is asked again, within a call.

    The wait before retry n (from 0) is `first_seconds * 2**n`, times a random factor of 0.5 to
    1.5, so that clients that failed together do not come back together; a longer `Retry-After` is
    kept to, up to `longest_seconds`. Rate limits are not waited for here but reported.
    """

    count: int = 2
    first_seconds: float = 1.0
    longest_seconds: float = 20.0

    def wait(self, number: int, asked_for: float | None) -> float | None:
        """Seconds to wait before retry `number`, or None where it is not worth it."""
        if number >= self.count or (asked_for or 0.0) > self.longest_seconds:
            return None
        backoff: float = self.first_seconds * 2.0**number * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        return max(backoff, asked_for or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What stays the same in every request of a call."""

    target: Target
    model: Model
    habits: Habits
    settings: ModelSettings
    parameters: ModelRequestParameters


class Asking:
    """Asks a model within one call.

    Attributes:
        trouble: why the last request has no answer, or None where it has one.
    """

    def __init__(self, terms: Terms, retries: Retries) -> None:
        self._terms = terms
        self._retries = retries
        self._room = MAX_TOLD
        self._silent = False
        self._answer: ModelResponse | None = None
        self.trouble: Trouble | None = None

    async def ask(
        self, messages: list[ModelMessage], journal: Journal, meter: Meter
    ) -> AsyncGenerator[AgentEvent]:
        """The events of one request; afterwards there is an answer or `trouble`, and journalled."""
        for number in itertools.count():
            await journal.write(Asked(), durable=False)
            async with aclosing(self._once(messages)) as events:
                async for event in events:
                    yield event
            if self._answer is not None:
                await journal.write(Answered(message=dumped([self._answer])[0]))
                meter.count(self._answer)
                return
            assert self.trouble is not None
            journal.note(Lost(billed=self.trouble.billed))
            meter.unmeasured += self.trouble.billed
            wait = self._wait(number)
            if wait is None:
                return
            again = f"Asking again in {wait:.1f} s." if wait else "Asking again without a stream."
            yield Activity(message=f"{self.trouble.message} {again}")
            await asyncio.sleep(wait)

    def given(self) -> ModelResponse:
        """The answer of the last request, which had no trouble."""
        assert self._answer is not None
        return self._answer

    def _wait(self, number: int) -> float | None:
        """Seconds until the next try, None where there is none."""
        assert self.trouble is not None
        if self._silent:
            self._terms.habits.streams = False
            return 0.0
        if self.trouble.kind is not ErrorKind.OVERLOADED:
            return None
        return self._retries.wait(number, self.trouble.retry_after)

    async def _once(self, messages: list[ModelMessage]) -> AsyncGenerator[AgentEvent]:
        self._answer = self.trouble = None
        answer, streamed = None, self._terms.habits.streams
        try:
            if streamed:
                async with self._stream(messages) as stream:
                    async with aclosing(self._told(stream)) as events:
                        async for event in events:
                            yield event
                    answer = stream.get()
            else:
                answer = await model_request(
                    self._terms.model,
                    messages,
                    model_settings=self._terms.settings,
                    model_request_parameters=self._terms.parameters,
                )
        except Exception as error:  # noqa: BLE001 - three SDKs raise what they like; none is lost
            self.trouble = trouble_of(error, self._terms.target)
            # What pydantic-ai raises where nothing in the answer was an event.
            self._silent = streamed and isinstance(error, UnexpectedModelBehavior)
        else:
            self.trouble = flaw_of(answer, self._terms.target)
            self._answer = None if self.trouble else answer

    def _stream(
        self, messages: list[ModelMessage]
    ) -> AbstractAsyncContextManager[StreamedResponse]:
        return model_request_stream(
            self._terms.model,
            messages,
            model_settings=self._terms.settings,
            model_request_parameters=self._terms.parameters,
        )

    async def _told(self, stream: StreamedResponse) -> AsyncGenerator[AgentEvent]:
        """The text of a stream, in pieces that are worth an event; a sign of life without any."""
        clock = asyncio.get_running_loop().time
        waiting, since = "", clock()
        async for event in stream:
            waiting += _text(event)
            quiet = clock() - since
            if len(waiting) >= _TELL_CHARACTERS or (waiting and quiet >= _TELL_SECONDS):
                for told in self._within_room(waiting):
                    yield told
                waiting, since = "", clock()
            elif quiet >= _LIFE_SECONDS:
                yield Activity(message="The model is thinking, or writing what a tool shall do.")
                since = clock()
        for told in self._within_room(waiting):
            yield told

    def _within_room(self, text: str) -> list[AgentEvent]:
        shown = text[: self._room]
        self._room -= len(shown)
        return [TextDelta(text=shown)] if shown else []


def _text(event: ModelResponseStreamEvent) -> str:
    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return event.part.content
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return event.delta.content_delta
    return ""
