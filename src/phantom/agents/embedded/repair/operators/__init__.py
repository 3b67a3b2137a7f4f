"""The table of mutation operators: each turns a place in the code into proposals for edits."""

import ast
from collections.abc import Iterator

from phantom.agents.embedded.repair.operators import (
    compose,
    donors,
    layout,
    names,
    statements,
    tokens,
)
from phantom.agents.embedded.repair.region import Proposal, Region

_ON_EXPRESSIONS = (*tokens.OPERATORS, *names.OPERATORS, *compose.OPERATORS, *donors.OPERATORS)
_ON_STATEMENTS = (*statements.OPERATORS, *layout.OPERATORS)


def proposals(region: Region) -> Iterator[Proposal]:
    """Every edit that any operator proposes for `region`, unranked, in a fixed order."""
    for node in region.expressions:
        for on_expression in _ON_EXPRESSIONS:
            yield from on_expression(region, node)
    for function in region.nodes:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from statements.defaulted(region, function)
    if isinstance(region.root, ast.Module):
        return  # nobody forgets whole statements at the top of a module and notices by a test
    for statement in region.statements:
        for on_statement in _ON_STATEMENTS:
            yield from on_statement(region, statement)
