"""Cages for programs that are not ours: agents, and the tests that judge their work.

What each backend holds: docs/security.md. Why there are two: docs/adr/0006-sandbox.md.
"""

from phantom.security.sandbox.chosen import ServerSandbox, detect
from phantom.security.sandbox.port import Cage, Sandbox, Uncaged
from phantom.security.sandbox.view import CODE_AS_CONFIGURATION, installation

__all__ = [
    "CODE_AS_CONFIGURATION",
    "Cage",
    "Sandbox",
    "ServerSandbox",
    "Uncaged",
    "detect",
    "installation",
]
