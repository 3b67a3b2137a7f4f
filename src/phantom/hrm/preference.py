"""In which order agents are preferred: a pure function of the strategy and of what they did.

What an agent did is shrunk towards a stated prior, so that one lucky call decides nothing, and an
agent without a record stands where its kind is supposed to. docs/switching.md has the table.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from phantom.hrm.config import Strategy
from phantom.vocabulary import AgentType, TaskType

MAP = {
    TaskType.SECURITY: AgentType.CLAUDE,
    TaskType.ARCHITECTURE: AgentType.CLAUDE,
    TaskType.BULK_ANALYSIS: AgentType.GEMINI,
    TaskType.GITHUB_WORKFLOW: AgentType.COPILOT,
    TaskType.CODE_GENERATION: AgentType.GEMINI,
    TaskType.DEBUGGING: None,
}
"""The reference's map from kind of task to agent; None means that experience decides."""
STRENGTH = 4.0
"""As many calls the priors are worth."""
CHANCE = 0.5
"""Supposed share of an agent's iterations that the gate accepts."""
MAPPED_CHANCE = 0.6
"""The same for the agent that the map names, and for Claude where quality goes first."""
SECONDS = 90.0
"""Supposed length of a call."""
DOLLARS = 0.06
"""Supposed cost of a call."""
SUPPOSED_DOLLARS = {
    AgentType.GEMINI: 0.03,
    AgentType.GOOGLE: 0.03,
    AgentType.CLAUDE: 0.12,
    AgentType.ANTHROPIC: 0.12,
}
"""The same for those whose prices differ from the others'; assumptions, not measurements."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Record:
    """What an agent's last calls came to.

    Attributes:
        calls: that came to their own end; 0 for no record.
        rounds: of them, those whose iteration was evaluated.
        accepted: of these, those that the gate accepted.
        seconds: that the calls took, added up.
        priced: calls whose cost is known, and `dollars` what these cost together.
        last: when the last one began.
    """

    calls: int = 0
    rounds: int = 0
    accepted: int = 0
    seconds: float = 0.0
    priced: int = 0
    dollars: float = 0.0
    last: datetime = NEVER


NO_RECORD = Record()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent that can be chosen."""

    agent_id: str
    agent_type: AgentType
    record: Record = NO_RECORD


@dataclass(frozen=True, slots=True)
class Ask:
    """What agents are wanted for.

    Attributes:
        ceiling: US dollars that the task may cost.
        limit: seconds that it may take.
    """

    task_type: TaskType
    requires_security: bool = False
    ceiling: float = 5.0
    limit: float = 1800.0


@dataclass(frozen=True, slots=True)
class Preference:
    """How the agents are taken.

    Attributes:
        order: their ids, the best first.
        held_back: those among them that have no record while others have one.
    """

    order: tuple[str, ...] = ()
    held_back: tuple[str, ...] = field(default=())


def prefer(
    strategy: Strategy, candidates: Sequence[Candidate], ask: Ask, *, experimental: bool
) -> Preference:
    """The order in which `candidates`, given in order of connection, are taken.

    A task that requires security goes to Claude. The embedded agent comes last: what it can do,
    others can, and it is there where nobody else is. Without `experimental` agents that never came
    to the end of a call come after those that did.
    """
    value = _VALUES[strategy]
    tried = any(each.record.calls and not _embedded(each) for each in candidates)
    held_back = [
        each.agent_id
        for each in candidates
        if tried and not experimental and not each.record.calls and not _exempt(each, ask)
    ]
    ranked = sorted(
        candidates,
        key=lambda each: (
            not (ask.requires_security and each.agent_type is AgentType.CLAUDE),
            _embedded(each),
            each.agent_id in held_back,
            value(each, ask),
            each.agent_type != MAP[ask.task_type],
        ),
    )
    return Preference(tuple(each.agent_id for each in ranked), tuple(held_back))


def chance(candidate: Candidate, ask: Ask, *, favourite: AgentType | None = None) -> float:
    """Chance in (0, 1) that the gate accepts an iteration of the agent."""
    named = candidate.agent_type in {favourite, MAP[ask.task_type]} - {None}
    supposed = MAPPED_CHANCE if named else CHANCE
    record = candidate.record
    return (record.accepted + STRENGTH * supposed) / (record.rounds + STRENGTH)


def dollars(candidate: Candidate) -> float:
    """What a call is expected to cost; 0 for the embedded agent."""
    if _embedded(candidate):
        return 0.0
    supposed = SUPPOSED_DOLLARS.get(candidate.agent_type, DOLLARS)
    record = candidate.record
    return (record.dollars + STRENGTH * supposed) / (record.priced + STRENGTH)


def seconds(candidate: Candidate) -> float:
    """How long a call is expected to take."""
    record = candidate.record
    return (record.seconds + STRENGTH * SECONDS) / (record.calls + STRENGTH)


def _balanced(candidate: Candidate, ask: Ask) -> float:
    """Chance of success, less the shares of the money and of the time that a call takes."""
    spent = dollars(candidate)
    money = spent / ask.ceiling if ask.ceiling > 0 else float(spent > 0)
    return -(chance(candidate, ask) - money - seconds(candidate) / max(1.0, ask.limit))


_Value = Callable[[Candidate, Ask], float]
_VALUES: Mapping[Strategy, _Value] = {
    Strategy.COST_OPTIMIZED: lambda candidate, _: dollars(candidate),
    Strategy.SPEED_OPTIMIZED: lambda candidate, _: seconds(candidate),
    Strategy.QUALITY_FIRST: lambda candidate, ask: (
        -chance(candidate, ask, favourite=AgentType.CLAUDE)
    ),
    Strategy.ADAPTIVE: _balanced,
    Strategy.MANUAL: _balanced,
    Strategy.ROUND_ROBIN: lambda candidate, _: (candidate.record.last - NEVER).total_seconds(),
}
"""The least comes first; of equals the map's agent, then in order of connection."""


def _embedded(candidate: Candidate) -> bool:
    return candidate.agent_type is AgentType.LOCAL


def _exempt(candidate: Candidate, ask: Ask) -> bool:
    security = ask.requires_security and candidate.agent_type is AgentType.CLAUDE
    return _embedded(candidate) or security
