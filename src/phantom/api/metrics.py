"""Metrics (reference section 4): the dashboard, quality, cost, agents, performance.

`docs/formulas.md` has the formula of every figure.
"""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator

from phantom.api.kept import KeptRoute
from phantom.api.problems import InvalidRequest, Problem, Responses
from phantom.api.services import Wired
from phantom.metrics.figures import (
    AgentPerformance,
    CostReport,
    Dashboard,
    PerformanceReport,
    QualityDay,
)
from phantom.metrics.service import Period
from phantom.tasks.service import checked_id

router = APIRouter(prefix="/api/metrics", tags=["metrics"], route_class=KeptRoute)

_ERRORS: Responses = {
    400: {"model": InvalidRequest},
    404: {"model": Problem, "description": "No such project"},
}


def _day(given: object) -> object:
    """A moment stands for its day in UTC."""
    if isinstance(given, str) and "T" in given:
        moment = datetime.fromisoformat(given)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
    return given


Day = Annotated[date, BeforeValidator(_day), Query(ge=date(2000, 1, 1), le=date(2999, 12, 31))]
OfProject = Annotated[str | None, Query(description="Of one project; by default of all.")]
InPeriod = Annotated[Period, Query(description="The last so many days, today included.")]


@router.get("/dashboard", response_model=Dashboard)
async def dashboard(services: Wired) -> Dashboard:
    """Everything at a glance."""
    return await services.metrics.dashboard()


@router.get("/quality", response_model=list[QualityDay], responses=_ERRORS)
async def quality_metrics(
    services: Wired,
    *,
    project_id: OfProject = None,
    start_date: Day | None = None,
    end_date: Day | None = None,
) -> list[QualityDay]:
    """The quality of what was delivered, by day (UTC); by default of the last 30 days."""
    return await services.metrics.quality(_checked(project_id), start_date, end_date)


@router.get("/cost", response_model=CostReport, responses=_ERRORS)
async def cost_metrics(
    services: Wired, *, project_id: OfProject = None, period: InPeriod = Period.MONTH
) -> CostReport:
    """What was spent, in US dollars, and on each day."""
    return await services.metrics.cost(_checked(project_id), period)


@router.get("/agents", response_model=list[AgentPerformance], responses=_ERRORS)
async def agent_metrics(
    services: Wired, *, project_id: OfProject = None, period: InPeriod = Period.MONTH
) -> list[AgentPerformance]:
    """How the agents did."""
    return await services.metrics.agents(_checked(project_id), period)


@router.get("/performance", response_model=PerformanceReport, responses=_ERRORS)
async def performance_metrics(
    services: Wired, *, project_id: OfProject = None, period: InPeriod = Period.MONTH
) -> PerformanceReport:
    """How tasks went, and on each day on which one ended."""
    return await services.metrics.performance(_checked(project_id), period)


def _checked(project_id: str | None) -> str | None:
    return None if project_id is None else checked_id(project_id, "project")
