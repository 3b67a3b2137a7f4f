"""An agent that speaks ACP, in a cage: it finds its program and its login, and no other home."""

from pathlib import Path

import pytest

from phantom import processes
from phantom.agents.cli import Program, connect
from phantom.agents.cli.runner import CliAgent
from phantom.agents.connections import Connection
from phantom.agents.port import AgentRequest, Clocks, Finished
from phantom.agents.pricing import Prices
from phantom.credentials.keys import KeyStore
from phantom.db.database import Database
from phantom.vocabulary import AgentType, ConnectionType, TaskType
from tests.support.caged import BACKENDS, sandbox

# Answers each request by its method, and tells what it sees as the words of its answer.
AGENT = """#!/bin/sh
cd "$(dirname "$0")" && . ./part.sh
while read -r line; do
    number=${line#*\\"id\\": }; number=${number%%,*}
    case $line in
    *session/new*) result='{"sessionId": "s-1"}' ;;
    *session/prompt*)
        seen="$part, $(cat "$HOME/.gemini/oauth_creds.json"), $(ls OTHER 2>/dev/null | wc -l)"
        echo '{"method": "session/update", "params": {"update": {"sessionUpdate":' \\
            '"agent_message_chunk", "content": {"type": "text", "text": "'"$seen"'"}}}}'
        result='{"stopReason": "end_turn"}' ;;
    *) result='{}' ;;
    esac
    echo '{"id": '"$number"', "result": '"$result"'}'
done
"""


@pytest.fixture(params=BACKENDS)
def agent(tmp_path: Path, request: pytest.FixtureRequest) -> CliAgent:
    """Its program by a link, behind which its parts lie; a login where gemini keeps it."""
    caged = sandbox(request.param, Path.home())
    installed, linked = tmp_path / "lib" / "agent", tmp_path / "bin" / "agent"
    for directory in (installed, linked.parent, tmp_path / "workspace", tmp_path / "scratch"):
        directory.mkdir(parents=True)
    (installed / "part.sh").write_text("part=whole\n")
    (installed / "agent").write_text(AGENT.replace("OTHER", str(Path.home() / "private")))
    (installed / "agent").chmod(0o755)
    linked.symlink_to(installed / "agent")
    for name in (".gemini/oauth_creds.json", "private/key"):
        (Path.home() / name).parent.mkdir(parents=True, exist_ok=True)
        (Path.home() / name).write_text("login")
    connection = Connection(
        agent_id="gemini_acp",
        agent_name="Gemini",
        agent_type=AgentType.GEMINI,
        connection_type=ConnectionType.LOCAL,
    )
    return connect(
        connection,
        program=Program((str(linked), "--acp"), acp=True),
        keys=KeyStore(Database(f"sqlite:///{tmp_path / 'none.db'}"), tmp_path),
        journals=tmp_path / "calls",
        homes=tmp_path / "homes",
        sandbox=caged,
        prices=Prices(),
    )


async def test_it_sees_its_program_its_login_and_no_other_home(
    agent: CliAgent, tmp_path: Path
) -> None:
    """Though it has no key, for which the whole home would be shown outside of a cage."""
    request = AgentRequest(
        call_id="t/1/1-1",
        task_id=f"acp-{tmp_path.name}",
        task_type=TaskType.DEBUGGING,
        iteration=1,
        prompt="Look.",
        workspace=tmp_path / "workspace",
        scratch=tmp_path / "scratch",
        clocks=Clocks(idle=20, wall=60),
    )
    try:
        *_, ended = [event async for event in agent.run(request)]
    finally:
        await processes.sweep(mark=request.mark)

    assert isinstance(ended, Finished), ended
    assert "whole, login, 0" == ended.content
