"""Whether a repository may bring configuration that is code: asked in a terminal, and kept."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import typer

from phantom.client import Client, ProjectView
from phantom.errors import InvalidInput
from phantom.security.sandbox import CODE_AS_CONFIGURATION


async def settle(client: Client, repository: Path, *, wanted: bool | None, may_ask: bool) -> None:
    """Trust the project that names `repository`, or do not, as `wanted` or the answer says.

    None for `wanted` asks, where `may_ask`, the project is not trusted, and the repository has such
    configuration. Raises InvalidInput where trust is wanted and no project names the repository.
    """
    found = await asyncio.to_thread(_brought_by, repository)
    if wanted is None and not (found and may_ask):
        return
    project = await asyncio.to_thread(_holding, await client.projects(), repository)
    if project is None:
        if wanted:
            raise InvalidInput(
                f"No project names {repository}, and only a project can be trusted: make one with "
                "POST /api/projects and this directory as its github_repo."
            )
        return
    if wanted is None and not project.trusted:
        wanted = await asyncio.to_thread(_answer, project, found)
    if wanted is not None and wanted != project.trusted:
        await client.trust(project.id, trusted=wanted)


def _brought_by(repository: Path) -> list[str]:
    """What agents and editors obey at the root of the checkout that holds `repository`."""
    above = (repository, *repository.parents)
    root = next((each for each in above if (each / ".git").exists()), repository)
    return [name for name in CODE_AS_CONFIGURATION if (root / name).exists()]


def _holding(projects: Sequence[ProjectView], repository: Path) -> ProjectView | None:
    # Here, since it brings the database along, which a start of the command line need not wait for.
    from phantom.projects.service import local_checkout

    own = repository.resolve()
    holding = [
        (len(checkout.parts), project)
        for project in projects
        if (checkout := local_checkout(project.github_repo or "")) and own.is_relative_to(checkout)
    ]
    return max(holding, key=lambda pair: pair[0])[1] if holding else None


def _answer(project: ProjectView, found: Sequence[str]) -> bool:
    question = (
        f"The repository of project '{project.name}' brings {', '.join(found)}, which agents obey "
        "and which can run programs. Trust it, for this and all later tasks?"
    )
    return typer.confirm(question, default=False, err=True)
