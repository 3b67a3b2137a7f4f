"""The hands of a model that has none: a few tools, confined to the workspace."""

from phantom.agents.api.tools.files import Workspace
from phantom.agents.api.tools.offered import Result, Tools
from phantom.agents.api.tools.tests import Confine

__all__ = ["Confine", "Result", "Tools", "Workspace"]
