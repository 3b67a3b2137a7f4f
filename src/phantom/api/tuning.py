"""Tuning on demand: a better configuration, as far as a project's log can show one."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from phantom.api.hrm import CONFLICT, NOT_FOUND
from phantom.api.kept import KeptRoute
from phantom.api.problems import Problem, Responses
from phantom.api.schemas import ShortText
from phantom.api.services import Wired
from phantom.hrm.search import ENOUGH
from phantom.hrm.tuning import Tuned
from phantom.tasks.service import checked_id

router = APIRouter(prefix="/api/hrm", tags=["hrm"], route_class=KeptRoute)

_NOT_NOW: Responses = {503: {"model": Problem, "description": "The extra `tune` is missing"}}


class Tuning(BaseModel):
    """What a search for a better configuration came to."""

    detail: str = Field(description="The same in a sentence.")
    tasks: int = Field(description="Ended tasks of the project that could be compared.")
    best_params: dict[str, dict[str, float | int]] = Field(
        description="The fields to change, by section; empty where nothing is claimed."
    )
    improvement: float | None = Field(
        description="Mean over the newest 30 % of the tasks, in shares of the utility; null "
        "where there are too few tasks to tell."
    )
    interval: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        description="80 %, of the improvement: low and high."
    )
    preset_id: UUID | None = Field(
        description="The proposal, to be applied like any preset; null where nothing is claimed."
    )

    @classmethod
    def of(cls, tuned: Tuned) -> Self:
        """The view of a search."""
        answer = tuned.answer
        return cls(
            detail=_sentence(tuned),
            tasks=answer.tasks,
            best_params=answer.best if answer.claimed else {},
            improvement=answer.improvement,
            interval=None if answer.interval is None else list(answer.interval),
            preset_id=None if tuned.preset_id is None else UUID(tuned.preset_id),
        )


@router.post("/optimize", response_model=Tuning, responses=NOT_FOUND | CONFLICT | _NOT_NOW)
async def optimize_hrm_config(
    services: Wired,
    *,
    project_id: Annotated[ShortText, Query(description="The project whose log is searched in.")],
) -> Tuning:
    """Search for a better configuration and propose it as a preset; nothing is applied."""
    return Tuning.of(await services.tuning.optimize(checked_id(project_id, "project")))


def _sentence(tuned: Tuned) -> str:
    answer = tuned.answer
    if answer.improvement is None:
        return (
            f"{answer.tasks} ended tasks can be compared; nothing is claimed from fewer than "
            f"{ENOUGH}."
        )
    if tuned.preset_id is None:
        return f"Nothing in the log of {answer.tasks} tasks is surely better than what applies."
    return f"A better configuration was found in the log of {answer.tasks} tasks; see the preset."
