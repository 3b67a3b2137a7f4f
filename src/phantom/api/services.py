"""What the routes work with; `phantom.app` puts it together."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from phantom.agents.breakers import Breakers
from phantom.agents.connections import ConnectionService
from phantom.agents.windows import Windows
from phantom.credentials.keys import KeyStore
from phantom.credentials.tokens import TokenService
from phantom.db.database import Database
from phantom.events.hub import EventHub
from phantom.events.store import EventStore
from phantom.files.service import ConfigFiles
from phantom.hrm.presets import PresetService
from phantom.hrm.service import HrmService
from phantom.hrm.tuning import Tuning
from phantom.metrics.series.running import Machinery
from phantom.metrics.service import MetricsService
from phantom.projects.service import ProjectService
from phantom.security.sandbox import Sandbox
from phantom.settings import Settings
from phantom.tasks.feedback import FeedbackBook
from phantom.tasks.results import Results
from phantom.tasks.selection import Selection
from phantom.tasks.service import TaskService
from phantom.tasks.transcript import Transcripts


@dataclass(frozen=True, slots=True)
class Services:
    """The domains and the infrastructure behind one server."""

    settings: Settings
    database: Database
    store: EventStore
    hub: EventHub
    tasks: TaskService
    transcripts: Transcripts
    results: Results
    selection: Selection
    feedback: FeedbackBook
    projects: ProjectService
    hrm: HrmService
    presets: PresetService
    tuning: Tuning
    metrics: MetricsService
    tokens: TokenService
    keys: KeyStore
    connections: ConnectionService
    breakers: Breakers
    windows: Windows
    files: ConfigFiles
    machinery: Machinery
    agents: tuple[str, ...]
    """Ids of the agents that this process can call."""
    sandbox: Sandbox
    """What cages them, and the tests that judge their work."""


# Asynchronous, since FastAPI gives every other kind a thread.
async def _of_the_app(connection: HTTPConnection) -> Services:
    found = connection.app.state.services
    assert isinstance(found, Services)
    return found


Wired = Annotated[Services, Depends(_of_the_app)]
"""The parameter through which a route gets at the services."""
