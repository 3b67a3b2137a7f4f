"""Evaluators for where a project's result runs: Dockerfiles and Kubernetes manifests."""

from phantom.evaluation.deployment.evaluators import DockerEvaluator, KubernetesEvaluator

__all__ = ["DockerEvaluator", "KubernetesEvaluator"]
