"""Flags to settings, and what is written about settings on the screen."""

import contextlib
import errno
import socket
from collections.abc import Iterator
from pathlib import Path

from phantom import settings
from phantom.cli.exits import debugging
from phantom.errors import StartupError
from phantom.settings import Settings


def configured(**flags: object) -> Settings:
    """The settings in force under these flags; None is a flag not given.

    Raises StartupError naming each wrong setting.
    """
    if debugging() and flags.get("log_level") is None:
        flags["log_level"] = "debug"
    return settings.load(**flags)


def absolute(path: Path) -> Path:
    """A path of the command line, with `~` and links resolved."""
    return path.expanduser().resolve()


def shown_database(chosen: Settings) -> str:
    """The database without its password, as it may be printed."""
    from phantom.db.database import async_url

    url = async_url(chosen.effective_database_url)
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(drivername="postgresql").render_as_string(hide_password=True)


@contextlib.contextmanager
def database_errors(chosen: Settings) -> Iterator[None]:
    """Turn what can be wrong with home and database into StartupErrors that say what to do."""
    try:
        yield
    except Exception as error:  # what is not known to be expected goes on up
        sentence = _sentence(error, chosen)
        if sentence is None:
            raise
        raise StartupError(sentence) from error


def _sentence(error: Exception, chosen: Settings) -> str | None:
    from sqlalchemy.exc import DBAPIError

    if _is_asyncpg(error) or isinstance(error, DBAPIError | ConnectionError | socket.gaierror):
        cause = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
        what = f"the database {shown_database(chosen)}"
        if "locked" in cause:
            return (
                f"{what} is locked by another process. "
                "Stop what uses it, or start with another --home or --database-url."
            )
        return f"{what} cannot be used: {cause.splitlines()[0]}."
    if isinstance(error, PermissionError | NotADirectoryError | FileExistsError):
        return (
            f"{error.filename or chosen.home} cannot be written: {error.strerror}. "
            "Choose another directory with --home."
        )
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EROFS}:
        return f"{chosen.home} cannot be written: {error.strerror}."
    return None


def _is_asyncpg(error: Exception) -> bool:
    # By name: SQLAlchemy lets the driver's own errors through while it connects.
    return type(error).__module__.partition(".")[0] == "asyncpg"
