"""Flaws of Kubernetes manifests, by a few rules that are seldom wrong.

No cluster is asked, so that what only its API server knows (kinds of its own, quotas) is not
checked. Names and places are those of <https://kubernetes.io/docs/reference/kubernetes-api/>.
"""

import re
from collections.abc import Iterator

import yaml

from phantom.evaluation.deployment.words import Flaw, floats, names_secret
from phantom.evaluation.port import FindingSeverity

_HIGH, _MEDIUM, _LOW = FindingSeverity.HIGH, FindingSeverity.MEDIUM, FindingSeverity.LOW
_LOOKS_LIKE_ONE = re.compile(r"^(apiVersion|kind)\s*:", re.MULTILINE)
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
# Where the pod of each kind is.
_PODS = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_SELECTING = {"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"}
_HOST = ("hostNetwork", "hostPID", "hostIPC")

_Node = yaml.nodes.Node


def is_manifest(source: str) -> bool:
    """True for a text of YAML that Kubernetes would be given; a template of Helm is none yet."""
    return len(set(_LOOKS_LIKE_ONE.findall(source))) == 2 and not _TEMPLATE.search(source)


def manifest_flaws(source: str) -> list[Flaw]:
    """The flaws of one file of manifests; one that cannot be read has that alone."""
    try:
        documents = [node for node in yaml.compose_all(source, Loader=yaml.SafeLoader) if node]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "it is nested too deeply"
        line = mark.line + 1 if mark else 1
        return [Flaw("kubernetes-syntax", line, f"this is no YAML: {what}", _HIGH, "syntax")]
    return [flaw for document in documents for flaw in _document(document)]


def _document(document: _Node) -> Iterator[Flaw]:
    kind, version = _text(_at(document, "kind")), _text(_at(document, "apiVersion"))
    if not kind or not version:
        missing = "apiVersion" if kind else "kind"
        if kind or version:
            yield _missing(document, missing, "document")
        return
    if kind == "List":
        for item in _items(_at(document, "items")):
            yield from _document(item)
        return
    named = _at(document, "metadata", "name") or _at(document, "metadata", "generateName")
    name = f"{kind} {_text(named)}".strip()
    if named is None and kind != "Kustomization":
        yield _missing(document, "metadata.name", name)
    if kind in _PODS:
        yield from _workload(document, kind, name)


def _workload(document: _Node, kind: str, name: str) -> Iterator[Flaw]:
    place = (*_PODS[kind], "spec")
    if kind in _SELECTING:
        selector = _at(document, "spec", "selector")
        if selector is None:
            yield _missing(document, "spec.selector", name)
        else:
            yield from _labels(document, selector, name)
    pod = _at(document, *place)
    if pod is None or not _items(_at(pod, "containers")):
        yield _missing(pod or document, ".".join((*place, "containers")), name)
        return
    yield from _pod(pod, name)


def _labels(document: _Node, selector: _Node, name: str) -> Iterator[Flaw]:
    labels = _pairs(_at(document, "spec", "template", "metadata", "labels"))
    for key, value in _pairs(_at(selector, "matchLabels")).items():
        if labels.get(key) != value:
            message = f"{name} selects {key}: {value}, which its template does not have"
            yield Flaw("kubernetes-selector", _line(selector), message, _HIGH, f"{name} {key}")


def _pod(pod: _Node, name: str) -> Iterator[Flaw]:
    for switch in _HOST:
        if _true(node := _at(pod, switch)):
            message = f"{name} shares the node's {switch.removeprefix('host')}"
            yield Flaw("kubernetes-host", _line(node), message, _MEDIUM, f"{name} {switch}")
    for volume in _items(_at(pod, "volumes")):
        if (path := _at(volume, "hostPath")) is not None:
            message = f"{name} mounts {_text(_at(path, 'path'))} of the node"
            subject = f"{name} {_text(_at(path, 'path'))}"
            yield Flaw("kubernetes-host-path", _line(path), message, _MEDIUM, subject)
    shared = _at(pod, "securityContext")
    for field in ("initContainers", "containers"):
        for container in _items(_at(pod, field)):
            yield from _container(container, shared, name, limited=field == "containers")


def _container(
    container: _Node, shared: _Node | None, workload: str, *, limited: bool
) -> Iterator[Flaw]:
    name = f"{workload}, container {_text(_at(container, 'name')) or '?'}"
    line = _line(container)
    image, own = _at(container, "image"), _at(container, "securityContext")
    for field in ("name", "image"):
        if _at(container, field) is None:
            yield _missing(container, field, name)
    if image is not None and floats(_text(image)):
        message = f"{name}: {_text(image)} can be another image tomorrow; name a version"
        yield Flaw("kubernetes-latest", _line(image), message, _MEDIUM, f"{name} {_text(image)}")
    if _true(node := _at(own, "privileged")):
        yield Flaw("kubernetes-privileged", _line(node), f"{name} is privileged", _HIGH, name)
    if not _is_not_root(own, shared):
        message = f"{name} may run as root; set securityContext.runAsNonRoot"
        yield Flaw("kubernetes-root", line, message, _MEDIUM, name)
    if limited and not _pairs(_at(container, "resources", "limits")):
        yield Flaw("kubernetes-limits", line, f"{name} has no resources.limits", _LOW, name)
    for variable in _items(_at(container, "env")):
        key, value = _text(_at(variable, "name")), _text(_at(variable, "value"))
        if names_secret(key) and value and not value.startswith("$("):
            message = f"{name}: {key} stands in the manifest; take it from a Secret"
            yield Flaw("kubernetes-secret", _line(variable), message, _HIGH, f"{name} {key}")


def _is_not_root(own: _Node | None, shared: _Node | None) -> bool:
    for field in ("runAsNonRoot", "runAsUser"):
        node = _at(own, field) or _at(shared, field)
        if node is not None and (_true(node) if field == "runAsNonRoot" else _text(node) != "0"):
            return True
    return False


def _missing(node: _Node, field: str, name: str) -> Flaw:
    message = f"{name} has no {field}"
    return Flaw("kubernetes-missing", _line(node), message, _HIGH, f"{name} {field}")


def _at(node: _Node | None, *path: str) -> _Node | None:
    for key in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for name, value in node.value if _text(name) == key), None)
    is_null = isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"
    return None if is_null else node


def _items(node: _Node | None) -> list[_Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _pairs(node: _Node | None) -> dict[str, str]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return {_text(key): _text(value) for key, value in pairs}


def _text(node: _Node | None) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _true(node: _Node | None) -> bool:
    return _text(node).lower() == "true"


def _line(node: _Node | None) -> int:
    return node.start_mark.line + 1 if node is not None else 1
