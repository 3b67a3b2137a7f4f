"""New flaws in Dockerfiles and Kubernetes manifests, where the project is deployed by them.

Only what the base commit does not have counts, as for lint. Score: `newness.finding_score`.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Mapping

from phantom.evaluation.change import Change, ChangedFile
from phantom.evaluation.contents import read_contents, text_of
from phantom.evaluation.deployment.dockerfile import dockerfile_flaws
from phantom.evaluation.deployment.manifest import is_manifest, manifest_flaws
from phantom.evaluation.deployment.words import Flaw
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.newness import Sighting, judge, new_sightings
from phantom.evaluation.port import Evaluation, Subject

DOCKER = "deployment:docker"
KUBERNETES = "deployment:kubernetes"
_DOCKERFILE = re.compile(r"(^|/)((Dockerfile|Containerfile)(\.[\w.-]+)?|[\w.-]+\.[Dd]ockerfile)$")
_YAML = re.compile(r"\.ya?ml$")


class DockerEvaluator:
    """Looks at changed Dockerfiles; starts no process and asks no registry."""

    measures: tuple[str, ...] = (DOCKER,)

    def applies(self, subject: Subject) -> bool:
        """True where the task may change code and the project is deployed by Docker."""
        return subject.deployment.docker_enabled and not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new flaws; cannot time out."""
        del timeout_seconds
        files = [file for file in change.at_head if _DOCKERFILE.search(file.path)]
        return (await _judge(subject, files, DOCKER, "Dockerfile", dockerfile_flaws),)


class KubernetesEvaluator:
    """Looks at changed manifests; starts no process and asks no cluster."""

    measures: tuple[str, ...] = (KUBERNETES,)

    def applies(self, subject: Subject) -> bool:
        """True where the task may change code and the project is deployed by Kubernetes."""
        return subject.deployment.kubernetes_enabled and not subject.task_type.read_only

    async def evaluate(
        self, subject: Subject, change: Change, *, timeout_seconds: float
    ) -> tuple[Evaluation, ...]:
        """The new flaws; cannot time out."""
        del timeout_seconds
        files = [file for file in change.at_head if _YAML.search(file.path)]
        return (await _judge(subject, files, KUBERNETES, "manifest", _manifest),)


def _manifest(source: str) -> list[Flaw] | None:
    return manifest_flaws(source) if is_manifest(source) else None


async def _judge(
    subject: Subject,
    files: list[ChangedFile],
    name: str,
    what: str,
    read: Callable[[str], list[Flaw] | None],
) -> Evaluation:
    started = time.monotonic()
    contents = await read_contents(subject, files)

    def compare() -> Evaluation:
        after = _sightings(files, contents.after, read, lambda file: file.path)
        if not after:
            return unmeasured(name, f"no {what} was changed")
        before = _sightings(files, contents.before, read, lambda file: file.base_path)
        new = new_sightings(_all(after), _all(before))
        return judge(name, f"flaws of a {what}", new, len(after))

    # In a thread, since a large file of YAML takes its time.
    made = await asyncio.to_thread(compare)
    return made.model_copy(update={"seconds": time.monotonic() - started})


def _sightings(
    files: Iterable[ChangedFile],
    contents: Mapping[str, bytes],
    read: Callable[[str], list[Flaw] | None],
    path_of: Callable[[ChangedFile], str],
) -> list[list[Sighting]]:
    """The flaws of each file that is one of these at all, under its path at HEAD."""
    found = []
    for file in files:
        text = text_of(contents, path_of(file))
        flaws = None if text is None else read(text)
        if flaws is not None:
            found.append([_sighting(flaw, file.path) for flaw in flaws])
    return found


def _all(sightings: Iterable[list[Sighting]]) -> list[Sighting]:
    return [sighting for each in sightings for sighting in each]


def _sighting(flaw: Flaw, path: str) -> Sighting:
    return Sighting(
        rule=flaw.rule,
        path=path,
        line=flaw.line,
        message=flaw.message,
        severity=flaw.severity,
        fingerprint=flaw.subject,
    )
