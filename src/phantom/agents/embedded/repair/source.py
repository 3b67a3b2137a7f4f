"""A Python source file that can be edited segment by segment, everything else left as it is."""

import ast
from dataclasses import dataclass
from functools import cached_property

Splice = tuple[int, int, str]
"""Byte offsets of the replaced segment, and the text that takes its place."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One candidate: a few splices in one file.

    Attributes:
        path: file, relative to the workspace.
        line: 1-based line of the changed node in the original file.
        operator: name of the mutation operator, a key of `priors.PRIORS`.
        splices: what is replaced, not overlapping.
        cost: rank; lower is tried first.
    """

    path: str
    line: int
    operator: str
    splices: tuple[Splice, ...]
    cost: float


class SourceFile:
    """Text and syntax tree of one file. Raises SyntaxError where it does not parse."""

    def __init__(self, path: str, text: str) -> None:
        """Parse `text`; `path` is relative to the workspace and only a label."""
        self.path = path
        self.text = text
        self.data = text.encode()
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in self.data.split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of every node but the root."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def offset(self, line: int, column: int) -> int:
        """Byte offset of a 1-based line and a 0-based UTF-8 column, as `ast` counts them."""
        return self._starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> tuple[int, int]:
        """Byte offsets of a node's first byte and of the one after its last."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def code(self, node: ast.expr | ast.stmt | ast.keyword | ast.arg) -> str:
        """The node's own text; one that spans lines is written on one where that is possible."""
        start, end = self.span(node)
        text = self.data[start:end].decode()
        return ast.unparse(node) if "\n" in text and isinstance(node, ast.expr) else text

    def slice(self, start: int, end: int) -> str:
        """Text between two byte offsets."""
        return self.data[start:end].decode()

    def line_span(self, first: int, last: int) -> tuple[int, int]:
        """Byte offsets of whole lines `first` to `last`, with the final line break."""
        return self._starts[first - 1], min(self._starts[last], len(self.data))

    def line_text(self, line: int) -> str:
        """One line without its line break."""
        start, end = self.line_span(line, line)
        return self.slice(start, end).rstrip("\r\n")

    def apply(self, edit: Edit) -> str:
        """The whole text after `edit`."""
        data = self.data
        for start, end, text in sorted(edit.splices, reverse=True):
            data = data[:start] + text.encode() + data[end:]
        return data.decode()
