"""How every command ends: exit codes, and errors as one sentence on stderr."""

import os
import sys
import traceback
from enum import IntEnum

from phantom.errors import (
    Conflict,
    Denied,
    InvalidInput,
    NotFound,
    PhantomError,
    StartupError,
    Unreachable,
)

DEBUG_VARIABLE = "PHANTOM_DEBUG"


class ExitCode(IntEnum):
    """The exit codes of all commands; `docs/cli.md` tells them to the user."""

    OK = 0
    TASK_FAILED = 1
    BAD_INPUT = 2
    NO_SERVER = 3
    BUG = 70
    INTERRUPTED = 130


def debugging() -> bool:
    """True where tracebacks are wanted."""
    return os.environ.get(DEBUG_VARIABLE, "") not in {"", "0"}


def report(error: Exception) -> ExitCode:
    """Say on stderr what went wrong, and return the exit code that goes with it."""
    # Late: most commands end well.
    from phantom.security.redaction import learn_environment, redacted

    learn_environment()
    if debugging():
        print(redacted("".join(traceback.format_exception(error))), file=sys.stderr, end="")
    if isinstance(error, PhantomError):
        print(f"phantom: {redacted(_sentence(str(error)))}", file=sys.stderr)
        return _code(error)
    kind = type(error).__name__
    hint = "" if debugging() else " Run it again with `phantom --debug ...` to see where."
    what = redacted(f"{kind}: {error}")
    print(f"phantom: This is a bug in Phantom ({what}).{hint}", file=sys.stderr)
    return ExitCode.BUG


def _sentence(text: str) -> str:
    shown = text.strip() or "Something failed without a word."
    return shown[0].upper() + shown[1:] + ("" if shown[-1] in ".!?" else ".")


def _code(error: PhantomError) -> ExitCode:
    if isinstance(error, StartupError | Unreachable):
        return ExitCode.NO_SERVER
    if isinstance(error, InvalidInput | NotFound | Conflict | Denied):
        return ExitCode.BAD_INPUT
    return ExitCode.TASK_FAILED
