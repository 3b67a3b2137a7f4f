"""A working copy of the project, and how its tests are run there."""

import os
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser, Error
from pathlib import Path

from phantom.agents.embedded.repair.pool import Project

_NOT_COPIED = (
    ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__",
    ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis",
)  # fmt: skip
_CONFIGS = (
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"),
    ("tox.ini", "[pytest]"),
    ("setup.cfg", "[tool:pytest]"),
)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "PHANTOM_MARK", "PHANTOM_PORT_BASE")
# Options that would start other processes, measure, stop early, or need a plugin that is off.
_DROPPED = ("-n", "--numprocesses", "--dist", "--cov", "--no-cov", "-x", "--exitfirst", "--maxfail",
            "--random", "--reruns", "--lf", "--ff", "--last-failed", "--failed-first", "-p",
            "--capture", "--tb", "--durations", "--junit", "--benchmark", "--timeout")  # fmt: skip
_TAKES_VALUE = {"-n", "--numprocesses", "--dist", "--maxfail", "-p", "--tb", "--capture"}


def project_files(workspace: Path) -> list[Path]:
    """Every file of the project, relative, sorted; caches and environments left out."""
    return sorted(path.relative_to(workspace) for path in _walk(workspace))


def python_files(workspace: Path) -> list[Path]:
    """The Python files among them."""
    return [path for path in project_files(workspace) if path.suffix == ".py"]


def copy_tree(workspace: Path, target: Path) -> None:
    """Copy what belongs to the project. Links are copied as links, special files not at all."""

    def ignore(directory: str, names: list[str]) -> set[str]:
        left_out = set(names) & set(_NOT_COPIED)
        for name in names:
            path = Path(directory) / name
            if not (path.is_symlink() or path.is_file() or path.is_dir()):
                left_out.add(name)
        return left_out

    shutil.copytree(workspace, target, symlinks=True, ignore=ignore)


def project_in(root: Path, scratch: Path, source: Path, *, bare: bool = False) -> Project:
    """How to run the tests of the copy in `root`, the original of which is `source`.

    `bare` leaves the project's own pytest options out, for where pytest refuses them.
    """
    temporary = scratch / f"{root.name}.tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    config = next((root / name for name, mark in _CONFIGS if _holds(root / name, mark)), None)
    if config is None:
        config = root / "pytest.ini"  # else pytest looks further up
        config.write_text("[pytest]\n")
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    env |= {
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }
    options = () if bare else _kept(_own_options(root))
    return Project(
        root=root,
        python=_interpreter(source),
        paths=tuple(str(path) for path in (root / "src", root / "lib", root) if path.is_dir()),
        args=("-o", "addopts=", f"--rootdir={root}", "-c", str(config), *options),
        targets=(),
        env=env,
        writable=(root, temporary),
    )


def _holds(file: Path, mark: str) -> bool:
    return file.is_file() and mark in file.read_text(errors="replace")


def _walk(workspace: Path) -> Iterator[Path]:
    for directory, names, files in os.walk(workspace):
        names[:] = sorted(set(names) - set(_NOT_COPIED))
        yield from (Path(directory) / name for name in files)


def _interpreter(source: Path) -> str:
    """The project's own environment where it has one that holds pytest, else ours."""
    for name in (".venv", "venv"):
        python = source / name / "bin" / "python"
        if python.exists() and any((source / name).glob("lib/python3.*/site-packages/pytest")):
            return str(python)
    return sys.executable


def _own_options(root: Path) -> list[str]:
    """`addopts` of the project's configuration; what cannot be read counts as none."""
    try:
        for name in ("pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg"):
            if (root / name).exists():
                parser = ConfigParser(interpolation=None)
                parser.read(root / name)
                section = "tool:pytest" if name == "setup.cfg" else "pytest"
                if parser.has_option(section, "addopts"):
                    return shlex.split(parser.get(section, "addopts"))
        if (root / "pyproject.toml").exists():
            tool = tomllib.loads((root / "pyproject.toml").read_text()).get("tool", {})
            options = tool.get("pytest", {}).get("ini_options", {}).get("addopts", "")
            return shlex.split(options) if isinstance(options, str) else list(map(str, options))
    except (Error, ValueError, OSError, AttributeError):
        return []
    return []


def _kept(options: list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    skip = False
    for option in options:
        name = option.split("=")[0]
        if skip:
            skip = False
        elif name.startswith(_DROPPED):
            skip = name in _TAKES_VALUE and "=" not in option
        else:
            kept.append(option)
    return tuple(kept)
