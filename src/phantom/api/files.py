"""Config files of agents (reference 5.6-5.10): read, written, restored.

To write them is to decide what runs: a hook in a settings file is code.
"""

from datetime import datetime
from typing import Annotated, Self
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, Field

from phantom.api.problems import Problem, Responses
from phantom.api.schemas import Body, Text, example
from phantom.api.services import Wired
from phantom.files.service import ConfigFile, Listing
from phantom.vocabulary import FileType

router = APIRouter(prefix="/api/agents/files", tags=["files"])

FilePath = Annotated[
    str,
    Path(
        description="Relative to the root; docs/files.md lists what there may be.",
        examples=[".claude/skills/code-review.md"],
    ),
]
Root = Annotated[
    str | None,
    Query(
        max_length=2000,
        description="One of the server's roots, or a directory below one; the first by default.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(max_length=2000, description="ETag of the content that the change was made from."),
]
_NOT_FOUND: Responses = {404: {"model": Problem, "description": "No such file"}}
_TAKEN: Responses = {
    404: {"model": Problem, "description": "No such root"},
    409: {"model": Problem, "description": "It is there already"},
}
_NO_EARLIER: Responses = {409: {"model": Problem, "description": "There is no earlier version"}}
_CHANGED: Responses = {412: {"model": Problem, "description": "Changed since it was read"}}
_FULL: Responses = {507: {"model": Problem, "description": "The disk is full"}}
_ETAG: Responses = {
    200: {"headers": {"ETag": {"description": "Names the content.", "schema": {"type": "string"}}}}
}


class ConfigFileView(BaseModel):
    """A config file."""

    file_path: str = Field(examples=[".claude/skills/code-review.md"])
    file_type: FileType
    content: str
    last_modified: datetime
    etag: str = Field(description="SHA-256 of the content; between quotes it is its ETag.")
    root: str = Field(description="The directory that `file_path` counts from.")
    restorable: bool = Field(description="There is an earlier version to go back to.")

    @classmethod
    def of(cls, file: ConfigFile) -> Self:
        """The view of a file."""
        return cls(
            file_path=str(file.path),
            file_type=file.path.file_type,
            content=file.content,
            last_modified=file.last_modified,
            etag=file.etag,
            root=str(file.root),
            restorable=file.restorable,
        )


class SkippedFile(BaseModel):
    """A file that is there but cannot be shown."""

    file_path: str
    reason: str


class ConfigFileList(BaseModel):
    """The config files of a root."""

    files: list[ConfigFileView]
    skipped: list[SkippedFile]
    truncated: bool = Field(description="There were too many to look at all of them.")

    @classmethod
    def of(cls, found: Listing) -> Self:
        """The view of a listing."""
        return cls(
            files=[ConfigFileView.of(file) for file in found.files],
            skipped=[
                SkippedFile(file_path=str(each.path), reason=each.reason) for each in found.skipped
            ],
            truncated=found.truncated,
        )


class NewContent(Body):
    """What a file is to hold; JSON files are checked before they are written."""

    model_config = example(content="# Code review\n\nRead the diff first.\n")

    content: Text


class NewConfigFile(NewContent):
    """A file to be made, with the directories on its way."""

    model_config = example(file_path=".claude/skills/code-review.md", content="# Code review\n")

    file_path: Annotated[Text, Field(examples=[".claude/skills/code-review.md"])]
    file_type: FileType | None = Field(
        default=None, description="Follows from the path; given, it must agree."
    )


@router.get("", response_model=ConfigFileList, responses=_NOT_FOUND)
async def list_config_files(
    services: Wired, file_type: FileType | None = None, root: Root = None
) -> ConfigFileList:
    """The config files that are there, of one type or of all."""
    return ConfigFileList.of(await services.files.list(file_type, root))


@router.post(
    "",
    status_code=201,
    response_model=ConfigFileView,
    responses=_TAKEN | _FULL,
)
async def create_config_file(
    body: NewConfigFile, services: Wired, response: Response, root: Root = None
) -> ConfigFileView:
    """Write a new config file."""
    made = await services.files.create(
        body.file_path, body.content, file_type=body.file_type, root=root
    )
    response.headers["Location"] = f"{router.prefix}/{quote(str(made.path))}"
    return _answered(made, response)


@router.post(
    "/{file_path:path}/restore",
    response_model=ConfigFileView,
    responses=_ETAG | _NOT_FOUND | _NO_EARLIER | _CHANGED | _FULL,
)
async def restore_config_file(
    file_path: FilePath,
    services: Wired,
    response: Response,
    *,
    root: Root = None,
    if_match: IfMatch = None,
) -> ConfigFileView:
    """Go back to the version before the last change or deletion; doing it again undoes it."""
    restored = await services.files.restore(file_path, root=root, if_match=if_match)
    return _answered(restored, response)


@router.get("/{file_path:path}", response_model=ConfigFileView, responses=_ETAG | _NOT_FOUND)
async def get_config_file(
    file_path: FilePath, services: Wired, response: Response, root: Root = None
) -> ConfigFileView:
    """One config file."""
    return _answered(await services.files.get(file_path, root), response)


@router.put(
    "/{file_path:path}",
    response_model=ConfigFileView,
    responses=_ETAG | _NOT_FOUND | _CHANGED | _FULL,
)
async def update_config_file(
    file_path: FilePath,
    body: NewContent,
    services: Wired,
    response: Response,
    *,
    root: Root = None,
    if_match: IfMatch = None,
) -> ConfigFileView:
    """Replace a file's content, at once and as a whole."""
    written = await services.files.update(file_path, body.content, root=root, if_match=if_match)
    return _answered(written, response)


@router.delete("/{file_path:path}", status_code=204, responses=_NOT_FOUND | _CHANGED | _FULL)
async def delete_config_file(
    file_path: FilePath, services: Wired, root: Root = None, if_match: IfMatch = None
) -> None:
    """Remove a config file; it can be restored."""
    await services.files.delete(file_path, root=root, if_match=if_match)


def _answered(file: ConfigFile, response: Response) -> ConfigFileView:
    response.headers["ETag"] = f'"{file.etag}"'
    return ConfigFileView.of(file)
