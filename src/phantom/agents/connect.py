"""From a connection to the agent behind it: a program, a provider's API, or somebody else's."""

from dataclasses import dataclass
from pathlib import Path

from phantom.agents import api, cli, remote
from phantom.agents.api import Surroundings
from phantom.agents.cli.discovery import Discovery
from phantom.agents.connections import Connection
from phantom.agents.port import Agent
from phantom.agents.pricing import Prices
from phantom.credentials.keys import KeyStore
from phantom.security.sandbox import Sandbox
from phantom.vocabulary import ConnectionType


@dataclass(frozen=True, slots=True)
class Connector:
    """Makes agents.

    Attributes:
        around: what agents in this process share.
        journals: directory below which each call has one of its own.
        homes: directory below which each command line has a home of its own.
    """

    discovery: Discovery
    keys: KeyStore
    sandbox: Sandbox
    prices: Prices
    around: Surroundings
    journals: Path
    homes: Path

    def __call__(self, connection: Connection) -> Agent:
        """The agent behind `connection`. Raises NotReady where it cannot be called."""
        match connection.connection_type:
            case ConnectionType.LOCAL:
                return self._program(connection)
            case ConnectionType.API:
                return api.connect(connection, self.around)
            case ConnectionType.REMOTE:
                return remote.connect(connection, self.around)

    def _program(self, connection: Connection) -> Agent:
        return cli.connect(
            connection,
            program=self.discovery.program(connection),
            keys=self.keys,
            journals=self.journals,
            homes=self.homes,
            sandbox=self.sandbox,
            prices=self.prices,
        )
