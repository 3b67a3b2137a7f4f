"""Prices: the packaged table, the user's own file before it, and None where nobody knows."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.port import Usage
from phantom.agents.pricing import OwnPrices, Prices
from phantom.errors import StartupError

TABLE = Prices()
OWN = {
    "date": "2026-11-01",
    "models": [
        {"model": "Mine-*", "input": 1, "output": 4, "cache_read": 0.5, "cache_write": 2},
        {
            "model": "claude-sonnet-5-5",
            "provider": "https://gateway.test/v1",
            "input": 3,
            "output": 9,
        },
    ],
}
USAGES = st.builds(Usage, **{kind: st.integers(0, 10**7) for kind in Usage.model_fields})


def test_each_kind_of_token_has_its_own_price() -> None:
    """What was read from the cache is cheap, what was written to it is dear."""
    usage = Usage(input=1_000_000, output=100_000, cache_read=2_000_000, cache_write=1_000_000)
    assert 2 + 1 + 2 * 0.1 + 2.5 == pytest.approx(TABLE.cost("claude-sonnet-5-5", usage))


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("no-such-model", None),
        ("claude-of-next-year", "anthropic"),
        ("gpt-5.2", "no-such-provider"),
        ("gpt-5.2", "http://127.0.0.1:8000/v1"),
    ],
)
def test_what_is_not_known_costs_none(model: str, provider: str | None) -> None:
    """Never 0: a model of one's own may cost anything."""
    assert TABLE.cost(model, Usage(input=1), provider) is None
    assert TABLE.listed(model, provider) is None


def test_a_base_address_names_its_provider() -> None:
    """The same model at its maker's address and by its maker's name."""
    usage = Usage(input=1000, output=1000)
    by_name = TABLE.cost("gpt-5.2", usage, "openai")
    assert by_name is not None
    assert by_name == TABLE.cost("gpt-5.2", usage, "https://api.openai.com/v1")


def test_many_short_requests_do_not_pay_for_a_long_one() -> None:
    """Where prompts over 200,000 tokens are dearer, each request counts for itself."""
    usage = Usage(input=1_000_000)
    model = "gemini-2.5-pro"
    assert 1.25 == pytest.approx(TABLE.cost(model, usage, "google", requests=100))
    assert 2.5 == pytest.approx(TABLE.cost(model, usage, "google"))


@given(USAGES, st.integers(1, 50))
def test_a_flat_price_does_not_depend_on_the_number_of_requests(usage: Usage, n: int) -> None:
    """The mean request, taken as often as there were requests, is the whole."""
    whole = TABLE.cost("claude-sonnet-5-5", usage)
    assert whole == pytest.approx(TABLE.cost("claude-sonnet-5-5", usage, requests=n), abs=1e-6)


@given(USAGES, USAGES)
def test_more_tokens_never_cost_less(one: Usage, other: Usage) -> None:
    """By the table and by a file of one's own."""
    both = Usage(**{kind: n + getattr(other, kind) for kind, n in one})
    for prices, model in ((TABLE, "gpt-5.2"), (Prices(OwnPrices.model_validate(OWN)), "mine-2")):
        assert (prices.cost(model, one) or 0) <= (prices.cost(model, both) or 0)


@pytest.mark.parametrize("suffix", [".json", ".toml"])
def test_a_file_of_ones_own_goes_before_the_table(tmp_path: Path, suffix: str) -> None:
    """In both forms, with its own date; what it leaves out is the table's."""
    file = tmp_path / f"prices{suffix}"
    file.write_text(json.dumps(OWN) if suffix == ".json" else _toml())
    prices = Prices.read(file)
    usage = Usage(input=1_000_000, output=1_000_000, cache_read=1_000_000, cache_write=1_000_000)
    assert 1 + 4 + 0.5 + 2 == prices.cost("mine-7b", usage)
    assert 3 + 9 + 3 + 3 == prices.cost("Claude-Sonnet-5-5", usage, "https://gateway.test/v1")
    assert TABLE.cost("claude-sonnet-5-5", usage) == prices.cost("claude-sonnet-5-5", usage)
    assert "2026-11-01" == str(prices.as_of("mine-7b"))
    assert TABLE.as_of("gpt-5.2") == prices.as_of("gpt-5.2")


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.toml", "date = ", "is no valid file"),
        ("a.json", "{", "is no valid file"),
        ("a.json", '{"models": []}', "is wrong at date"),
        ("a.json", '{"date": "2026-11-01", "models": [{"model": "m", "input": 1}]}', "output"),
        ("a.toml", "date = 2026-11-01\nmodels = []\nmodel = 1", "is wrong at model"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    """Before anything is priced by it."""
    (tmp_path / name).write_text(text)
    with pytest.raises(StartupError, match=sentence):
        Prices.read(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere is a mistake, not an empty table."""
    with pytest.raises(StartupError, match=r"cannot be read"):
        Prices.read(tmp_path / "none.toml")


def _toml() -> str:
    tables = [
        "[[models]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in model.items())
        for model in OWN["models"]
        if isinstance(model, dict)
    ]
    return "\n".join(["date = 2026-11-01", *tables])
