"""Signs and sentences are the reference's own."""

from phantom.hrm.basis import prior
from phantom.hrm.config import BALANCED
from phantom.hrm.estimator import Comparison, Estimate, Figure
from phantom.hrm.impact import Impact, impact, recommendations, warnings


def sure(value: float) -> Figure:
    """A figure within 10 % of itself."""
    return Figure(value, value * 0.9, value * 1.1)


def estimate(cost: float, seconds: float, quality: float, tokens: float) -> Estimate:
    """Figures of one configuration."""
    return Estimate(sure(cost), sure(seconds), sure(quality), sure(tokens))


def reference_sample() -> Impact:
    """What section 6.8 of the reference shows."""
    basis = prior().model_copy(update={"tasks": 40})
    sample = Comparison(estimate(2.5, 450, 0.87, 50_000), estimate(1.8, 315, 0.92, 30_000))
    return impact(sample, basis)


def test_the_reference_sample_has_the_reference_signs() -> None:
    """Cheaper is below 0, faster above 0, fewer tokens below 0."""
    found = reference_sample()

    changes = [found.cost, found.speed, found.quality, found.tokens]
    assert [-28.0, 30.0, 5.7, -40.0] == [round(each.change_percent, 1) for each in changes]
    assert [0.8] * 4 == [round(each.confidence, 6) for each in changes]


def test_the_estimate_in_fractions_turns_the_tokens_around() -> None:
    """`token_reduction` is above 0 where tokens are saved."""
    assert {
        "cost_change": -0.28,
        "speed_change": 0.3,
        "quality_change": 0.0575,
        "token_reduction": 0.4,
    } == reference_sample().summary()


def test_sentences_follow_from_the_figures() -> None:
    """The reference's two recommendations among them, and no warning."""
    found = reference_sample()

    said = recommendations(found)
    assert "Excellent cost optimization: 28% reduction predicted" in said
    assert "Speed improvement of 30% predicted" in said
    assert [] == warnings(found, BALANCED)


def test_the_other_way_round_is_warned_of() -> None:
    """Dearer, slower and worse, each in a sentence with its figure."""
    basis = prior().model_copy(update={"tasks": 40})
    worse = Comparison(estimate(1.8, 315, 0.92, 30_000), estimate(4.8, 450, 0.87, 50_000))
    found = impact(worse, basis)

    assert [] == recommendations(found)
    assert [
        "Cost rises by 167% to $4.80 a task",
        "Tasks take 43% longer: 450 s",
        "Quality falls by 5% to 0.87",
        "The cost ceiling of $5.00 may end tasks before they are done",
    ] == warnings(found, BALANCED)
