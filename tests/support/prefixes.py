"""How much of a prompt a provider has seen before, from its first token on."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

_ORDER = ("tools", "system", "instructions", "systemInstruction", "messages", "input", "contents")
"""What a prompt is made of, in the order in which providers cache it."""


def unchanged(bodies: Sequence[dict[str, Any]], earlier: Iterable[dict[str, Any]]) -> float:
    """The share of all the prompts in `bodies` that begins one seen before it, 0 to 1.

    Counted in characters of what the model is told; tokens are about as many everywhere in it.
    """
    seen = [_prompt(body) for body in earlier]
    shared = total = 0
    for body in bodies:
        prompt = _prompt(body)
        shared += max((_common(prompt, each) for each in seen), default=0)
        total += len(prompt)
        seen.append(prompt)
    return shared / total


def _common(one: str, other: str) -> int:
    """How many characters they begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _prompt(body: dict[str, Any]) -> str:
    """Without the marks for the cache, which move and are no part of the prompt."""
    parts = [json.dumps(_bare(body[name]), sort_keys=True) for name in _ORDER if name in body]
    return "\n".join(part.rstrip("]") for part in parts)


def _bare(value: object) -> object:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k != "cache_control"}
    return [_bare(each) for each in value] if isinstance(value, list) else value
