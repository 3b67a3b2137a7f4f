"""GitHub workflows: by zizmor where it is installed, and by three checks of our own."""

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import Finding, Section
from phantom.agents.embedded.analysis.tool import ToolFailed, run

_SECONDS = 60.0
_SEVERITY = {"High": "high", "Medium": "medium", "Low": "low"}
_USES = re.compile(r"^\s*-?\s*uses:\s*['\"]?([^\s'\"#]+)")
_PINNED = re.compile(r"@[0-9a-f]{40}$")
_UNTRUSTED = re.compile(
    r"\$\{\{[^}]*github\.(?:head_ref|event\.[\w.]*(?:title|body|message|name|email|ref|label))"
)


def zizmor(sources: Sources, scratch: Path) -> Section:
    """What zizmor says, offline; not run where it is not installed."""
    section = Section("Workflows (zizmor)", scanned=len(sources.workflows))
    program = shutil.which("zizmor") or shutil.which(
        "zizmor", path=str(Path(sys.executable).parent)
    )
    if not sources.workflows:
        section.not_run = "there is no workflow file"
    elif program is None:
        section.not_run = "zizmor is not installed (`pip install zizmor` adds it)"
    if section.not_run is not None or program is None:
        return section
    listed = [str(sources.root / path) for path in sources.workflows]
    options = ["--offline", "--no-config", "--format", "json-v1", "--no-exit-codes"]
    try:
        answer = run([program, *options, *listed], cwd=scratch, home=scratch, seconds=_SECONDS)
        found = json.loads(answer)
        section.findings = [_finding(entry, sources.root) for entry in found]
    except (ToolFailed, ValueError, KeyError, StopIteration) as error:
        section.not_run = str(error)
    return section


def own_checks(sources: Sources) -> Section:
    """Unpinned actions, untrusted text in a script, `pull_request_target`, line by line."""
    section = Section("Workflows (own checks)", scanned=len(sources.workflows))
    if not sources.workflows:
        section.not_run = "there is no workflow file"
    for path in sources.workflows:
        text = (sources.root / path).read_text(errors="replace")
        section.findings += _checked(path, text)
    return section


def _checked(path: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        code = line.split(" #")[0]
        uses = _USES.match(code)
        if uses and not uses[1].startswith(("./", "docker://")) and not _PINNED.search(uses[1]):
            yield Finding("phantom", "unpinned-action", "medium", path, number,
                          f"`{uses[1]}` is not pinned to a commit")  # fmt: skip
        if _UNTRUSTED.search(code) and not re.match(r"\s*(if|name):", code):
            yield Finding("phantom", "script-injection", "high", path, number,
                          "text that anybody can write is expanded here")  # fmt: skip
        if re.match(r"\s*(-\s*|on:.*)?pull_request_target\b", code):
            yield Finding("phantom", "pull-request-target", "medium", path, number,
                          "runs with secrets for pull requests of strangers")  # fmt: skip
    if not re.search(r"^\s*permissions:", text, re.MULTILINE) and "/workflows/" in path:
        yield Finding("phantom", "default-permissions", "low", path, 0,
                      "no `permissions:`, so the token has the default ones")  # fmt: skip


def _finding(entry: dict[str, object], root: Path) -> Finding:
    locations = entry["locations"]
    determinations = entry["determinations"]
    assert isinstance(locations, list)
    assert isinstance(determinations, dict)
    primary = next(
        (place for place in locations if place["symbolic"]["kind"] == "Primary"), locations[0]
    )
    file = next(iter(primary["symbolic"]["key"].values()))["verbatim_path"]
    return Finding(
        tool="zizmor",
        rule=str(entry["ident"]),
        severity=_SEVERITY.get(determinations["severity"], "info"),
        path=str(Path(file).relative_to(root)),
        line=primary["concrete"]["location"]["start_point"]["row"] + 1,
        message=str(entry["desc"]),
    )
