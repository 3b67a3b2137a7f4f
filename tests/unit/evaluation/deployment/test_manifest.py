"""Each rule on Kubernetes manifests finds its flaw, and leaves what is right alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.deployment.manifest import is_manifest, manifest_flaws

GOOD = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      securityContext:
        runAsNonRoot: true
      volumes:
        - name: data
          emptyDir: {}
      containers:
        - name: web
          image: example.com:5000/web:1.2
          resources:
            limits: {memory: 1Gi}
          env:
            - name: DB_PASSWORD
              valueFrom: {secretKeyRef: {name: db, key: password}}
"""


def found(source: str) -> list[tuple[str, int]]:
    """Rule and line of each flaw."""
    return [(flaw.rule, flaw.line) for flaw in manifest_flaws(source)]


def test_a_good_file_has_no_flaw() -> None:
    """Of several documents, one after the other."""
    assert is_manifest(GOOD)
    assert [] == found(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("metadata: {name: settings}\n", "", ("kubernetes-missing", 1)),
        ("kind: ConfigMap\n", "", ("kubernetes-missing", 1)),
        ("      containers:", "      others:", ("kubernetes-missing", 16)),
        ("          image: example.com:5000/web:1.2\n", "", ("kubernetes-missing", 22)),
        ("matchLabels: {app: web}", "matchLabels: {app: api}", ("kubernetes-selector", 11)),
        ("web:1.2", "web", ("kubernetes-latest", 23)),
        ("web:1.2", "web:latest", ("kubernetes-latest", 23)),
        ("emptyDir: {}", "hostPath: {path: /etc}", ("kubernetes-host-path", 20)),
        ("      volumes:", "      hostNetwork: true\n      volumes:", ("kubernetes-host", 18)),
        ("runAsNonRoot: true", "runAsUser: 0", ("kubernetes-root", 22)),
        ("limits: {memory", "requests: {memory", ("kubernetes-limits", 22)),
        (
            "          env:",
            "          securityContext: {privileged: true}\n          env:",
            ("kubernetes-privileged", 26),
        ),
        (
            "valueFrom: {secretKeyRef: {name: db, key: password}}",
            "value: hunter2",
            ("kubernetes-secret", 27),
        ),
        ("metadata: {name: settings}", "metadata: {name: settings", ("kubernetes-syntax", 4)),
    ],
)
def test_each_flaw_is_found_with_its_line(old: str, new: str, expected: tuple[str, int]) -> None:
    """One change makes one flaw."""
    assert old in GOOD
    assert [expected] == found(GOOD.replace(old, new, 1))


def test_a_container_may_say_for_itself_that_it_is_not_root() -> None:
    """What stands nearer goes before what the pod says."""
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
    one = "  - {name: a, image: 'a:1', resources: {limits: {cpu: 1}}, securityContext: {%s}}\n"
    assert [] == found(pod + one % "runAsUser: 1000")
    assert [("kubernetes-root", 6)] == found(pod + one % "runAsNonRoot: false")


def test_what_is_no_manifest_is_left_alone() -> None:
    """A workflow, a composition, and a template that Helm has not filled in."""
    assert not is_manifest("name: CI\non: push\n")
    assert not is_manifest("apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Values.name }}}\n")


def test_hostile_yaml_costs_nothing() -> None:
    """No object is made of a tag, no alias is multiplied, and depth is refused."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    assert [] == found(head + "data: !!python/object/apply:os.system [exit]\n")
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    assert [] == found(f"{head}a0: &a0 [x]\n{levels}")
    assert [("kubernetes-syntax", 1)] == found(head + "data: " + "[" * 5000)


@given(st.text(alphabet="apiVersonkd: -{}[]&*!\n'\"|>", max_size=80))
def test_whatever_the_text_it_is_told_and_not_raised(source: str) -> None:
    """A text that is no YAML has a flaw, not an error."""
    assert all(line >= 1 for _, line in found(source))
