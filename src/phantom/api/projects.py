"""Projects (reference section 2): three slots, their configuration, their sums."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import AfterValidator, Field

from phantom.api.problems import InvalidRequest, Problem
from phantom.api.schemas import Body, ProjectView, Text
from phantom.api.services import Wired
from phantom.projects.config import ProjectConfiguration
from phantom.projects.repository import checked_repository
from phantom.tasks.service import checked_id
from phantom.vocabulary import ProjectType

router = APIRouter(prefix="/api/projects", tags=["projects"])

ProjectId = Annotated[str, Path(description="Id of the project.", examples=["uuid"])]


class NewProject(Body):
    """A project to be created; what the configuration leaves out has its default."""

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    type: ProjectType = ProjectType.GENERAL
    github_repo: (
        Annotated[Text, Field(max_length=2000), AfterValidator(checked_repository)] | None
    ) = Field(default=None, description="https URL, owner/name, or a local path or file URL.")
    config: ProjectConfiguration = ProjectConfiguration()


@router.get("", response_model=list[ProjectView])
async def list_projects(services: Wired) -> list[ProjectView]:
    """All projects, by slot."""
    return [ProjectView.of(summary) for summary in await services.projects.list()]


@router.post(
    "", status_code=201, response_model=ProjectView, responses={400: {"model": InvalidRequest}}
)
async def create_project(body: NewProject, services: Wired, response: Response) -> ProjectView:
    """Create a project in the lowest free slot; there are three."""
    summary = await services.projects.create(body.name, body.type, body.github_repo, body.config)
    response.headers["Location"] = f"/api/projects/{summary.project.id}"
    return ProjectView.of(summary)


@router.get(
    "/{project_id}",
    response_model=ProjectView,
    responses={404: {"model": Problem, "description": "No such project"}},
)
async def get_project(project_id: ProjectId, services: Wired) -> ProjectView:
    """One project."""
    return ProjectView.of(await services.projects.get(checked_id(project_id, "project")))
