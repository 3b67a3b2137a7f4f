"""What the tokens of a call would have cost at Claude's list price: the counterfactual."""

from collections import Counter

from phantom.agents.pricing import ListPrice, Prices

CLAUDE = "claude-sonnet-5-5"
"""The model whose list price is meant."""


async def claude_price(prices: Prices, *every: Counter[str]) -> ListPrice | None:
    """Claude's list price; None where none of the sums needs it, or the table does not know it."""
    if not any(sums["priced_calls"] for sums in every):
        return None  # the table is large, and most machines never look into it
    await prices.ready()
    return prices.listed(CLAUDE, "anthropic")


def at_list_price(sums: Counter[str], price: ListPrice) -> float:
    """Micro-dollars for the priced calls' tokens, each kind at its own price."""
    # US dollars per million tokens are micro-dollars per token.
    return sum(each * sums[f"priced_{kind}"] for kind, each in price.per_million.items())
