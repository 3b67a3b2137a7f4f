"""Health and metrics of the system (reference section 8)."""

import asyncio
from datetime import datetime
from enum import StrEnum
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from phantom import __version__
from phantom.api.instruments import CONTENT_TYPE, Instruments
from phantom.api.problems import Problem
from phantom.api.services import Services, Wired
from phantom.clock import utc_now
from phantom.db.database import is_out_of_reach
from phantom.errors import NotFound
from phantom.events.remote_bus import RemoteBus
from phantom.hrm.config import PrometheusMetrics
from phantom.hrm.service import Target

router = APIRouter(prefix="/api", tags=["system"])


class Link(StrEnum):
    """How a server that Phantom depends on is reached."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_CONFIGURED = "not_configured"


class SandboxName(StrEnum):
    """What agents and tests are caged by."""

    BUBBLEWRAP = "bubblewrap"
    LANDLOCK = "landlock"
    NONE = "none"


class Health(BaseModel):
    """How the server is; `degraded` where a configured server does not answer, or tasks wait."""

    status: Literal["healthy", "degraded"]
    database: Link
    redis: Link
    langfuse: Link
    sandbox: SandboxName
    short_of: str | None = Field(
        description="What the machine has too little of for a task to begin; null for nothing."
    )
    timestamp: datetime
    version: str


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"model": Health, "description": "The database does not answer"}},
)
async def system_health(services: Wired, response: Response) -> Health:
    """Whether the database, Redis and Langfuse answer, and tasks begin."""
    answers = await services.database.ping()
    database = Link.CONNECTED if answers else Link.DISCONNECTED
    redis, langfuse = _redis(services), _langfuse(services)
    short = await services.machinery.room.lack()
    degraded = short is not None or Link.DISCONNECTED in {database, redis, langfuse}
    response.status_code = 200 if answers else 503
    return Health(
        status="degraded" if degraded else "healthy",
        database=database,
        redis=redis,
        langfuse=langfuse,
        sandbox=SandboxName(services.sandbox.name),
        short_of=short,
        timestamp=utc_now(),
        version=__version__,
    )


def _redis(services: Services) -> Link:
    if not services.settings.redis_url:
        return Link.NOT_CONFIGURED
    bus = services.store.bus
    return Link.CONNECTED if isinstance(bus, RemoteBus) and bus.connected else Link.DISCONNECTED


def _langfuse(services: Services) -> Link:
    traces = services.machinery.traces
    if not traces.configured:
        return Link.NOT_CONFIGURED
    return Link.CONNECTED if traces.connected else Link.DISCONNECTED


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        404: {"model": Problem, "description": "Switched off"},
    },
)
async def prometheus_metrics(request: Request, services: Wired) -> Response:
    """Everything that is counted, in Prometheus' text format."""
    instruments = request.app.state.instruments
    assert isinstance(instruments, Instruments)
    switches = await _switches(services)
    if not switches.enabled:
        raise NotFound(
            "Metrics are switched off (`prometheus_metrics.enabled` of the server's configuration)."
        )
    await instruments.standing.refresh(switches.export_interval)
    text = await asyncio.to_thread(instruments.exposition)
    return Response(text, media_type=CONTENT_TYPE)


async def _switches(services: Services) -> PrometheusMetrics:
    """What the server's configuration says; the default where it cannot be read just now."""
    try:
        return (await services.hrm.in_force(Target())).applied.config.prometheus_metrics
    except Exception as error:  # that the database is gone is what the metrics have to tell
        if not is_out_of_reach(error):
            raise
        return PrometheusMetrics()
