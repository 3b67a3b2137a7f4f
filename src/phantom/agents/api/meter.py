"""What a call used, each token once, and what that costs."""

from typing import Protocol

from pydantic_ai.messages import ModelResponse

from phantom.agents.port import Usage
from phantom.vocabulary import CostSource


class Prices(Protocol):
    """What tokens cost."""

    async def ready(self) -> None:
        """Load what is needed; `cost` does not block afterwards."""
        ...

    def cost(self, model: str, usage: Usage, provider: str | None = None) -> float | None:
        """US dollars for one request, None where they are not known."""
        ...


class Meter:
    """Adds up the answers of a call."""

    def __init__(self, prices: Prices, model: str, provider: str) -> None:
        self._prices = prices
        self._model = model
        self._provider = provider
        self._cost = 0.0
        self.usage = Usage()
        self.unmeasured = 0
        """Requests that may have cost something, nobody can say what."""

    def count(self, answer: ModelResponse) -> None:
        """Add an answer, or the part of one that came before it broke off."""
        used = usage_of(answer)
        cost = self._prices.cost(self._model, used, self._provider)
        if cost is None or answer.usage.unmeasured_requests:
            self.unmeasured += 1
        self._cost += cost or 0.0
        self.usage = Usage(
            input=self.usage.input + used.input,
            output=self.usage.output + used.output,
            cache_read=self.usage.cache_read + used.cache_read,
            cache_write=self.usage.cache_write + used.cache_write,
        )

    @property
    def cost(self) -> float | None:
        """US dollars so far; None once something of unknown cost is among it."""
        return None if self.unmeasured else self._cost

    @property
    def source(self) -> CostSource:
        """Where `cost` comes from."""
        return CostSource.UNKNOWN if self.unmeasured else CostSource.TABLE


def usage_of(answer: ModelResponse) -> Usage:
    """pydantic-ai's `input_tokens` holds the cached ones too, for every provider; ours do not."""
    usage = answer.usage
    cached = usage.cache_read_tokens + usage.cache_write_tokens
    return Usage(
        input=max(0, usage.input_tokens - cached),
        output=usage.output_tokens,
        cache_read=usage.cache_read_tokens,
        cache_write=usage.cache_write_tokens,
    )
