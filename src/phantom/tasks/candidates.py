"""The candidates of an iteration: how each ended, by its call and the record of its evaluation."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from phantom.db import models
from phantom.ledger import ledger
from phantom.orchestration.assess import IterationResult
from phantom.orchestration.standing import recorded
from phantom.orchestration.steps import Recorded


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several calls that were made at the same time.

    Attributes:
        result: None where it was not evaluated, since its call failed or is under way.
        kept: the iteration goes on with its work.
    """

    letter: str
    call: models.AgentCall
    result: IterationResult | None
    kept: bool

    @property
    def quality(self) -> float | None:
        """In [0, 1]; None where it was not measured."""
        return None if self.result is None else self.result.quality

    @property
    def cost(self) -> float | None:
        """US dollars; None where it is not known."""
        return ledger.dollars(self.call.cost_micros)


def candidates(
    calls: Sequence[models.AgentCall], records: Mapping[str, Recorded]
) -> Mapping[int, Sequence[Candidate]]:
    """The candidates by the number of their iteration; none where one call was made alone."""
    found: defaultdict[int, list[Candidate]] = defaultdict(list)
    for call in calls:
        if is_candidate(call):
            letter = call.call_id[-1]
            result = recorded(records, call.iteration, letter)
            chosen = recorded(records, call.iteration)
            kept = result is not None and chosen is not None and result.commit == chosen.commit
            found[call.iteration].append(Candidate(letter, call, result, kept))
    return found


def cached(calls: Sequence[models.AgentCall], iteration: int) -> str | None:
    """`exact` or `near` where the iteration's work was given again, None where it was made."""
    for call in calls:
        how = ((call.terminal or {}).get("metadata") or {}).get("cached")
        if call.iteration == iteration and isinstance(how, str):
            return how
    return None


def is_candidate(call: models.AgentCall) -> bool:
    """Whether the call was one of several at the same time."""
    return call.call_id[-1].isalpha()
