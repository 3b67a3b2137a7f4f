"""Tells whoever works on a call elsewhere that it is not wanted any more; nobody waits for it."""

import asyncio

import structlog

from phantom.agents.port import WorksElsewhere

_SECONDS = 10.0
_log = structlog.get_logger(__name__)
_under_way: set[asyncio.Task[None]] = set()  # asyncio itself would let go of them


def call_off(agent: object, call_id: str) -> None:
    """Begin to tell the agent, where it is one that has to be told; returns at once."""
    if isinstance(agent, WorksElsewhere):
        task = asyncio.create_task(_told(agent, call_id))
        _under_way.add(task)
        task.add_done_callback(_under_way.discard)


async def _told(agent: WorksElsewhere, call_id: str) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await agent.call_off(call_id)
    except Exception as error:  # noqa: BLE001 - here the call is over, whatever becomes of it there
        _log.warning("a call could not be called off", call_id=call_id, error=str(error))
