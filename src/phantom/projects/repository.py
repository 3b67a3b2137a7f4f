"""The forms in which a project may name its repository."""

import re
from urllib.parse import urlsplit

_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


def checked_repository(text: str) -> str:
    """`text` where it is an https URL, `owner/name`, an absolute path, or a `file://` URL.

    Raises ValueError for anything else, and for a URL that holds a password: it would be shown to
    everybody who reads the project.
    """
    if text.startswith("/") or _OWNER_AND_NAME.fullmatch(text):
        return text
    parts = urlsplit(text)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return text
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError("must be an https URL, owner/name, an absolute path, or a file:// URL")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password; store the secret as a key")
    return text
