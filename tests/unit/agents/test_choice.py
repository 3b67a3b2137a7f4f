"""Who takes a call: the one asked for, else the map's, else whoever can."""

import pytest

from phantom.agents.choice import FirstAble, Situation
from phantom.agents.port import AgentRequest, Finished
from phantom.agents.scripted import ScriptedAgent
from phantom.errors import NoAgentAvailable
from phantom.vocabulary import AgentType, TaskType


def agent(agent_id: str, agent_type: AgentType) -> ScriptedAgent:
    """An agent that would do nothing."""

    def script(_request: AgentRequest) -> list[Finished]:
        return [Finished(content="")]

    return ScriptedAgent(script, agent_id=agent_id, agent_type=agent_type)


LOCAL = agent("local", AgentType.LOCAL)
CLAUDE = agent("claude_main", AgentType.CLAUDE)
GEMINI = agent("gemini_main", AgentType.GEMINI)
OPENAI = agent("openai_main", AgentType.OPENAI)
ALL = (LOCAL, OPENAI, GEMINI, CLAUDE)
POLICY = FirstAble()


def test_the_order_of_preference_decides_where_nobody_is_asked_for() -> None:
    """Who is not in it comes after those who are, in order of connection."""
    order = ("claude_main", "gemini_main")
    situation = Situation(task_type=TaskType.DEBUGGING, order=order)
    assert CLAUDE is POLICY.choose(situation, ALL)
    assert LOCAL is POLICY.choose(situation, [LOCAL, OPENAI])


@pytest.mark.parametrize("name", ["openai_main", "openai"])
def test_who_is_asked_for_is_taken(name: str) -> None:
    """By the name of the connection or by the type."""
    assert OPENAI is POLICY.choose(Situation(task_type=TaskType.SECURITY, requested=name), ALL)


def test_who_has_failed_is_not_asked_again() -> None:
    """The next one is, until nobody is left."""
    tried = ("local", "gemini_main", "openai_main")
    situation = Situation(task_type=TaskType.BULK_ANALYSIS, tried=tried)
    assert CLAUDE is POLICY.choose(situation, ALL)
    with pytest.raises(NoAgentAvailable, match="phantom doctor"):
        POLICY.choose(Situation(task_type=TaskType.DEBUGGING, tried=("local",)), [LOCAL])


def test_an_absent_agent_is_named_with_those_that_are_there() -> None:
    """So that the user sees the slip of the pen."""
    with pytest.raises(NoAgentAvailable, match=r"'claud' is not connected.*claude_main"):
        POLICY.choose(Situation(task_type=TaskType.DEBUGGING, requested="claud"), ALL)
    with pytest.raises(NoAgentAvailable, match="connected: none"):
        POLICY.choose(Situation(task_type=TaskType.DEBUGGING, requested="claude"), [])


def test_nobody_connected_is_said_so() -> None:
    """With the remedy."""
    with pytest.raises(NoAgentAvailable, match="No agent can take a debugging task"):
        POLICY.choose(Situation(task_type=TaskType.DEBUGGING), [])
