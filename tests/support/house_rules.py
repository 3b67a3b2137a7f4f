"""The rules that a reader of the code relies on, as functions from source to violations.

Each rule takes a module and yields `(line, what is wrong)`. They are tripwires against runaways,
not goals: a good long function beats five bad short ones.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LONGEST_FUNCTION = 100
LONGEST_MODULE = 800
_VAGUE_MODULES = re.compile(r"_?(utils?|helpers?|managers?|commons?|misc|base2)")
_VAGUE_CLASSES = re.compile(r"\w*(Manager|Helper|Utils?)")
_PATCHES = {"setattr", "delattr", "setitem", "delitem"}

Violations = Iterator[tuple[int, str]]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file, parsed at most once."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> "Module":
        """The module in a file."""
        return cls(path, path.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def comments(self) -> dict[int, str]:
        """The comment on each line that has one, without its `#`."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}

    @cached_property
    def functions(self) -> list[Function]:
        """Every function and method, nested ones included."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    def reason(self, line: int) -> str:
        """The words of the comment on `line`, without what is meant for a tool."""
        return re.sub(r"(noqa|type): *[\w\[\],. -]*?( - |$)", "", self.comments.get(line, ""))


def named_for_what_it_is(module: Module) -> Violations:
    """No module or class with a name that says nothing."""
    if _VAGUE_MODULES.fullmatch(module.path.stem):
        yield 1, f"a module called {module.path.stem}"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and _VAGUE_CLASSES.fullmatch(node.name):
            yield node.lineno, f"a class called {node.name}"


def of_bearable_length(module: Module) -> Violations:
    """No function and no module that nobody can hold in mind."""
    length = module.text.count("\n")
    if length > LONGEST_MODULE:
        yield 1, f"{length} lines in one module"
    for function in module.functions:
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > LONGEST_FUNCTION:
            yield function.lineno, f"{length} lines in {function.name}"


def broad_excepts_give_a_reason(module: Module) -> Violations:
    """Who catches everything says on that line why nothing is hidden by it."""
    for node in ast.walk(module.tree):
        broad = isinstance(node, ast.ExceptHandler) and _is_broad(node.type)
        if broad and len(module.reason(node.lineno).split()) < 3:
            yield node.lineno, "a broad except without a reason in a comment on its line"


def no_global_statement(module: Module) -> Violations:
    """No state of the process that a function rebinds."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Global):
            yield node.lineno, f"global {', '.join(node.names)}"


def no_blocking_call(module: Module) -> Violations:
    """No `time.sleep` and no synchronous `subprocess`: children go through phantom.processes."""
    for node in ast.walk(module.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = [f"{node.value.id}.{node.attr}"]
        for name in {"subprocess", "time.sleep", "os.system", "os.popen"}.intersection(names):
            yield node.lineno, name


def no_any_in_public_signatures(module: Module) -> Violations:
    """What a caller sees is typed; `Any` switches the type checker off for them."""
    for function in module.functions:
        if function.name.startswith("_"):
            continue
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [a for a in (arguments.vararg, arguments.kwarg) if a]
        for annotation in [*(a.annotation for a in every), function.returns]:
            if annotation and re.search(r"\bAny\b", ast.unparse(annotation)):
                yield function.lineno, f"Any in the signature of {function.name}"


def no_mock_of_our_own(module: Module) -> Violations:
    """Tests replace nothing of ours; an edge to the outside world is marked `# edge: why`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import) and any("mock" in alias.name for alias in node.names):
            yield node.lineno, "an import of mock"
        elif isinstance(node, ast.ImportFrom):
            if "mock" in f"{node.module} {' '.join(alias.name for alias in node.names)}":
                yield node.lineno, "an import of mock"
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            patch = node.value.id in {"monkeypatch", "mocker"} and node.attr in _PATCHES
            if patch and not module.reason(node.lineno).startswith("edge: "):
                yield node.lineno, f"{node.value.id}.{node.attr} without a comment `edge: ...`"


def tests_say_what_they_show(module: Module) -> Violations:
    """Every test has a docstring: the behaviour in a sentence."""
    for function in module.functions:
        if function.name.startswith("test_") and not ast.get_docstring(function):
            yield function.lineno, f"{function.name} has no docstring"


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(part) for part in kind.elts)
    return kind is None or ast.unparse(kind) in {"Exception", "BaseException"}


EVERYWHERE: tuple[Callable[[Module], Violations], ...] = (
    named_for_what_it_is,
    of_bearable_length,
    broad_excepts_give_a_reason,
    no_global_statement,
)
IN_THE_PACKAGE = (no_any_in_public_signatures,)
IN_THE_SERVER = (no_blocking_call,)
IN_TESTS = (no_mock_of_our_own, tests_say_what_they_show)
