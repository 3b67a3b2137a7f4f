"""Projects (reference section 2): three slots, their configuration, their sums."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi import Body as BodyOf
from pydantic import AfterValidator, Field

from phantom.api.kept import KeptRoute
from phantom.api.problems import InvalidRequest, Problem, Responses
from phantom.api.schemas import EXAMPLE_ID, Body, ProjectView, Text, example
from phantom.api.services import Wired
from phantom.projects.config import ProjectConfiguration
from phantom.projects.repository import checked_repository
from phantom.projects.service import ProjectChanges
from phantom.tasks.removal import remove_project
from phantom.tasks.service import checked_id
from phantom.vocabulary import ProjectStatus, ProjectType

router = APIRouter(prefix="/api/projects", tags=["projects"], route_class=KeptRoute)

ProjectId = Annotated[str, Path(description="Id of the project.", examples=[EXAMPLE_ID])]
Repository = Annotated[Text, Field(max_length=2000), AfterValidator(checked_repository)]
ChangedConfiguration = Annotated[
    ProjectConfiguration,
    BodyOf(examples=[{"priority": {"mode": "speed"}, "timeframe": {"max_minutes": 15}}]),
]
_NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such project"}}
_CONFLICT: Responses = {409: {"model": Problem, "description": "The project's state forbids it"}}


class NewProject(Body):
    """A project to be created; what the configuration leaves out has its default."""

    model_config = example(
        name="New project",
        type="python",
        github_repo="https://github.com/user/repo",
        config={"priority": {"mode": "quality"}, "timeframe": {"max_minutes": 15}},
    )

    name: Annotated[Text, Field(min_length=1, max_length=200)]
    type: ProjectType = ProjectType.GENERAL
    github_repo: Repository | None = Field(
        default=None, description="https URL, owner/name, or a local path or file URL."
    )
    config: ProjectConfiguration = ProjectConfiguration()
    trusted: bool = False


class ChangedProject(Body):
    """What is to be changed; what is left out stays. A null repository takes it away."""

    model_config = example(name="Another name", status="paused")

    name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    status: ProjectStatus | None = None
    github_repo: Repository | None = None
    config: ProjectConfiguration | None = None
    trusted: bool | None = None


@router.get("", response_model=list[ProjectView])
async def list_projects(services: Wired) -> list[ProjectView]:
    """All projects, by slot."""
    return [ProjectView.of(summary) for summary in await services.projects.list()]


@router.post(
    "", status_code=201, response_model=ProjectView, responses={400: {"model": InvalidRequest}}
)
async def create_project(body: NewProject, services: Wired, response: Response) -> ProjectView:
    """Create a project in the lowest free slot; there are three."""
    summary = await services.projects.create(
        body.name, body.type, body.github_repo, body.config, trusted=body.trusted
    )
    response.headers["Location"] = f"/api/projects/{summary.project.id}"
    return ProjectView.of(summary)


@router.put("/{project_id}", response_model=ProjectView, responses=_NOT_FOUND | _CONFLICT)
async def update_project(
    project_id: ProjectId, body: ChangedProject, services: Wired
) -> ProjectView:
    """Change a project; `paused` takes no new work, `archived` is read-only until it is undone."""
    changes = ProjectChanges(
        name=body.name,
        status=body.status,
        sets_repository="github_repo" in body.model_fields_set,
        github_repo=body.github_repo,
        config=body.config,
        trusted=body.trusted,
    )
    found = await services.projects.update(checked_id(project_id, "project"), changes)
    return ProjectView.of(found)


@router.put("/{project_id}/config", response_model=ProjectView, responses=_NOT_FOUND | _CONFLICT)
async def update_project_config(
    project_id: ProjectId, body: ChangedConfiguration, services: Wired
) -> ProjectView:
    """Change the configuration; what the body leaves out stays as it is."""
    changes = ProjectChanges(config=body)
    found = await services.projects.update(checked_id(project_id, "project"), changes)
    return ProjectView.of(found)


@router.delete("/{project_id}", status_code=204, responses=_NOT_FOUND | _CONFLICT)
async def delete_project(
    project_id: ProjectId,
    services: Wired,
    *,
    force: Annotated[bool, Query(description="Cancel its tasks first.")] = False,
) -> None:
    """Delete a project with its tasks, costs and events, and free its slot."""
    await remove_project(services.projects, services.tasks, project_id, force=force)


@router.get(
    "/{project_id}",
    response_model=ProjectView,
    responses=_NOT_FOUND,
)
async def get_project(project_id: ProjectId, services: Wired) -> ProjectView:
    """One project."""
    return ProjectView.of(await services.projects.get(checked_id(project_id, "project")))
