"""Put the functions of a changed source file into a running interpreter.

Importing a project and collecting its tests costs a hundred times more than running one small
test. So a candidate is not imported: its source is compiled, and the code objects of functions that
are alive already are replaced. What this cannot do (module-level statements, class bodies, default
arguments, another set of captured variables) is reported, and the caller imports afresh.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: set for functions, not for modules and class bodies
_Key = tuple[str, int, bytes]


class LiveFunctions:
    """The function objects of this interpreter that come from files below one directory."""

    def __init__(self, root: Path) -> None:
        """Take stock once; functions that are made later come from code made later."""
        self._by_file: dict[str, list[FunctionType]] = {}
        self._before: dict[tuple[Path, str], CodeType] = {}
        prefix = f"{root}/"
        for thing in gc.get_objects():
            if type(thing) is FunctionType and thing.__code__.co_filename.startswith(prefix):
                self._by_file.setdefault(thing.__code__.co_filename, []).append(thing)

    def prepare(self, path: Path, old: str) -> None:
        """Compile what is alive now, once for all the children that will replace it."""
        if (path, old) not in self._before:
            self._before[path, old] = compile(old, str(path), "exec", dont_inherit=True)

    def replace(self, path: Path, old: str, new: str) -> bool:
        """Make live functions of `path` behave as in `new`; False where a fresh import is due.

        Raises SyntaxError or ValueError where `new` cannot be compiled.
        """
        filename = str(path)
        after = compile(new, filename, "exec", dont_inherit=True)
        self.prepare(path, old)
        before = self._before[path, old]
        swaps: dict[_Key, CodeType] = {}
        if not _pair(before, after, swaps):
            return False
        try:
            for function in self._by_file.get(filename, ()):
                found = swaps.get(_key(function.__code__))
                if found is not None:
                    function.__code__ = found
        except ValueError:
            return False
        return True


def _pair(before: CodeType, after: CodeType, swaps: dict[_Key, CodeType]) -> bool:
    """Collect old to new code of all functions below; False where a scope body itself changed."""
    olds, news = list(_children(before)), list(_children(after))
    same_shape = [code.co_name for code in olds] == [code.co_name for code in news]
    if not before.co_flags & _OPTIMIZED and not (same_shape and _same_body(before, after)):
        return False
    if not same_shape:
        return True
    for old, new in zip(olds, news, strict=True):
        if old.co_flags & _OPTIMIZED:
            swaps[_key(old)] = new
        if not _pair(old, new, swaps):
            return False
    return True


def _children(code: CodeType) -> Iterator[CodeType]:
    return (const for const in code.co_consts if isinstance(const, CodeType))


def _same_body(one: CodeType, two: CodeType) -> bool:
    return (one.co_code, one.co_names, _plain(one)) == (two.co_code, two.co_names, _plain(two))


def _plain(code: CodeType) -> list[str]:
    # By repr, since 1, 1.0 and True are equal, but not the same constant. From Python 3.13 a class
    # body also holds its own line number, which an inserted line above it changes.
    own_line = code.co_firstlineno if "__firstlineno__" in code.co_names else None
    return [repr(c) for c in code.co_consts if not isinstance(c, CodeType) and c != own_line]


def _key(code: CodeType) -> _Key:
    return code.co_name, code.co_firstlineno, code.co_code
