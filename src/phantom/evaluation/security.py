"""Security: what bandit and detect-secrets find in the changed files and did not find before.

Neither listens to the repository: its configuration is not read, and comments that silence a
finding (`nosec`, `pragma: allowlist secret`) do not, since whoever writes the change could write
them too. Score of each: `newness.finding_score`.
"""

import asyncio
import importlib.metadata
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ValidationError

from phantom import processes
from phantom.evaluation.base_cache import BaseCache, Findings
from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.children import last_words, module_command, own_scratch, run_tool
from phantom.evaluation.contents import Contents, read_contents, text_of, write_copies
from phantom.evaluation.newness import Sighting, judge, line_fingerprint, new_sightings
from phantom.evaluation.port import Evaluation, FindingSeverity, Subject, ToolBroke, Verdict

SECURITY = "security"
SECRETS = "secrets"

# These flag what is harmless by itself: an assertion, an import, a child without a shell.
_HARMLESS = "B101,B403,B404,B405,B406,B407,B408,B409,B410,B411,B603,B607"
# A guess by entropy or by a variable's name; the other detectors know the shape of a real key.
_GUESSES = {"Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String"}
_SIDES = ("base", "head")


@dataclass(frozen=True, slots=True)
class _Tool:
    """A scanner of single files.

    Attributes:
        arguments: what it is told, before the directories to scan.
        read: its report, as (side, sighting) pairs; raises ValidationError.
    """

    name: str
    package: str
    module: str
    what: str
    nothing: str
    arguments: tuple[str, ...]
    takes: Callable[[ChangedFile], bool]
    read: Callable[[bytes, Contents], Iterable[tuple[str, Sighting]]]

    @property
    def version(self) -> str:
        """Part of the key of what is remembered; blocks for a look at the installed packages."""
        return f"{self.package}-{importlib.metadata.version(self.package)}"


class ScanEvaluator:
    """Runs one scanner on the changed files, before and after, in one process."""

    def __init__(self, tool: _Tool, cache: BaseCache) -> None:
        self.measures: tuple[str, ...] = (tool.name,)
        self._tool = tool
        self._cache = cache

    def applies(self, subject: Subject) -> bool:
        """True for every task that may change code."""
        return not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """Scan both sides and keep what is new; raises ToolBroke or ToolTimedOut."""
        started = time.monotonic()
        tool = self._tool
        files = [file for file in change.at_head if tool.takes(file) and file.added]
        if not files:
            why = tool.nothing
            return (Evaluation(evaluator=tool.name, verdict=Verdict.NOT_MEASURED, summary=why),)
        contents = await read_contents(subject, files)
        known = await asyncio.to_thread(self._known, subject.repository.base_tree)
        hits = len(contents.before.keys() & known.keys())
        self._cache.count(hits=hits, misses=len(contents.before) - hits)
        found = await self._scan(subject, contents, known, timeout_seconds)
        if fresh := {path: found["base"][path] for path in found["base"] if path not in known}:
            await asyncio.to_thread(self._keep, subject.repository.base_tree, fresh)
        after = [sighting for each in found["head"].values() for sighting in each]
        before = [
            # Where the file is now, so that a renamed one is compared with itself.
            sighting.model_copy(update={"path": file.path})
            for file in files
            if file.base_blob
            for sighting in (known | fresh).get(file.base_path, ())
        ]
        new = new_sightings(after, before)
        evaluation = judge(tool.name, tool.what, new, len(contents.after))
        return (evaluation.model_copy(update={"seconds": time.monotonic() - started}),)

    def _known(self, tree: str) -> Findings:
        return self._cache.get(self._tool.version, tree)

    def _keep(self, tree: str, findings: Findings) -> None:
        self._cache.add(self._tool.version, tree, findings)

    async def _scan(
        self, subject: Subject, contents: Contents, known: Findings, timeout_seconds: float
    ) -> dict[str, Findings]:
        scratch = await asyncio.to_thread(own_scratch, subject, self._tool.name)
        before = {path: text for path, text in contents.before.items() if path not in known}

        def prepare() -> None:
            for side, texts in zip(_SIDES, (before, contents.after), strict=True):
                (scratch / side).mkdir(parents=True, exist_ok=True)
                write_copies(scratch / side, texts)

        await asyncio.to_thread(prepare)
        done = await run_tool(
            subject,
            [*module_command(self._tool.module), *self._tool.arguments, *_SIDES],
            cwd=scratch,
            scratch=scratch,
            timeout_seconds=timeout_seconds,
            yielding=True,
        )
        found: dict[str, Findings] = {
            "base": {path: [] for path in before},
            "head": {path: [] for path in contents.after},
        }
        for side, sighting in self._read(done, contents):
            found[side].setdefault(sighting.path, []).append(sighting)
        return found

    def _read(
        self, done: processes.Completed, contents: Contents
    ) -> Iterable[tuple[str, Sighting]]:
        try:
            return list(self._tool.read(done.stdout, contents))
        except ValidationError as error:
            raise ToolBroke(f"{self._tool.package} could not run: {last_words(done)}") from error


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
        side, path = _split(issue.filename)
        severity = FindingSeverity(issue.issue_severity.lower())
        if issue.issue_confidence == "LOW":
            severity = FindingSeverity.LOW
        text = text_of(_side(contents, side), path)
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
        side, path = _split(name)
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


def _split(name: str) -> tuple[str, str]:
    """`./head/src/a.py` is (`head`, `src/a.py`)."""
    side, *rest = PurePosixPath(name).parts
    return side, str(Path(*rest))


def _side(contents: Contents, side: str) -> Mapping[str, bytes]:
    return contents.before if side == "base" else contents.after


_BANDIT = _Tool(
    name=SECURITY,
    package="bandit",
    module="bandit",
    what="security findings",
    nothing="no Python file was changed",
    arguments=(
        *("--format", "json", "--quiet", "--exit-zero", "--ignore-nosec"),
        *("--skip", _HARMLESS, "--recursive"),
    ),
    takes=lambda file: file.path.endswith(".py"),
    read=_read_bandit,
)
_DETECT_SECRETS = _Tool(
    name=SECRETS,
    package="detect-secrets",
    module="detect_secrets",
    what="possible secrets",
    nothing="no line was added to a file",
    arguments=(
        *("--cores", "1", "scan", "--all-files", "--no-verify"),
        *("--disable-filter", "detect_secrets.filters.allowlist.is_line_allowlisted"),
    ),
    takes=lambda _file: True,
    read=_read_secrets,
)


def security_evaluators(cache: BaseCache) -> tuple[ScanEvaluator, ScanEvaluator]:
    """The scanner of Python code, and the scanner for secrets in any file."""
    return ScanEvaluator(_BANDIT, cache), ScanEvaluator(_DETECT_SECRETS, cache)
