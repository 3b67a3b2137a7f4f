"""What the tokens of a call would have cost at Claude's list price: the counterfactual."""

from collections.abc import Mapping

# Claude Sonnet 5.5, US dollars per million tokens, which is micro-dollars per token, with cache
# writes for 5 minutes: https://platform.claude.com/docs/en/about-claude/pricing, 2026-09-28.
CLAUDE_LIST_PRICE: Mapping[str, float] = {
    "input": 2.0,
    "output": 10.0,
    "cache_read": 0.2,
    "cache_write": 2.5,
}


def at_claude_price(sums: Mapping[str, int]) -> float:
    """Micro-dollars for the priced calls' tokens, each kind at its own price."""
    return sum(price * sums[f"priced_{kind}"] for kind, price in CLAUDE_LIST_PRICE.items())
