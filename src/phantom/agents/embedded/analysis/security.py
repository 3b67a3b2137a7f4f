"""Insecure code by bandit, and secrets by detect-secrets."""

import json
import sys
from pathlib import Path

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import Finding, Section
from phantom.agents.embedded.analysis.tool import ToolFailed, run

_SECONDS = 120.0
_QUOTES_SECRETS = {"B105", "B106", "B107"}
_TEST_ASSERT = "B101"


def insecure_code(sources: Sources, scratch: Path) -> Section:
    """What bandit says about the Python files."""
    section = Section("Insecure code (bandit)", scanned=len(sources.python))
    if not sources.python:
        section.not_run = "there is no Python file"
        return section
    # An own, empty configuration: one in the workspace could switch everything off.
    config = scratch / "bandit.yaml"
    config.write_text("{}\n")
    listed = [str(sources.root / path) for path in sources.python]
    try:
        answer = run(
            [sys.executable, "-m", "bandit", "-f", "json", "-q", "-c", str(config), *listed],
            cwd=scratch,
            home=scratch,
            seconds=_SECONDS,
        )
        results = json.loads(answer)["results"]
    except (ToolFailed, ValueError, KeyError) as error:
        section.not_run = str(error)
        return section
    for result in results:
        path = str(Path(result["filename"]).relative_to(sources.root))
        if result["test_id"] == _TEST_ASSERT:
            continue  # an assert is how tests are written, and no finding anywhere else either
        section.findings.append(
            Finding(
                tool="bandit",
                rule=result["test_id"],
                severity=result["issue_severity"].lower(),
                path=path,
                line=result["line_number"],
                message=_without_secret(result["test_id"], result["issue_text"]),
            )
        )
    return section


def _without_secret(rule: str, text: str) -> str:
    """Bandit quotes the passwords that it finds; a report must not."""
    text = text.replace("\n", " ")
    return text.split(":")[0] if rule in _QUOTES_SECRETS else text


def secrets(sources: Sources) -> Section:
    """What detect-secrets takes for a secret; the report never repeats the secret itself."""
    from detect_secrets.core.secrets_collection import SecretsCollection
    from detect_secrets.settings import default_settings

    section = Section("Secrets (detect-secrets)", scanned=len(sources.all))
    if not sources.all:
        section.not_run = "there is no file"
        return section
    found = SecretsCollection()
    with default_settings():
        for path in sources.all:
            found.scan_file(str(sources.root / path))
    for file, secret in found:
        section.findings.append(
            Finding(
                tool="detect-secrets",
                rule=secret.type,
                severity="high",
                path=str(Path(file).relative_to(sources.root)),
                line=secret.line_number,
                message="looks like a secret; remove it, and replace it where it was used",
            )
        )
    return section
