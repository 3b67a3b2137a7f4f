"""What tokens cost: a file of the user's own first, then the table of the package `genai-prices`.

The table is the one inside the installed package; nothing is downloaded. It is loaded at the first
question (half a second, 60 MB): on the event loop, await `ready` before `cost`.
"""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from phantom.agents.port import Usage
from phantom.clock import utc_now
from phantom.errors import StartupError
from phantom.importing import without_collector

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, PriceCalculation
    from genai_prices.types import Usage as Tokens

_MILLION = 1_000_000
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnPrice(_Checked):
    """Prices of a model, in US dollars per million tokens."""

    model: str = Field(min_length=1)
    """The model's name as it is asked for, or a pattern (`my-model-*`); case does not matter."""
    provider: str | None = None
    """Only where it is served by this provider: a name or a base address; unset, by any."""
    input: Dollars
    output: Dollars
    cache_read: Dollars | None = None
    """Unset, such tokens cost what other input does; the same holds for `cache_write`."""
    cache_write: Dollars | None = None

    def applies(self, model: str, provider: str | None) -> bool:
        """True where this is the price of the model at the provider."""
        return fnmatchcase(model.lower(), self.model.lower()) and self.provider in {None, provider}

    def cost(self, usage: Usage) -> float:
        """US dollars."""
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        return (
            usage.input * self.input
            + usage.output * self.output
            + usage.cache_read * read
            + usage.cache_write * write
        ) / _MILLION


class OwnPrices(_Checked):
    """The file: the first entry that applies counts."""

    date: date
    """The day on which these prices were right."""
    models: tuple[OwnPrice, ...]


@dataclass(frozen=True, slots=True)
class ListPrice:
    """A model's price list: US dollars per million tokens by kind of `Usage`, and its date."""

    per_million: Mapping[str, float]
    as_of: date


class Prices:
    """The prices in force."""

    def __init__(self, own: OwnPrices | None = None) -> None:
        self._own = own
        self._lists: dict[tuple[str, str | None], tuple[date, ListPrice | None]] = {}

    @classmethod
    def read(cls, path: Path | None) -> "Prices":
        """With the file at `path`, TOML or JSON. Raises StartupError where it is not as it should.

        The form is documented in docs/agents.md.
        """
        if path is None:
            return cls()
        try:
            raw = path.read_bytes()
            data = orjson.loads(raw) if path.suffix == ".json" else tomllib.loads(raw.decode())
            return cls(OwnPrices.model_validate(data))
        except OSError as error:
            raise StartupError(f"The price file {path} cannot be read: {error.strerror}.") from None
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise StartupError(
                f"The price file {path} is wrong at {where}: {first['msg']}. It needs `date` and "
                "`models` that have each `model`, `input` and `output` (US dollars per million)."
            ) from None
        except ValueError as error:
            raise StartupError(f"The price file {path} is no valid file: {error}.") from None

    async def ready(self) -> None:
        """Load the table in a thread, so that the event loop does not wait for it."""
        if not _table_date.cache_info().currsize:
            await asyncio.to_thread(_table_date)

    def cost(
        self, model: str, usage: Usage, provider: str | None = None, *, requests: int = 1
    ) -> float | None:
        """US dollars for the tokens, or None where the price is not known.

        `provider` is a name such as `anthropic`, or the base address that was asked; without it,
        the maker of the model. Where a long prompt has a dearer price, each request counts for
        itself: of usage that was summed over several, `requests` says how many, and their mean
        decides.
        """
        if usage.total == 0:
            return 0.0
        if (own := self._own_price(model, provider)) is not None:
            return own.cost(usage)
        found = _in_table(model, usage, provider, requests)
        return None if found is None else float(found.total_price * requests)

    def listed(self, model: str, provider: str | None = None) -> ListPrice | None:
        """The list of one model, for prompts of any usual length; None where it is not known.

        Looked up once a day, since prices have days on which they come into force.
        """
        today = utc_now().date()
        day, known = self._lists.get((model, provider), (date.min, None))
        if day != today:
            known = self._looked_up(model, provider)
            self._lists[model, provider] = today, known
        return known

    def _looked_up(self, model: str, provider: str | None) -> ListPrice | None:
        kinds = {name: Usage(**{name: 1}) for name in Usage.model_fields}
        each = {name: self.cost(model, usage, provider) for name, usage in kinds.items()}
        # Rounded: the prices are short decimals, which the way through one token has bent.
        known = {name: round(cost * _MILLION, 6) for name, cost in each.items() if cost is not None}
        return ListPrice(known, self.as_of(model, provider)) if len(known) == len(kinds) else None

    def as_of(self, model: str, provider: str | None = None) -> date:
        """The date of a model's price: the own file's, where it stands there.

        The table has no date of its own; this is the day of the newest change of any price in it
        that has come into force.
        """
        if self._own is not None and self._own_price(model, provider) is not None:
            return self._own.date
        return _table_date()

    def _own_price(self, model: str, provider: str | None) -> OwnPrice | None:
        prices = () if self._own is None else self._own.models
        return next((price for price in prices if price.applies(model, provider)), None)


def _in_table(
    model: str, usage: Usage, provider: str | None, requests: int
) -> "PriceCalculation | None":
    from genai_prices import calc_price  # late: loading it takes half a second

    tokens = _tokens(usage, requests)
    try:
        if provider is not None and "://" in provider:
            found = calc_price(tokens, model, provider_api_url=provider)
        else:
            found = calc_price(tokens, model, provider_id=provider)
    except LookupError:
        return None
    return found if _prices_all(found.model_price, usage) else None


def _prices_all(price: "ModelPrice", usage: Usage) -> bool:
    """True where each kind that was used has a price; cached input falls back to input's."""
    needs_input = bool(usage.input or usage.cache_read or usage.cache_write)
    return (price.input_mtok is not None or not needs_input) and (
        price.output_mtok is not None or not usage.output
    )


def _tokens(usage: Usage, requests: int) -> "Tokens":
    """The mean request in the package's terms, whose input includes what was cached."""
    from genai_prices.types import Usage as Tokens  # late, for the same reason

    # Rounded, so that the sum of the parts is exactly the whole.
    unit = Decimal("0.000001")
    mean = {name: (Decimal(n) / requests).quantize(unit) for name, n in usage if n}
    read, write = mean.get("cache_read", Decimal(0)), mean.get("cache_write", Decimal(0))
    return Tokens(
        input_tokens=mean.get("input", Decimal(0)) + read + write,
        output_tokens=mean.get("output", Decimal(0)),
        cache_read_tokens=read,
        cache_write_tokens=write,
    )


@cache
def _table_date() -> date:
    with without_collector():  # which would hold the event loop up, though this is a thread
        from genai_prices.data_snapshot import get_snapshot  # late, for the same reason
        from genai_prices.types import StartDateConstraint

    today = utc_now().date()
    models = (model for provider in get_snapshot().providers for model in provider.models)
    prices = (model.prices for model in models if isinstance(model.prices, list))
    constraints = (each.constraint for several in prices for each in several)
    starts = (each.start_date for each in constraints if isinstance(each, StartDateConstraint))
    return max(start for start in starts if start <= today)
