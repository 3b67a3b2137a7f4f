"""What the routes work with; `phantom.app` puts it together."""

from dataclasses import dataclass

from phantom.db.database import Database
from phantom.events.store import EventStore
from phantom.projects.service import ProjectService
from phantom.settings import Settings
from phantom.tasks.service import TaskService


@dataclass(frozen=True, slots=True)
class Services:
    """The domains and the infrastructure behind one server."""

    settings: Settings
    database: Database
    store: EventStore
    tasks: TaskService
    projects: ProjectService
