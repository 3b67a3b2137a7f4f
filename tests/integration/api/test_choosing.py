"""Answering the question which agent goes on, over HTTP."""

import httpx

from phantom.db import models
from tests.support import rows
from tests.support.api import Edge

CANDIDATE = {
    "agent_id": "claude_main",
    "agent_type": "claude",
    "calls": 3,
    "accepted": 0.5,
    "seconds": 12.0,
    "cost": None,
}
QUESTION = {
    "key": "2-1",
    "iteration": 2,
    "reason": "quality_drop",
    "candidates": [CANDIDATE],
    "asked_at": "2026-11-27T12:00:00Z",
    "agent_id": None,
}


async def test_a_question_is_shown_and_answered_once(edge: Edge, asking: httpx.AsyncClient) -> None:
    """With what is known of the candidates; a second answer and a stranger's name are refused."""
    task = await rows.stored_task(edge.services.database, status="in_progress")
    path = f"/api/tasks/{task.id}/choose-agent"
    nobodys = f"/api/tasks/{models.new_id()}/choose-agent"
    unknown = await asking.post(nobodys, json={"agent_id": "claude_main"})
    early = await asking.post(path, json={"agent_id": "claude_main"})
    async with edge.services.database.write() as session:
        (await session.get_one(models.Task, task.id)).question = QUESTION

    shown = (await asking.get(f"/api/tasks/{task.id}")).json()["question"]
    stranger = await asking.post(path, json={"agent_id": "gemini"})
    chosen = await asking.post(path, json={"agent_id": "claude_main"})
    again = await asking.post(path, json={"agent_id": "claude_main"})

    told = {name: QUESTION[name] for name in ("iteration", "reason", "candidates", "asked_at")}
    assert told == shown
    assert [404, 409, 400, 200, 409] == [
        each.status_code for each in (unknown, early, stranger, chosen, again)
    ]
    assert "choose one of claude_main" in stranger.json()["detail"]
    assert "does not wait" in again.json()["detail"]
