"""The import graph: cycles between modules, and the layers that follow from who imports whom."""

import ast
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import Finding, Section
from phantom.agents.embedded.analysis.tool import ToolFailed, run

_SECONDS = 60.0
_PROGRAM = Path(__file__).parents[1] / "worker" / "imports.py"
_SHOWN = 12


@dataclass(slots=True)
class Graph:
    """Modules, and for each importer what it imports, with the line of the import."""

    modules: set[str] = field(default_factory=set)
    edges: dict[str, dict[str, int]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def add(self, importer: str, imported: str, line: int) -> None:
        """One import; a second of the same pair keeps the first line."""
        self.edges.setdefault(importer, {}).setdefault(imported, line)


def import_graph(sources: Sources, scratch: Path) -> Section:
    """Cycles as findings; layers and the most imported modules as notes."""
    section = Section("Import graph (grimp)", scanned=len(sources.python))
    if not sources.python:
        section.not_run = "there is no Python file"
        return section
    try:
        graph = _graph(sources, scratch)
    except (ToolFailed, ValueError, KeyError) as error:
        section.not_run = str(error)
        return section
    count = sum(map(len, graph.edges.values()))
    section.notes.append(f"{len(graph.modules)} modules, {count} imports between them.")
    for cycle in cycles(graph.edges):
        first, second = cycle[0], cycle[1]
        section.findings.append(
            Finding(
                tool="grimp",
                rule="import-cycle",
                severity="medium",
                path=graph.paths.get(first, first),
                line=graph.edges[first][second],
                message=f"import cycle: {' -> '.join([*cycle, first])}",
            )
        )
    section.notes += _layer_notes(graph)
    return section


def cycles(edges: dict[str, dict[str, int]]) -> list[list[str]]:
    """One shortest cycle of each strongly connected component with more than one module."""
    return sorted(_shortest_cycle(edges, c) for c in components(edges) if len(c) > 1)


def components(edges: dict[str, dict[str, int]]) -> list[set[str]]:
    """Strongly connected components (Kosaraju), each before those that import it."""
    nodes = sorted(set(edges) | {m for targets in edges.values() for m in targets})
    order: list[str] = []
    seen: set[str] = set()
    for node in nodes:
        _finish(node, edges, seen, order)
    backwards: dict[str, dict[str, int]] = {}
    for importer, targets in edges.items():
        for target in targets:
            backwards.setdefault(target, {})[importer] = 0
    seen = set()
    found: list[set[str]] = []
    for node in reversed(order):
        component: list[str] = []
        _finish(node, backwards, seen, component)
        if component:
            found.append(set(component))
    return found[::-1]


def layers(graph: Graph) -> list[list[str]]:
    """Modules by depth, the lowest first: a module lies above everything that it imports."""
    depth: dict[str, int] = {}
    for component in components(graph.edges):
        below = {t for m in component for t in graph.edges.get(m, {})} - component
        level = 1 + max((depth[m] for m in below), default=-1)
        depth |= dict.fromkeys(component, level)
    depth |= {m: 0 for m in graph.modules if m not in depth}
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for module, level in sorted(depth.items()):
        found[level].append(module)
    return found


def _finish(start: str, edges: dict[str, dict[str, int]], seen: set[str], out: list[str]) -> None:
    """Depth-first from `start`, without recursion; appends each node when it is left."""
    if start in seen:
        return
    seen.add(start)
    stack = [(start, iter(sorted(edges.get(start, {}))))]
    while stack:
        node, targets = stack[-1]
        following = next((t for t in targets if t not in seen), None)
        if following is None:
            out.append(node)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(sorted(edges.get(following, {})))))


def _shortest_cycle(edges: dict[str, dict[str, int]], component: set[str]) -> list[str]:
    start = min(component)
    paths = [[start]]
    seen: set[str] = set()
    for path in paths:  # grows while it is read: breadth first
        for target in sorted(edges.get(path[-1], {})):
            if target == start:
                return path
            if target in component and target not in seen:
                seen.add(target)
                paths.append([*path, target])
    raise AssertionError("a component of several modules has a cycle")


def _layer_notes(graph: Graph) -> list[str]:
    notes = ["", "Layers, lowest first (a module lies above all that it imports):"]
    for level, modules in enumerate(layers(graph)):
        more = f" and {len(modules) - _SHOWN} more" if len(modules) > _SHOWN else ""
        notes.append(f"{level}. {', '.join(f'`{m}`' for m in modules[:_SHOWN])}{more}")
    imported: dict[str, int] = {}
    for targets in graph.edges.values():
        for target in targets:
            imported[target] = imported.get(target, 0) + 1
    top = sorted(imported.items(), key=lambda item: (-item[1], item[0]))[:5]
    if top:
        notes += ["", "Most imported: " + ", ".join(f"`{m}` ({n})" for m, n in top) + "."]
    return notes


def _graph(sources: Sources, scratch: Path) -> Graph:
    """Packages by grimp; modules that are in no package by their own import statements."""
    graph = Graph()
    roots = [""] + [r for r in ("src/", "lib/") if any(p.startswith(r) for p in sources.python)]
    for path in sources.python:
        root = max((r for r in roots if path.startswith(r)), key=len)
        name = path.removeprefix(root).removesuffix(".py").replace("/", ".")
        graph.paths[name.removesuffix(".__init__")] = path
    for root in roots:
        packages = [
            Path(p).parent.name
            for p in sources.python
            if p.startswith(root) and p.removeprefix(root).count("/") == 1
            and p.endswith("/__init__.py")
        ]  # fmt: skip
        if packages:
            argv = [sys.executable, str(_PROGRAM), str(sources.root / root), *sorted(packages)]
            answer = json.loads(run(argv, cwd=scratch, home=scratch, seconds=_SECONDS))
            graph.modules |= set(answer["modules"])
            for importer, imported, line in answer["edges"]:
                graph.add(importer, imported, line)
    _add_scripts(graph, sources.root)
    return graph


def _add_scripts(graph: Graph, root: Path) -> None:
    loose = {name: path for name, path in graph.paths.items() if name not in graph.modules}
    for name, path in loose.items():
        try:
            tree = ast.parse((root / path).read_bytes())
        except (SyntaxError, ValueError):
            continue
        graph.modules.add(name)
        for imported, line in _imports(ast.walk(tree)):
            known = imported if imported in graph.paths else imported.rpartition(".")[0]
            if known in graph.paths and known != name:
                graph.add(name, known, line)


def _imports(nodes: Iterable[ast.AST]) -> Iterable[tuple[str, int]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno
