"""What Dockerfiles and manifests have in common: images, secrets, and how a flaw is told."""

import re
from dataclasses import dataclass

from phantom.evaluation.port import FindingSeverity

_SECRET = re.compile(
    r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that should not be so.

    Attributes:
        line: where it is, from 1.
        subject: what it is recognised by within its file and rule, wherever it moves.
    """

    rule: str
    line: int
    message: str
    severity: FindingSeverity
    subject: str


def names_secret(name: str) -> bool:
    """True where a variable of this name holds something that nobody should read."""
    return bool(_SECRET.search(name))


def floats(image: str) -> bool:
    """True for an image that can be another one tomorrow: without a tag or digest, or `latest`.

    Nothing is said of one that is put together from variables.
    """
    if "$" in image or "{{" in image or "@sha256:" in image:
        return False
    _, _, tag = image.rpartition("/")[2].partition(":")
    return tag in {"", "latest"}
