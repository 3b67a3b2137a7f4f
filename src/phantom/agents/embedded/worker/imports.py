"""Print the imports between the modules of a project: `python imports.py ROOT PACKAGE...`.

A process of its own, since grimp looks packages up on `sys.path`, where the project's come first.
Prints one JSON list of [importer, imported, line].
"""

import json
import sys

import grimp


def main(root: str, packages: list[str]) -> None:
    """Build the graph without running anything of the project."""
    sys.path[0] = root
    graph = grimp.build_graph(packages[0], *packages[1:], cache_dir=None)
    edges = []
    for importer in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(importer)):
            details = graph.get_import_details(importer=importer, imported=imported)
            edges.append([importer, imported, details[0]["line_number"] if details else 0])
    print(json.dumps({"modules": sorted(graph.modules), "edges": edges}))  # noqa: T201 - its answer


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
