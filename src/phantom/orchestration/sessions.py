"""Whether an agent's next call goes on in the session of its last one, or starts anew.

Going on is cheaper while the provider still has the conversation in its prompt cache, and better
while the conversation is healthy. A new start costs what it takes to read the repository again, and
leaves behind what went wrong. So a session is continued where the agent's last call of the run came
to its own end, not longer ago than providers keep a prefix. One that has grown too large fails by
itself, and the next call then starts anew.
"""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.agents.port import Finished, Outcome
from phantom.db import models
from phantom.orchestration.run import Run

KEPT = timedelta(minutes=5)
"""How long a prefix stays cached without being read: Anthropic's default, and the lower end of what
OpenAI states (platform.claude.com/docs and platform.openai.com/docs, prompt caching)."""

_LAST = (
    select(models.AgentCall)
    .where(
        models.AgentCall.task_id == bindparam("task_id"),
        models.AgentCall.attempt == bindparam("attempt"),
        models.AgentCall.agent == bindparam("agent"),
        models.AgentCall.started_at < bindparam("begun"),
    )
    .order_by(models.AgentCall.started_at.desc())
    .limit(1)
)


async def to_continue(session: AsyncSession, run: Run, call: models.AgentCall) -> str | None:
    """The agent's own id of the session that `call` goes on in, if any.

    The same answer whenever it is asked, so that a call that is taken up again is the same call.
    """
    begun = call.started_at
    asked = {"task_id": run.task_id, "attempt": run.attempt, "agent": call.agent, "begun": begun}
    last = await session.scalar(_LAST, asked)
    if last is None or last.state != "finished" or last.completed_at is None:
        return None
    if begun - last.completed_at > KEPT:
        return None
    if last.call_id[-1].isalpha():
        return None  # a candidate's: its session lies in a workspace that is gone
    ended = Finished.model_validate(last.terminal)
    return ended.session_id if ended.outcome is Outcome.DONE else None
