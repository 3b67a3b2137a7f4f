"""The cage of an agent, from its request."""

from pathlib import Path

import pytest

from phantom.agents.caging import cage_of
from phantom.agents.port import AgentRequest
from phantom.security.sandbox import CODE_AS_CONFIGURATION
from phantom.vocabulary import TaskType

TREE, SCRATCH, STORE, LOGIN = map(Path, ("/w/tree", "/w/scratch", "/repo/objects", "/login"))


def request(task_type: TaskType, *, trusted: bool = False) -> AgentRequest:
    """A call in a workspace that borrows objects."""
    return AgentRequest(
        call_id="t/1/1-1", task_id="t", task_type=task_type, iteration=1, prompt="Do",
        workspace=TREE, scratch=SCRATCH, borrowed=(STORE,), trusted=trusted,
    )  # fmt: skip


def test_an_agent_writes_in_its_workspace_its_scratch_and_what_it_keeps() -> None:
    """The workspace first, since names in it are protected; borrowed objects are only read."""
    cage = cage_of(request(TaskType.DEBUGGING), network=True, writable=(LOGIN,))
    assert (TREE, SCRATCH, LOGIN) == cage.writable
    assert STORE in cage.readable
    assert (CODE_AS_CONFIGURATION, True) == (cage.read_only_inside, cage.network)


def test_a_task_that_changes_no_file_cannot() -> None:
    """Its workspace is there to be read."""
    cage = cage_of(request(TaskType.SECURITY), network=False)
    assert (SCRATCH,) == cage.writable
    assert TREE in cage.readable


@pytest.mark.parametrize("trusted", [True, False])
def test_only_a_trusted_project_lets_its_configuration_be_changed(*, trusted: bool) -> None:
    """Elsewhere it is read-only, also where it is absent."""
    cage = cage_of(request(TaskType.DEBUGGING, trusted=trusted), network=False)
    assert trusted == (cage.read_only_inside == ())
