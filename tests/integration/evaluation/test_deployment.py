"""Flaws of Dockerfiles and manifests count where the project is deployed so, and they are new."""

from phantom.evaluation import Deployment, Verdict
from phantom.evaluation.deployment import DockerEvaluator, KubernetesEvaluator
from tests.support.evaluation import SubjectFactory, evaluate, named

EVALUATORS = (DockerEvaluator(), KubernetesEvaluator())
BOTH = {"deployment": Deployment(docker_enabled=True, kubernetes_enabled=True)}
BASE = {
    "Dockerfile": "FROM python\nCMD run\n",
    "deploy/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n",
}


async def test_only_new_flaws_count(make_subject: SubjectFactory) -> None:
    """What the base commit has is nobody's new fault, wherever it moves."""
    change = {"Dockerfile": "# A comment\nFROM python\nADD http://example.com/a /a\nCMD run\n"}
    subject = make_subject(BASE, change).model_copy(update=BOTH)
    report = await evaluate(subject, EVALUATORS)
    docker = named(report, "deployment:docker")
    assert [("docker-add-url", "Dockerfile", 3)] == [
        (finding.rule, finding.path, finding.line) for finding in docker.findings
    ]
    assert (Verdict.FAILED, 1 / 1.3) == (docker.verdict, report.components["deployment"])
    kubernetes = named(report, "deployment:kubernetes")
    assert (Verdict.NOT_MEASURED, "no manifest was changed") == (
        kubernetes.verdict,
        kubernetes.summary,
    )


async def test_a_new_manifest_is_measured_whole(make_subject: SubjectFactory) -> None:
    """Beside YAML that is no manifest, of which nothing is said."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec:\n  containers:\n"
    pod += "  - {name: b, image: 'b:1', securityContext: {privileged: true, runAsUser: 1}}\n"
    change = {"deploy/b.yml": pod, "ci.yml": "on: push\n"}
    report = await evaluate(make_subject(BASE, change).model_copy(update=BOTH), EVALUATORS)
    kubernetes = named(report, "deployment:kubernetes")
    assert "2 new flaws of a manifest in 1 changed file" == kubernetes.summary
    assert ["kubernetes-privileged", "kubernetes-limits"] == [f.rule for f in kubernetes.findings]


async def test_without_its_switch_nothing_is_looked_at(make_subject: SubjectFactory) -> None:
    """Each of the two has its own."""
    subject = make_subject(BASE, {"Dockerfile": "FROM ruby\n"})
    assert () == (await evaluate(subject, EVALUATORS)).evaluations
    only = {"deployment": Deployment(docker_enabled=True)}
    report = await evaluate(subject.model_copy(update=only), EVALUATORS)
    assert ["deployment:docker"] == [each.evaluator for each in report.evaluations]
