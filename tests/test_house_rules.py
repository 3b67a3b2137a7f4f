"""What must never slip: the house rules over every committed file, and each rule over a culprit."""

import re
import subprocess
import tomllib
import typing
from collections.abc import Callable, Iterable
from pathlib import Path

import importlinter.cli
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from phantom.events.types import Event
from phantom.orchestration.stops import Reason
from phantom.settings import Settings
from tests.support import house_rules
from tests.support.house_rules import Module, Violations

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# Code that runs in a child process of its own, where there is no event loop to block.
CHILD_CODE = ("src/phantom/agents/embedded/", "src/phantom/evaluation/probe/")
# Each is a list of what one revision does; nobody reads it as a function.
MIGRATIONS = "src/phantom/db/migrations/versions/"
# In two halves, so that this file does not hold what it forbids.
FORBIDDEN = re.compile(
    "|".join(
        (
            "pypi" + r"\.org",
            "pythonhosted" + r"\.org",
            "registry" + r"\.npmjs",
            "deb" + r"\.debian",
            "/home" + r"/\w+/",
            "/root" + "/",
            "/work" + r"/\w",
            "/Users" + "/",
        )
    )
)


def committed() -> list[Path]:
    """Every file that git knows, relative to the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [Path(name) for name in listed.split("\0") if name and (ROOT / name).is_file()]


def python_files(*prefixes: str) -> list[Path]:
    """Committed Python files below any of `prefixes`, the extensionless `dev` included."""
    return [
        path
        for path in committed()
        if (path.suffix == ".py" or str(path) == "dev") and str(path).startswith(prefixes)
    ]


def broken(rules: Iterable[Callable[[Module], Violations]], files: Iterable[Path]) -> str:
    """Each violation on a line: `file:line: what is wrong`."""
    modules = [Module.read(ROOT / path) for path in files]
    return "\n".join(
        f"{module.path.relative_to(ROOT)}:{line}: {what}"
        for module in modules
        for rule in rules
        for line, what in rule(module)
    )


def test_all_code_keeps_the_general_rules() -> None:
    """Names, lengths, broad excepts and globals, in every Python file there is."""
    files = [path for path in python_files("") if not str(path).startswith(MIGRATIONS)]
    assert "" == broken(house_rules.EVERYWHERE, files)


def test_the_package_is_typed_for_its_callers() -> None:
    """No `Any` in a public signature of the package."""
    assert "" == broken(house_rules.IN_THE_PACKAGE, python_files("src/"))


def test_the_server_never_blocks() -> None:
    """No blocking sleep or synchronous subprocess where an event loop runs."""
    server = [path for path in python_files("src/") if not str(path).startswith(CHILD_CODE)]
    assert "" == broken(house_rules.IN_THE_SERVER, server)


def test_tests_keep_their_rules() -> None:
    """Nothing of ours is mocked, and every test says what it shows."""
    assert "" == broken(house_rules.IN_TESTS, python_files("tests/"))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (house_rules.named_for_what_it_is, "utils.py", ""),
        (house_rules.named_for_what_it_is, "helpers.py", ""),
        (house_rules.named_for_what_it_is, "a.py", "class TaskManager: ..."),
        (house_rules.of_bearable_length, "a.py", "x = 1\n" * 801),
        (house_rules.of_bearable_length, "a.py", "def f():\n" + "    x = 1\n" * 100),
        (house_rules.broad_excepts_give_a_reason, "a.py", "try: ...\nexcept Exception: ..."),
        (house_rules.broad_excepts_give_a_reason, "a.py", "try: ...\nexcept: ..."),
        (
            house_rules.broad_excepts_give_a_reason,
            "a.py",
            "try: ...\nexcept (OSError, BaseException):  # noqa: BLE001\n    ...",
        ),
        (house_rules.no_global_statement, "a.py", "def f():\n    global x"),
        (house_rules.no_blocking_call, "a.py", "import time\ntime.sleep(1)"),
        (house_rules.no_blocking_call, "a.py", "from time import sleep"),
        (house_rules.no_blocking_call, "a.py", "import subprocess"),
        (house_rules.no_blocking_call, "a.py", "from subprocess import run"),
        (house_rules.no_any_in_public_signatures, "a.py", "def f(x: list[Any]) -> None: ..."),
        (house_rules.no_any_in_public_signatures, "a.py", "def f(*, x: int) -> Any: ..."),
        (house_rules.no_mock_of_our_own, "a.py", "from unittest import mock"),
        (house_rules.no_mock_of_our_own, "a.py", "import unittest.mock"),
        (house_rules.no_mock_of_our_own, "a.py", "monkeypatch.setattr(phantom.git, 'git', f)"),
        (house_rules.tests_say_what_they_show, "a.py", "def test_x(): assert True"),
    ],
)
def test_every_rule_catches_its_culprit(
    rule: Callable[[Module], Violations], path: str, source: str
) -> None:
    """A rule that finds nothing anywhere would be worth nothing."""
    assert [] != list(rule(Module(Path(path), source)))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (
            house_rules.broad_excepts_give_a_reason,
            "try: ...\nexcept Exception:  # noqa: BLE001 - it costs only itself\n    ...",
        ),
        (
            house_rules.broad_excepts_give_a_reason,
            "try: ...\nexcept BaseException:  # whatever happened, the lock goes back\n    ...",
        ),
        (house_rules.no_mock_of_our_own, "monkeypatch.setattr(x, 'y', z)  # edge: the clock"),
        (house_rules.no_mock_of_our_own, "monkeypatch.setenv('A', 'b')"),
    ],
)
def test_a_reason_is_accepted(rule: Callable[[Module], Violations], source: str) -> None:
    """What is marked with its reason passes."""
    assert [] == list(rule(Module(Path("a.py"), source)))


def test_nothing_imports_upwards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers of pyproject.toml hold."""
    monkeypatch.chdir(ROOT)
    assert 0 == importlinter.cli.lint_imports(no_cache=True, no_logo=True)


def test_every_package_has_its_layer() -> None:
    """A new module cannot stay outside the layers, where nothing would check it."""
    (contract,) = PROJECT["tool"]["importlinter"]["contracts"]
    named = set(re.findall(r"phantom\.(\w+)", " ".join(contract["layers"])))
    there = {path.parts[2].removesuffix(".py") for path in python_files("src/phantom/")}
    assert set() == there - named - {"__init__", "__main__"}


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    """The repository works from any path and any package index."""
    found = [
        f"{path}:{number}: {match.group()}"
        for path in committed()
        for number, line in enumerate((ROOT / path).read_bytes().splitlines(), 1)
        if (match := FORBIDDEN.search(line.decode(errors="replace")))
    ]
    assert [] == found


def declared() -> dict[str, Requirement]:
    """Every package that pyproject.toml asks for by name: runtime, extras, groups, build."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    lines = [*project["dependencies"], *PROJECT["build-system"]["requires"]]
    lines += [line for extra in project["optional-dependencies"].values() for line in extra]
    lines += [line for group in groups.values() for line in group if isinstance(line, str)]
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in parsed}


def locked(name: str) -> dict[str, str]:
    """Package and version of each pin in `requirements/NAME.txt`."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


def test_the_lock_satisfies_pyproject() -> None:
    """Whoever changes a dependency runs `./dev lock`."""
    pins = locked("dev")
    stale = {
        str(requirement)
        for name, requirement in declared().items()
        if not requirement.specifier.contains(pins.get(name, "0"), prereleases=True)
    }
    assert set() == stale


def test_the_base_lock_is_a_part_of_the_whole() -> None:
    """What runs is what was tested: the same versions in both locks."""
    assert locked("base").items() <= locked("dev").items()


@pytest.mark.parametrize("name", ["base", "dev", "uv"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    """A registry can serve nothing but the files that were locked."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    # A package has several pins where its newest release does not run on every Python.
    assert {entry.split("==", 1)[0] for entry in entries} == set(locked(name)) != set()
    assert [] == [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in text


def table(page: str) -> list[list[str]]:
    """The cells of each row of the tables on a page of `docs/`, head rows included."""
    rows = [
        line for line in (ROOT / "docs" / page).read_text().splitlines() if line.startswith("| ")
    ]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


def test_every_dependency_is_explained() -> None:
    """docs/dependencies.md has a row, with a reason, for each package asked for, and no others."""
    rows = {cells[0].strip("`"): cells for cells in table("dependencies.md")}
    explained = set(rows) - {"Package"}
    assert set(declared()) == explained
    assert [] == [name for name in explained if len(rows[name]) < 4 or not all(rows[name])]


def test_every_event_is_documented() -> None:
    """docs/events.md has a row for each event with exactly its fields."""
    types = typing.get_args(typing.get_args(Event)[0])
    expected = {
        kind.model_fields["type"].default: {*kind.model_fields} - {"type"} for kind in types
    }
    rows = [cells for cells in table("events.md") if len(cells) == 3 and cells[0] != "Event"]
    documented = {cells[0].strip("`"): set(re.findall(r"`(\w+)`", cells[1])) for cells in rows}
    assert expected == documented


def test_migrations_follow_each_other_by_their_numbers() -> None:
    """None has another's number, so that each database goes one way only; a gap is allowed."""
    files = sorted((ROOT / "src/phantom/db/migrations/versions").glob("0*.py"))
    told = re.compile(r'^(?:down_)?revision = "?(\w+)"?$', re.MULTILINE)
    found = [tuple(told.findall(file.read_text())) for file in files]
    numbers = [file.name[:4] for file in files]
    assert list(zip(numbers, ["None", *numbers], strict=False)) == found


def test_every_failure_reason_is_documented() -> None:
    """docs/api.md has a row for each `failure_reason`, and no others."""
    rows = [cells for cells in table("api.md") if len(cells) == 2 and cells[0] != "Reason"]
    assert {reason.value for reason in Reason} == {cells[0].strip("`") for cells in rows}


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a row for each setting, with its variable and default, and no others."""
    documented = {cells[0].strip("`"): cells[1:3] for cells in table("settings.md")}
    documented.pop("Setting")
    expected = {}
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        variable = alias.choices[0] if alias else f"PHANTOM_{name.upper()}"
        default = "computed" if field.default_factory else shown(field.default)
        expected[name] = [f"`{variable}`", default]
    assert expected == documented


def shown(default: object) -> str:
    """A default as the table shows it."""
    if default is None or default == ():
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
