"""Everything Phantom raises on purpose.

PhantomError                 a sentence for the user; never a bug
├── InvalidInput             400: the request cannot be served as it is
├── Unauthenticated          401: no token, or one that does not count
├── NotFound                 404: no such project, task, ...
├── Conflict                 409: the state forbids the action
├── PreconditionFailed       412: the thing has changed since the client read it
├── AgentFailed              502: an agent failed after every fallback
├── NoAgentAvailable         503: nobody can take the task now
├── Unavailable              503: something that the server needs does not answer
├── DiskFull                 507: too little space to work in
├── Unreachable              to a client: no server answers, or what answers is not a Phantom
├── Denied                   to a client: the server wants a token, a higher role, or patience
├── GitFailed                a git command ended badly
└── StartupError             the server cannot start; the sentence says what to do
"""

import errno


class PhantomError(Exception):
    """Base of all expected failures: `str(error)` is a sentence fit for the user."""

    status = 500


class InvalidInput(PhantomError):
    """The request is wrong; says what and how to mend it."""

    status = 400


class Unauthenticated(PhantomError):
    """The request shows no token, or one that does not count; says why and what to do."""

    status = 401


class NotFound(PhantomError):
    """The named thing does not exist."""

    status = 404


class Conflict(PhantomError):
    """The thing exists, but its state forbids the action."""

    status = 409


class PreconditionFailed(PhantomError):
    """The thing is not as the client last saw it; nothing was changed."""

    status = 412


class AgentFailed(PhantomError):
    """Every agent that could take the call failed."""

    status = 502


class NoAgentAvailable(PhantomError):
    """No enabled agent can take the task; says what to connect or enable."""

    status = 503


class Unavailable(PhantomError):
    """Something that the server needs does not answer; trying again later may help."""

    status = 503


class DiskFull(PhantomError):
    """The disk that holds Phantom's data is full, or nearly."""

    status = 507


class Unreachable(PhantomError):
    """No server answers, or what answers is not a Phantom."""


class Denied(PhantomError):
    """The server wants a token, a higher role, or more patience."""


class GitFailed(PhantomError):
    """A git command ended with an error; carries git's own words."""


class StartupError(PhantomError):
    """The server cannot start: port taken, database locked, bad configuration."""


def is_disk_full(error: BaseException) -> bool:
    """True for the system's, SQLite's and git's ways to say that the disk is full."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return True
    words = str(error).lower()
    return "no space left on device" in words or "database or disk is full" in words
