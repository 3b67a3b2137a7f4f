"""Every error as `{"detail": a sentence}`, with the status that its kind has."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from phantom.errors import PhantomError
from phantom.security.redaction import redacted

INTERNAL = "Internal server error: this is a bug in Phantom; the server's log has the details."
_MAX_SHOWN = 200

Responses = dict[int | str, dict[str, Any]]
"""Answers that a route declares besides its own, by status; the type is FastAPI's."""


class Problem(BaseModel):
    """Why a request was not served."""

    detail: str = Field(examples=["There is no task 4b1b5a63-3d1a-4bb8-8e5c-3a6c8f1b2d10."])


class FieldProblem(BaseModel):
    """What is wrong with one field."""

    field: str = Field(examples=["body.prompt"])
    message: str = Field(examples=["Field required"])


class InvalidRequest(Problem):
    """Why a request cannot be served as it is; `errors` names the fields where there are any."""

    errors: list[FieldProblem] = []


class TaskProblem(Problem):
    """Why a task has no result to answer with; the task itself tells more."""

    task_id: str


class TaskFailed(PhantomError):
    """A task ended without a result to answer with."""

    def __init__(self, status: int, detail: str, task_id: str) -> None:
        super().__init__(detail)
        self.status = status
        self.task_id = task_id


def install(app: FastAPI) -> None:
    """Give `app` its error answers."""
    app.add_exception_handler(PhantomError, _phantom_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


async def _phantom_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, PhantomError)
    if isinstance(error, TaskFailed):
        return _answer(TaskProblem(detail=str(error), task_id=error.task_id), error.status)
    return _answer(Problem(detail=str(error)), error.status)


async def _invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        FieldProblem(field=_path(each["loc"]), message=_printable(str(each["msg"])))
        for each in error.errors()
    ]
    shown = "; ".join(f"{each.field}: {each.message}" for each in problems[:3])
    more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
    return _answer(
        InvalidRequest(detail=f"The request is not valid: {shown}{more}.", errors=problems), 400
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = _printable(request.url.path[:_MAX_SHOWN])
    headers = dict(error.headers or {})
    detail = str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"There is no {request.method} {path} here; /docs lists what there is."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
        detail = f"{path} takes {headers['Allow']}, not {request.method}."
    elif not detail.endswith("."):
        detail += "."
    return _answer(Problem(detail=detail), error.status_code, headers)


def _allowed(request: Request) -> str:
    """Every method of the path: the router names those of the first route alone."""
    taken: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.methods and route.path_regex.match(request.url.path):
            taken |= route.methods
    return ", ".join(sorted(taken))


async def _bug(_request: Request, _error: Exception) -> Response:
    # It is raised on after this answer, and logged where it arrives.
    return internal_error()


def internal_error() -> Response:
    """The answer to a bug; nothing of its inside is told."""
    return _answer(Problem(detail=INTERNAL), 500)


def _answer(problem: Problem, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        redacted(problem.model_dump_json()), status, headers=headers, media_type="application/json"
    )


def _path(location: Sequence[object]) -> str:
    # A name that the client made up may hold lone surrogates, which have no UTF-8 form.
    return ".".join(_printable(str(part)[:_MAX_SHOWN]) for part in location)


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
