"""The HTTP application: routes inside, guards outside, and no way in between.

Outermost first: security headers, host allowlist, origin check, tokens and roles, rate of tasks,
JSON and size limits, metrics, routes. A route that is added anywhere is behind all of them, since
the guards wrap the application and not its routes.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import structlog
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import JsonValue
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from phantom import __version__
from phantom.api import (
    agents,
    files,
    hrm,
    keys,
    metrics,
    openapi,
    orchestration,
    presets,
    problems,
    projects,
    realtime,
    reference,
    results,
    system,
    tasks,
    transcripts,
    tuning,
)
from phantom.api.instruments import Instruments, RefusalMetrics, RequestMetrics
from phantom.api.kept import KeptAnswers
from phantom.api.services import Services
from phantom.api.socket_io import SocketIo
from phantom.credentials.rates import SharedWindow
from phantom.db.database import Database
from phantom.security.auth import Authenticator, AuthGuard
from phantom.security.bodies import BodyGuard
from phantom.security.headers import SecurityHeaders
from phantom.security.hosts import HostAllowlist, HostGuard, hosts_of_address, is_loopback
from phantom.security.origins import FRONT_ENDS, OriginGuard, own_origins
from phantom.security.rates import SlidingWindow, WorkLimit
from phantom.settings import Settings

Lifespan = Callable[[], AbstractAsyncContextManager[object]]

_log = structlog.get_logger(__name__)


class Application:
    """The guarded application; `api` is what it guards, for those who read its routes."""

    def __init__(
        self,
        api: FastAPI,
        settings: Settings,
        instruments: Instruments,
        authenticator: Authenticator,
        database: Database,
    ) -> None:
        self.api = api
        guarded: ASGIApp = RequestMetrics(api, instruments)
        guarded = BodyGuard(guarded)
        if (limit := settings.execute_per_minute) is not None:
            window = SlidingWindow(limit) if database.is_sqlite else SharedWindow(database, limit)
            guarded = WorkLimit(guarded, limit, window)
        guarded = AuthGuard(guarded, authenticator, required=demands_token(settings))
        guarded = OriginGuard(guarded, (*FRONT_ENDS, *own_origins(settings.port)))
        guarded = HostGuard(guarded, HostAllowlist(_hosts(settings)))
        self._outermost = SecurityHeaders(RefusalMetrics(guarded, instruments))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; a bug behind it is logged, and answered with a bare 500."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._outermost(scope, receive, watched)
        except Exception as error:  # the last resort: whatever it was, the client gets an answer
            if scope["type"] != "http":
                raise
            _log.error("a request failed by a bug", path=scope["path"], exc_info=error)
            if not started:
                await problems.internal_error()(scope, receive, send)


def demands_token(settings: Settings) -> bool:
    """True where nobody is served without a token: wherever others can connect."""
    return settings.require_token or not is_loopback(settings.host)


def _hosts(settings: Settings) -> tuple[str, ...]:
    own = () if is_loopback(settings.host) else hosts_of_address(settings.host)
    return (*settings.allowed_hosts, *own)


def create_api(services: Services, lifespan: Lifespan) -> Application:
    """The application over `services`, which live while `lifespan` is open.

    Raises StartupError where `allowed_hosts` holds something else than host names.
    """

    @contextlib.asynccontextmanager
    async def opened(_app: FastAPI) -> AsyncIterator[None]:
        async with lifespan(), socket_io.running():
            yield

    socket_io = SocketIo(services)
    instruments = Instruments(services)
    api = _Api(
        title="Phantom",
        version=__version__,
        description=openapi.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=opened,
        generate_unique_id_function=_operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
    )
    api.state.services = services
    api.state.instruments = instruments
    api.state.kept = KeptAnswers(services.database)
    problems.install(api)
    for section in (
        orchestration,
        projects,
        tasks,
        transcripts,
        results,
        metrics,
        agents,
        files,
        hrm,
        presets,
        tuning,
        realtime,
        keys,
        system,
        reference,
    ):
        api.include_router(section.router)
    api.router.routes.extend(socket_io.routes())
    return Application(api, services.settings, instruments, services.tokens, services.database)


class _Api(FastAPI):
    def openapi(self) -> dict[str, JsonValue]:
        """The document of this API, completed with what FastAPI cannot know."""
        if self.openapi_schema is None:
            openapi.complete(super().openapi())
        return super().openapi()


def _operation_id(route: APIRoute) -> str:
    """The function's name: unique over the API, and a good name in generated clients."""
    return route.name
