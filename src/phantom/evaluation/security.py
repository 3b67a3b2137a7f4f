"""Security: what bandit and detect-secrets find in the changed files and did not find before.

Neither listens to the repository: its configuration is not read, and comments that silence a
finding (`nosec`, `pragma: allowlist secret`) do not, since whoever writes the change could write
them too. Score of each: `newness.finding_score`.
"""

from collections.abc import Iterator

from pydantic import BaseModel

from phantom.evaluation.base_cache import BaseCache
from phantom.evaluation.children import module_command
from phantom.evaluation.contents import Contents, text_of
from phantom.evaluation.newness import Sighting, line_fingerprint
from phantom.evaluation.port import FindingSeverity
from phantom.evaluation.scanners import ScanEvaluator, Tool, of_side, side_and_path

SECURITY = "security"
SECRETS = "secrets"

# These flag what is harmless by itself: an assertion, an import, a child without a shell.
_HARMLESS = "B101,B403,B404,B405,B406,B407,B408,B409,B410,B411,B603,B607"
# A guess by entropy or by a variable's name; the other detectors know the shape of a real key.
_GUESSES = {"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"}


class _BanditIssue(BaseModel):
    filename: str
    line_number: int
    test_id: str
    issue_text: str
    issue_severity: str
    issue_confidence: str


class _BanditReport(BaseModel):
    results: list[_BanditIssue]


def _read_bandit(report: bytes, contents: Contents) -> Iterator[tuple[str, Sighting]]:
    for issue in _BanditReport.model_validate_json(report).results:
        side, path = side_and_path(issue.filename)
        severity = FindingSeverity(issue.issue_severity.lower())
        if issue.issue_confidence == "LOW":
            severity = FindingSeverity.LOW
        text = text_of(of_side(contents, side), path)
        yield (
            side,
            Sighting(
                rule=issue.test_id,
                path=path,
                line=issue.line_number,
                message=issue.issue_text,
                severity=severity,
                fingerprint=line_fingerprint(text, issue.line_number),
            ),
        )


class _Secret(BaseModel):
    type: str
    hashed_secret: str
    line_number: int


class _SecretsReport(BaseModel):
    results: dict[str, list[_Secret]]


def _read_secrets(report: bytes, _contents: Contents) -> Iterator[tuple[str, Sighting]]:
    for name, secrets in _SecretsReport.model_validate_json(report).results.items():
        side, path = side_and_path(name)
        for secret in secrets:
            guess = secret.type in _GUESSES
            yield (
                side,
                Sighting(
                    rule=secret.type.lower().replace(" ", "-"),
                    path=path,
                    line=secret.line_number,
                    message=f"possible secret in the code: {secret.type}",
                    severity=FindingSeverity.MEDIUM if guess else FindingSeverity.HIGH,
                    fingerprint=secret.hashed_secret,
                ),
            )


_BANDIT = Tool(
    name=SECURITY,
    package="bandit",
    what="security findings",
    nothing="no Python file was changed",
    command=(
        *module_command("bandit"),
        *("--format", "json", "--quiet", "--exit-zero", "--ignore-nosec"),
        *("--skip", _HARMLESS, "--recursive"),
    ),
    takes=lambda file: file.path.endswith(".py"),
    read=_read_bandit,
)
_DETECT_SECRETS = Tool(
    name=SECRETS,
    package="detect-secrets",
    what="possible secrets",
    nothing="no line was added to a file",
    command=(
        *module_command("detect_secrets"),
        *("--cores", "1", "scan", "--all-files", "--no-verify"),
        *("--disable-filter", "detect_secrets.filters.allowlist.is_line_allowlisted"),
    ),
    takes=lambda _file: True,
    read=_read_secrets,
)


def security_evaluators(cache: BaseCache) -> tuple[ScanEvaluator, ScanEvaluator]:
    """The scanner of Python code, and the scanner for secrets in any file."""
    return ScanEvaluator(_BANDIT, cache), ScanEvaluator(_DETECT_SECRETS, cache)
