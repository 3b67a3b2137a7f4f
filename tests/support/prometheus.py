"""What the server exposes to Prometheus, taken apart."""

from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from phantom.api.application import Application

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Family:
    """A family as it is exposed: its type, labels, and the names of its samples."""

    kind: str
    labels: tuple[str, ...]
    samples: tuple[str, ...]


def families(app: Application) -> dict[str, Family]:
    """Every family of `app` by its name as it is written, those without a sample included."""
    registry = app.api.state.instruments.registry
    declared = {
        collector._name: collector._labelnames
        for collector in registry._collector_to_names
        if hasattr(collector, "_labelnames")
    }
    found = {}
    for family in registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = declared.get(family.name)
        if labels is None:
            labels = sorted({label for sample in family.samples for label in sample.labels})
        parts = (f"{name}_bucket", f"{name}_sum", f"{name}_count")
        samples = parts if family.type == "histogram" else (name,)
        found[name] = Family(family.type, tuple(labels), samples)
    return found


class Scrape:
    """One answer of `/api/metrics`."""

    def __init__(self, text: str) -> None:
        self._values: dict[tuple[str, Labels], float] = {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        """The value of one series; 0 where there is none, as for a counter that never counted."""
        return self._values.get((name, tuple(sorted(labels.items()))), 0.0)

    def total(self, name: str, **labels: str) -> float:
        """The sum over all series of `name` that have these labels."""
        return sum(
            value
            for (each, had), value in self._values.items()
            if each == name and labels.items() <= dict(had).items()
        )

    def __len__(self) -> int:
        return len(self._values)
