"""The home of an agent's command line: its own, so that no setting and no key of others is there.

It lasts from call to call, since sessions lie in it. The user's login is linked into it, and
nothing else of the user's is.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel

from phantom.agents.cli.command import Json, Login
from phantom.agents.port import Usage

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS")


class Session(BaseModel):
    """What is known of a session that can be continued.

    Attributes:
        workspace: the directory it belongs to; some command lines find it there alone.
        total: its tokens so far, where the command line tells sums of the session.
    """

    workspace: Path
    total: Usage = Usage()


@dataclass(frozen=True, slots=True)
class Home:
    """One agent's home."""

    path: Path

    def prepare(self, login: Login | None) -> Path | None:
        """Make it, for its owner alone; with a `login`, let the user's own be found here.

        Returns the file behind the login, None without one. It is linked and not copied: where the
        command line renews the login, the user's own stays good.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if login is None or not (theirs := Path.home() / login.file).is_file():
            return None
        ours = self.path / login.linked
        # Left alone where it is right: another call may be looking at it.
        if not (ours.is_symlink() and ours.readlink() == theirs):
            ours = self._place(login.linked)
            ours.unlink(missing_ok=True)
            ours.symlink_to(theirs)
        return theirs

    def write(self, settings: Mapping[str, Json]) -> None:
        """Put these files of settings into it."""
        for name, content in settings.items():
            place = self._place(name)
            whole = place.with_name(f"{place.name}.{uuid4()}")
            whole.write_text(json.dumps(content))
            whole.replace(place)

    def unlink(self, login: Login) -> None:
        """Take the user's login away: a key is used instead of it."""
        ours = self.path / login.linked
        if ours.is_symlink():
            ours.unlink()

    def session(self, identifier: str | None, workspace: Path) -> Session | None:
        """A session that can be continued in `workspace`; None where there is none."""
        if identifier is None or not _SESSION.fullmatch(identifier):
            return None
        try:
            found = Session.model_validate_json(self._file(identifier).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return found if found.workspace == workspace else None

    def remember(self, identifier: str, session: Session) -> None:
        """Keep what the next call of the session has to know."""
        if _SESSION.fullmatch(identifier):
            self._file(identifier).parent.mkdir(parents=True, exist_ok=True)
            self._file(identifier).write_text(session.model_dump_json())

    def _place(self, name: str) -> Path:
        """Where a file of ours goes; what the agent may have put there leads nowhere else."""
        place = self.path
        for part in Path(name).parts:
            place /= part
            if place.is_symlink():
                place.unlink()
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place

    def _file(self, identifier: str) -> Path:
        # Beside the home and not in it, where the agent itself could change what it has used.
        return self.path.parent / ".sessions" / self.path.name / f"{identifier}.json"


def environment(home: Path, scratch: Path) -> dict[str, str]:
    """What every command line gets of the environment: enough to work, and nobody's key."""
    passed = {name: os.environ[name] for name in (*_PROXIES, *_CERTIFICATES) if name in os.environ}
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "NO_COLOR": "1",
        **passed,
    }


def own_variables(login: Login) -> dict[str, str]:
    """The vendor's own variables of the server's environment that stand for a login."""
    found = [name for name in login.variables if os.environ.get(name)]
    return {name: os.environ[name] for name in found[:1]}
