"""Agents behind a provider's API: OpenAI, Anthropic, Google, and whoever speaks like one of them.

A model has no hands, so it is given a few tools, confined to the workspace (`tools`). A call lives
in this process, turn by turn, and each turn is in its journal before it is acted on (`journal`): a
server that was killed goes on from the last finished answer. Everything heavy is imported at the
first call.
"""

from importlib.util import find_spec

from phantom.agents.api.agent import ApiAgent, Surroundings
from phantom.agents.api.target import target_of
from phantom.agents.connections import Connection
from phantom.agents.fleet import NotReady
from phantom.agents.port import Agent

__all__ = ["Surroundings", "connect"]


def connect(connection: Connection, around: Surroundings) -> Agent:
    """The agent that a connection to a provider's API leads to.

    Raises NotReady where the connection says too little, or the extra `api` is not installed.
    """
    if find_spec("pydantic_ai") is None:
        raise NotReady("needs the extra `api`; install phantom[api] and start the server again")
    return ApiAgent(connection, target_of(connection), around)
