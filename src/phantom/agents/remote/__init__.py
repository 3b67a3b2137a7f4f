"""Agents elsewhere: endpoints that speak a provider's protocol, and agents that speak A2A.

An endpoint that ends in `/.well-known/agent-card.json` is an A2A agent's card; any other one speaks
the protocol of its type (`phantom.agents.api`).
"""

from importlib.util import find_spec

from phantom.agents import api
from phantom.agents.api import Surroundings
from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.agents.port import Agent
from phantom.agents.remote.agent import A2aAgent

CARD_PATH = "/.well-known/agent-card.json"

__all__ = ["CARD_PATH", "connect"]


def connect(connection: Connection, around: Surroundings) -> Agent:
    """The agent that a remote connection leads to. Raises NotReady where it cannot be called."""
    if not (connection.endpoint or "").endswith(CARD_PATH):
        return api.connect(connection, around)
    if find_spec("httpx2") is None:
        raise NotReady("needs the extra `api`; install phantom[api] and start the server again")
    return A2aAgent(connection, around)
