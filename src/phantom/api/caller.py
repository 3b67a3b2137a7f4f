"""On whose behalf a route acts, as the guard at the door has found."""

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from phantom.security.auth import IDENTITY
from phantom.security.roles import Identity


# Asynchronous, since FastAPI gives every other kind a thread.
async def _of_the_request(connection: HTTPConnection) -> Identity:
    found = connection.scope[IDENTITY]
    assert isinstance(found, Identity)
    return found


Caller = Annotated[Identity, Depends(_of_the_request)]
"""The parameter through which a route learns who asks; `caller.name` is what `updated_by` says."""
