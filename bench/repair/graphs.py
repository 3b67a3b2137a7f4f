"""Random arguments for the programs whose inputs are graphs or linked lists, from their signatures.

Each maker returns a function that builds the arguments anew, since programs change them, with a
`Node` class handed in.
"""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

Build = Callable[[type], list[Any]]


def _digraph(chance: random.Random) -> Build:
    size = chance.randint(2, 7)
    edges = [[n for n in range(size) if chance.random() < 0.3 and n != m] for m in range(size)]
    goal = chance.randrange(size)

    def build(node: type) -> list[Any]:
        nodes = [node(str(n), None, [], [], [], []) for n in range(size)]
        for one, targets in zip(nodes, edges, strict=True):
            one.successors = [nodes[n] for n in targets]
        return [nodes[0], nodes[goal]]

    return build


def _linked(chance: random.Random, *, cycle: bool) -> Build:
    size = chance.randint(1, 8)
    back = chance.randrange(size) if cycle and chance.random() < 0.5 else None

    def build(node: type) -> list[Any]:
        nodes = [node(n) for n in range(size)]
        for one, two in pairwise(nodes):
            one.successor = two
        nodes[-1].successor = None if back is None else nodes[back]
        return [nodes[0]]

    return build


def _ordered(chance: random.Random) -> Build:
    size = chance.randint(1, 7)
    edges = [(m, n) for m in range(size) for n in range(m + 1, size) if chance.random() < 0.35]
    order = list(range(size))
    chance.shuffle(order)

    def build(node: type) -> list[Any]:
        nodes = [node(n, None, [], [], [], []) for n in range(size)]
        for m, n in edges:
            nodes[m].outgoing_nodes.append(nodes[n])
            nodes[n].incoming_nodes.append(nodes[m])
        return [[nodes[n] for n in order]]

    return build


def _weights(chance: random.Random, size: int, *, negative: bool) -> dict[tuple[int, int], int]:
    # A potential keeps every cycle non-negative although edges may be below zero.
    height = [chance.randint(0, 6) if negative else 0 for _ in range(size)]
    return {
        (m, n): chance.randint(1, 9) + height[m] - height[n]
        for m in range(size)
        for n in range(size)
        if m != n and chance.random() < 0.4
    }


def _spanning(chance: random.Random) -> Build:
    size = chance.randint(2, 7)
    edges = {(chance.randrange(n), n): 0 for n in range(1, size)}
    edges |= {(m, n): 0 for m in range(size) for n in range(m + 1, size) if chance.random() < 0.4}
    weights = list(range(1, len(edges) + 1))  # distinct: the tree is then unique
    chance.shuffle(weights)
    graph = dict(zip(edges, weights, strict=True))
    return lambda _node: [dict(graph)]


def _lengths(chance: random.Random) -> Build:
    size = chance.randint(2, 6)
    graph = _weights(chance, size, negative=True)
    return lambda _node: [size, dict(graph)]


def _from_source(chance: random.Random) -> Build:
    graph = _weights(chance, chance.randint(2, 6), negative=True) or {(0, 1): 1}
    source = chance.choice(sorted({m for m, _ in graph}))
    return lambda _node: [source, dict(graph)]


def _one_path(chance: random.Random) -> Build:
    size = chance.randint(2, 6)
    graph = _weights(chance, size, negative=False)
    goal = chance.randrange(size)

    def build(node: type) -> list[Any]:
        nodes = [node(n, None, [], [], [], []) for n in range(size)]
        for m, n in graph:
            nodes[m].successors.append(nodes[n])
        edges = {(nodes[m], nodes[n]): length for (m, n), length in graph.items()}
        return [edges, nodes[0], nodes[goal]]

    return build


MAKERS: dict[str, Callable[[random.Random], Build]] = {
    "breadth_first_search": _digraph,
    "depth_first_search": _digraph,
    "detect_cycle": lambda chance: _linked(chance, cycle=True),
    "reverse_linked_list": lambda chance: _linked(chance, cycle=False),
    "minimum_spanning_tree": _spanning,
    "shortest_path_length": _one_path,
    "shortest_path_lengths": _lengths,
    "shortest_paths": _from_source,
    "topological_ordering": _ordered,
}
