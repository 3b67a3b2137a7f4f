"""Cycles and layers of an import graph."""

from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.embedded.analysis.imports import Graph, components, cycles, layers

NAMES = st.sampled_from("abcdef")
EDGES = st.dictionaries(NAMES, st.dictionaries(NAMES, st.just(1), max_size=4), max_size=6)


def test_a_cycle_is_named_once() -> None:
    """The shortest way around, from its first name on."""
    edges = {"a": {"b": 1}, "b": {"c": 2, "a": 5}, "c": {"a": 3}, "d": {"a": 1}}
    assert [["a", "b"]] == cycles(edges)


def test_layers() -> None:
    """A module lies above all that it imports."""
    graph = Graph({"app", "core", "db", "lone"}, {"app": {"core": 1}, "core": {"db": 1}})
    assert [["db", "lone"], ["core"], ["app"]] == layers(graph)


@given(EDGES)
def test_components_partition_the_modules(edges: dict[str, dict[str, int]]) -> None:
    """Each module is in one component, and imports lead into components listed before."""
    found = components(edges)
    place = {module: number for number, part in enumerate(found) for module in part}
    assert sum(map(len, found)) == len(place)
    for importer, targets in edges.items():
        for target in targets:
            assert place[target] <= place[importer]


@given(EDGES)
def test_cycles_are_cycles(edges: dict[str, dict[str, int]]) -> None:
    """Each step of a reported cycle is an import."""
    for cycle in cycles(edges):
        for one, two in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
            assert two in edges[one]
