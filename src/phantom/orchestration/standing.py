"""What a run stands at: which iteration goes on, and what the next agent is told of the others.

The best tree goes on. An iteration that made things worse is taken back before the next call, stays
inspectable, and is told of in one line, so that nobody tries the same again.
"""

from collections.abc import Mapping, Sequence

from phantom.evaluation.suggestions import cut
from phantom.hrm.gate import Tests
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.steps import Recorded
from phantom.security.redaction import redacted

MAX_TRIED = 3
"""Of so many iterations that were taken back the agent is told, the newest last."""
LONGEST_WORDS = 160
"""Characters of what an agent said, or a check found, in such a line."""
LONGEST_LINE = 900
"""Characters of a whole line."""
_FILES_NAMED = 5


def rank(result: IterationResult) -> tuple[bool, bool, float]:
    """What makes an iteration better than another, the weightiest first.

    Accepted before others; then one whose tests came to their end, since quality leaves out what
    was not measured; then by quality, and one without any last.
    """
    quality = -1.0 if result.quality is None else result.quality
    return result.decision.acceptable, result.tests is not Tests.BROKEN, quality


def to_go_on_from(iterations: Sequence[IterationResult]) -> IterationResult | None:
    """The iteration whose tree the next one starts from; of equals the later, which did no harm."""
    return max(iterations, key=lambda each: (rank(each), each.number), default=None)


def set_back_to(iterations: Sequence[IterationResult]) -> IterationResult | None:
    """The iteration that the files have to be set back to; None where they are in its state."""
    best = to_go_on_from(iterations)
    return None if best is None or best.commit == iterations[-1].commit else best


def feedback(iterations: Sequence[IterationResult]) -> tuple[str, ...]:
    """What the next agent is told: findings on the tree it starts from, then what was worse."""
    best = to_go_on_from(iterations)
    if best is None:
        return ()
    tried = taken_back(iterations)[-MAX_TRIED:]
    return (*best.suggestions, *(_told(each, best) for each in tried))


def taken_back(iterations: Sequence[IterationResult]) -> list[IterationResult]:
    """What was tried from the tree that goes on, and made it worse; oldest first."""
    best = to_go_on_from(iterations)
    if best is None:
        return []
    later = [each for each in iterations if each.number > best.number]
    return [each for each in later if each.commit != best.commit]


def recorded(
    records: Mapping[str, Recorded], iteration: int, candidate: str = ""
) -> IterationResult | None:
    """What the evaluation of an iteration, or of one of its candidates, came to by its record."""
    record = records.get(f"evaluate-{iteration}{candidate}")
    # The report beside it may be large, and is not looked at.
    if record is None or not isinstance(record.value, dict):
        return None
    return IterationResult.model_validate(record.value["result"])


def _told(worse: IterationResult, best: IterationResult) -> str:
    found = f"; then {_words(worse.suggestions[0])}" if worse.suggestions else ""
    said = _words(worse.call.content)
    words = f', in its own words: "{said}"' if said else ""
    line = redacted(
        f"Iteration {worse.number} by {worse.call.agent} was taken back, since it was worse than "
        f"iteration {best.number} (quality {_score(worse)} after {_score(best)}{found}). It "
        f"touched {_files(worse)}{words}. Do not try the same again."
    )
    return cut(line, LONGEST_LINE)


def _files(result: IterationResult) -> str:
    named = ", ".join(result.changed_files[:_FILES_NAMED])
    more = len(result.changed_files) - _FILES_NAMED
    return f"{named or 'no file'}{f' and {more} more' if more > 0 else ''}"


def _score(result: IterationResult) -> str:
    return "not measured" if result.quality is None else f"{result.quality:.2f}"


def _words(text: str) -> str:
    return cut(" ".join(redacted(text).split()), LONGEST_WORDS)
