"""One function, or the body of a module, as a place for edits: its names and its parts."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from phantom.agents.embedded.repair.kinds import Kinds
from phantom.agents.embedded.repair.precedence import ATOM, binding, demanded
from phantom.agents.embedded.repair.source import SourceFile, Splice

_FILLING = {"append", "add", "extend", "insert", "update", "setdefault", "appendleft"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An edit that is not ranked yet; `extra` is added to its operator's cost."""

    operator: str
    line: int
    splices: tuple[Splice, ...]
    extra: float = 0.0


@dataclass(frozen=True, slots=True)
class Donor:
    """An expression of the same function that may stand elsewhere."""

    text: str
    node: ast.expr
    size: int


class Region:
    """A function of a file (or its module body) with all functions nested in it."""

    def __init__(self, file: SourceFile, root: ast.AST) -> None:
        """`root` is a function definition of `file`, or its module."""
        self.file = file
        self.root = root
        self.nodes = list(_own(root))
        self.kinds = Kinds(self.nodes)

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """Every statement of the region, in file order, its root left out."""
        return [n for n in self.nodes if isinstance(n, ast.stmt) and n is not self.root]

    @cached_property
    def expressions(self) -> list[ast.expr]:
        """Every expression that may be edited: no annotations, docstrings, pieces of f-strings."""
        banned = {id(n) for node in self.nodes for n in _untouchable(node)}
        return [n for n in self.nodes if isinstance(n, ast.expr) and id(n) not in banned]

    @cached_property
    def locals(self) -> list[str]:
        """Names bound in the region, and parameters, by first appearance."""
        names: dict[str, None] = {}
        for node in self.nodes:
            if isinstance(node, ast.arg):
                names[node.arg] = None
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[node.id] = None
        return list(names)

    @cached_property
    def uses(self) -> Counter[str]:
        """How often each local name is read."""
        return Counter(
            node.id
            for node in self.nodes
            if isinstance(node, ast.Name)
            and isinstance(node.ctx, ast.Load)
            and node.id in self.locals
        )

    @cached_property
    def functions(self) -> list[str]:
        """Names of the functions that the file defines, nested ones and methods included."""
        found = [
            node.name
            for node in ast.walk(self.file.tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def unread(self) -> set[str]:
        """Local names that are set and never read, and collections that are never filled or read.

        Such a name is unfinished business: the likeliest one for a missing use.
        """
        filled: set[str] = set()
        read: set[str] = set()
        empty: set[str] = set()
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_empty(value):
                    empty.add(name)
            if not isinstance(node, ast.Name) or node.id not in self.locals:
                continue
            match self.file.parents.get(node):
                case ast.Attribute(attr=attr) if attr in _FILLING:
                    filled.add(node.id)
                case ast.Subscript(value=value) as parent if value is node and not self.loads(
                    parent
                ):
                    filled.add(node.id)
                case ast.AugAssign():
                    filled.add(node.id)
                case _ if isinstance(node.ctx, ast.Load):
                    read.add(node.id)
        returned_empty = {name for name in empty if name not in filled}
        return {name for name in self.locals if name not in read or name in returned_empty} - {
            "self", "cls", "_",
        }  # fmt: skip

    @cached_property
    def globals(self) -> list[str]:
        """Names bound at the top of the module: functions, classes, constants, imports."""
        names: dict[str, None] = {}
        for node in self.file.tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    names[node.name] = None
                case ast.Import() | ast.ImportFrom():
                    names |= dict.fromkeys(a.asname or a.name.split(".")[0] for a in node.names)
                case ast.Assign() | ast.AnnAssign():
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    names |= dict.fromkeys(t.id for t in targets if isinstance(t, ast.Name))
        return [name for name in names if name not in self.locals and name != "annotations"]

    @cached_property
    def self_attributes(self) -> list[str]:
        """`self.x` for each attribute that the enclosing class reads or sets, methods left out."""
        owner: ast.AST | None = self.root
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = self.file.parents.get(owner)
        if owner is None or "self" not in self.locals:
            return []
        found: dict[str, None] = {}
        methods = {n.name for n in owner.body if isinstance(n, ast.FunctionDef)}
        for node in ast.walk(owner):
            match node:
                case ast.Attribute(value=ast.Name(id="self"), attr=attr) if attr not in methods:
                    found[f"self.{attr}"] = None
                case ast.AnnAssign(target=ast.Name(id=name)) if node in owner.body:
                    found[f"self.{name}"] = None
        return list(found)

    @cached_property
    def attributes(self) -> list[str]:
        """Attribute names that the file uses or defines on anything."""
        found: dict[str, None] = {}
        for node in ast.walk(self.file.tree):
            if isinstance(node, ast.Attribute):
                found[node.attr] = None
        return list(found)

    @cached_property
    def donors(self) -> list[Donor]:
        """Distinct expressions of the region with up to twelve nodes, the smaller first."""
        found: dict[str, Donor] = {}
        for node in self.expressions:
            if isinstance(node, ast.Starred | ast.Slice | ast.GeneratorExp | ast.Lambda):
                continue
            size = sum(1 for n in ast.walk(node) if isinstance(n, ast.expr))
            text = self.file.code(node)
            if size <= 12 and len(text) <= 80:
                found.setdefault(text, Donor(text, node, size))
        return sorted(found.values(), key=lambda donor: donor.size)

    def parent(self, node: ast.AST) -> ast.AST:
        """The node that holds `node`."""
        return self.file.parents[node]

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement around `node`."""
        while not isinstance(node, ast.stmt):
            node = self.parent(node)
        return node

    def loads(self, node: ast.expr) -> bool:
        """True where the expression is read, not assigned to or deleted."""
        return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)

    def code(self, node: ast.expr, at_least: int = 0) -> str:
        """The text of `node`, in parentheses where it binds looser than `at_least`."""
        text = self.file.code(node)
        loose = binding(node) < at_least
        return f"({text})" if loose and not _wrapped(text, node) else text

    def put(self, node: ast.expr, text: str, strength: int = ATOM) -> Splice:
        """Replace `node` by `text`, an expression that binds with `strength`."""
        start, end = self.file.span(node)
        data = self.file.data
        if self._is_only_generator(node):
            start, end = start + 1, end - 1  # its parentheses are the call's
        inside = data[start - 1 : start] in (b"(", b"[") and data[end : end + 1] in (b")", b"]")
        parent = self.parent(node)
        if strength < demanded(parent, node) and not inside:
            text = f"({text})"
        if data[start - 1 : start].isalnum() and text[:1].isalnum():
            text = f" {text}"
        return start, end, text

    def _is_only_generator(self, node: ast.expr) -> bool:
        """True for `x for x in y` in `any(x for x in y)`."""
        parent = self.parent(node)
        if not isinstance(node, ast.GeneratorExp) or not isinstance(parent, ast.Call):
            return False
        return self.file.span(parent)[1] == self.file.span(node)[1]

    def put_donor(self, node: ast.expr, donor: ast.expr) -> Splice:
        """Replace `node` by a copy of `donor`."""
        text = self.file.code(donor)
        if isinstance(donor, ast.Tuple):
            # As an argument, a bare tuple would be several arguments.
            text = f"({text})"
        return self.put(node, text, ATOM if _wrapped(text, donor) else binding(donor))


def regions(file: SourceFile) -> list[Region]:
    """The outermost functions and methods of a file, then the rest of the module as one region."""
    found = [Region(file, node) for node in _outermost(file.tree)]
    return [*found, Region(file, file.tree)]


def _outermost(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        elif isinstance(child, ast.stmt):
            yield from _outermost(child)


def _own(root: ast.AST) -> Iterator[ast.AST]:
    """`root` and its nodes, depth first; of a module, not the functions in it."""
    yield root
    module = isinstance(root, ast.Module | ast.ClassDef | ast.If | ast.Try | ast.With)
    for child in ast.iter_child_nodes(root):
        if not (module and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)):
            yield from _own(child) if module else _preorder(child)


def _preorder(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _preorder(child)


def _untouchable(node: ast.AST) -> Iterator[ast.AST]:
    """What hangs below `node` and must stay: text, types, decorators, imports."""
    match node:
        case ast.JoinedStr():
            yield from list(ast.walk(node))[1:]
        case ast.Expr(value=ast.Constant(value=str())):
            yield node.value
        case ast.arg(annotation=annotation) if annotation is not None:
            yield from ast.walk(annotation)
        case ast.AnnAssign(annotation=annotation):
            yield from ast.walk(annotation)
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            for part in (node.returns, *node.decorator_list):
                if part is not None:
                    yield from ast.walk(part)
        case ast.ClassDef():
            for part in (*node.bases, *node.decorator_list):
                yield from ast.walk(part)


def _wrapped(text: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple) and text.startswith("(")


def _is_empty(node: ast.expr) -> bool:
    match node:
        case ast.List(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id="set" | "list" | "dict" | "deque"), args=[]):
            return True
        case _:
            return False
