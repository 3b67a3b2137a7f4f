"""Keys of agents and services: stored, listed without their values, forgotten."""

from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, SecretStr

from phantom.api.caller import Caller
from phantom.api.problems import InvalidRequest, Problem
from phantom.api.schemas import Body, ShortText, example
from phantom.api.services import Wired
from phantom.db import models

router = APIRouter(prefix="/api/keys", tags=["keys"])


class NewKey(Body):
    """A key to be stored; its value is never told again."""

    model_config = example(key_id="key_123", value="an-example-key", host="example.com")

    key_id: ShortText = Field(
        description="Its name; connections give it as `api_key_id`.", examples=["anthropic-main"]
    )
    value: SecretStr = Field(
        description="The key itself.", json_schema_extra={"pattern": "^[!-~]{8,8192}$"}
    )
    host: ShortText | None = Field(
        default=None,
        description="The only host that it is sent to. By default the one that keys of its shape "
        "are for, where that is clear.",
        examples=["api.anthropic.com"],
    )


class KeyView(BaseModel):
    """A stored key, without its value."""

    key_id: str
    host: str
    created_by: str
    created_at: datetime

    @classmethod
    def of(cls, row: models.StoredKey) -> Self:
        """The view of a row."""
        return cls(
            key_id=row.key_id,
            host=row.host,
            created_by=row.created_by,
            created_at=row.created_at,
        )


@router.get("", response_model=list[KeyView])
async def list_keys(services: Wired) -> list[KeyView]:
    """All keys by name, without their values."""
    return [KeyView.of(row) for row in await services.keys.list()]


@router.post(
    "",
    status_code=201,
    response_model=KeyView,
    responses={
        400: {"model": InvalidRequest},
        409: {"model": Problem, "description": "The name is taken, or the master key unusable"},
    },
)
async def create_key(body: NewKey, services: Wired, caller: Caller) -> KeyView:
    """Encrypt a key and store it."""
    row = await services.keys.add(
        body.key_id, body.value.get_secret_value(), host=body.host, created_by=caller.name
    )
    return KeyView.of(row)


@router.delete(
    "/{key_id}",
    status_code=204,
    responses={404: {"model": Problem, "description": "No such key"}},
)
async def delete_key(
    key_id: Annotated[str, Path(max_length=300, description="Name of the key.")], services: Wired
) -> Response:
    """Forget a key; what uses it fails from then on."""
    await services.keys.remove(key_id)
    return Response(status_code=204)
