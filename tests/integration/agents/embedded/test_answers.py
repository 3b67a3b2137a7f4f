"""Reports, tool fixes and refusals."""

import pytest

from phantom.agents.port import Activity, FileEdit, Outcome
from phantom.vocabulary import TaskType
from tests.support.embedded import ask, finished, request
from tests.support.repositories import GitRepoFactory

SECRET = "AKIA" + "IOSFODNN7EXAMPLF"
INSECURE = {
    "pkg/__init__.py": "",
    "pkg/one.py": "import subprocess\n\nfrom pkg import two\n\n\ndef f(x):\n"
    "    subprocess.call(x, shell=True)\n",
    "pkg/two.py": f'from pkg import one\n\nKEY = "{SECRET}"\n',
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    "      - uses: actions/checkout@v4\n",
}


def test_security_report(git_repo: GitRepoFactory) -> None:
    """Findings with file and line, the worst first; the secret itself is never repeated."""
    end = finished(ask(request(git_repo(INSECURE), TaskType.SECURITY, "Audit this.")))
    assert Outcome.DONE == end.outcome
    assert "pkg/one.py:7 " in end.content
    assert "pkg/two.py:3 " in end.content
    assert ".github/workflows/ci.yml:6 " in end.content
    assert SECRET not in end.content
    order = [line.split("**")[1] for line in end.content.splitlines() if line.startswith("- **")]
    assert sorted(order, key=["high", "medium", "low", "info"].index) == order
    assert len(order) == end.metadata["findings"]


def test_architecture_report(git_repo: GitRepoFactory) -> None:
    """The import cycle is found, with the line of the import."""
    end = finished(ask(request(git_repo(INSECURE), TaskType.ARCHITECTURE, "Look at it.")))
    assert "pkg/one.py:3 import cycle: pkg.one -> pkg.two -> pkg.one" in end.content
    assert "1 commits read." in end.content


def test_scripts_have_a_graph_too(git_repo: GitRepoFactory) -> None:
    """Modules outside any package are read by their own import statements."""
    repo = git_repo({"a.py": "import b\n", "b.py": "import a\n"})
    end = finished(ask(request(repo, TaskType.ARCHITECTURE, "Look at it.")))
    assert "import cycle: a -> b -> a" in end.content


@pytest.mark.parametrize("task_type", [t for t in TaskType if t.read_only])
def test_reading_changes_nothing(task_type: TaskType, git_repo: GitRepoFactory) -> None:
    """A report leaves the work tree as it was."""
    repo = git_repo(INSECURE)
    ask(request(repo, task_type, "Look at it."))
    assert "" == git_repo.git(repo, "status", "--porcelain", "--ignored")


def test_nothing_to_analyse(git_repo: GitRepoFactory) -> None:
    """An empty repository gets an honest report of nothing."""
    end = finished(ask(request(git_repo({}), TaskType.BULK_ANALYSIS, "Look at it.")))
    assert Outcome.DONE == end.outcome
    assert "nothing to analyse" in end.content
    assert 0 == end.metadata["files"]


def test_no_python_to_analyse(git_repo: GitRepoFactory) -> None:
    """What could not be looked at is listed with the reason."""
    end = finished(ask(request(git_repo({"a.txt": "x"}), TaskType.BULK_ANALYSIS, "Look at it.")))
    assert "no Python repository" in end.content
    assert "bandit" in str(end.metadata["not_run"])


def test_passing_tests_are_no_work(git_repo: GitRepoFactory) -> None:
    """Where nothing fails, the agent says what it ran and who could do more."""
    repo = git_repo({"test_a.py": "def test_a():\n    assert True\n"})
    end = finished(ask(request(repo, TaskType.CODE_GENERATION, "Write a web shop.")))
    assert Outcome.NEEDS_AGENT == end.outcome
    assert "1 tests ran and passed" in end.content
    assert "another agent" in end.content


def test_a_later_iteration_is_done(git_repo: GitRepoFactory) -> None:
    """An edit of the iteration before may have mended everything already."""
    repo = git_repo({"test_a.py": "def test_a():\n    assert True\n"})
    asked = request(repo, TaskType.DEBUGGING, "fix", iteration=2, feedback=("lint",))
    assert Outcome.DONE == finished(ask(asked)).outcome


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "no Python file"),
        ({"a.js": "1"}, "no Python file"),
        ({"a.py": "x = 1\n"}, "no test that pytest finds"),
        ({"test_a.py": "import nowhere_to_be_found\n"}, "nowhere_to_be_found"),
        ({"test_a.py": "def test_a(:\n"}, "test_a.py"),
    ],
)
def test_refusals(files: dict[str, str], reason: str, git_repo: GitRepoFactory) -> None:
    """The sentence says what is missing."""
    end = finished(ask(request(git_repo(files), TaskType.DEBUGGING, "fix it")))
    assert Outcome.NEEDS_AGENT == end.outcome
    assert reason in end.content


def test_no_repair(git_repo: GitRepoFactory) -> None:
    """A search without success tells the suspicious lines, and changes nothing."""
    repo = git_repo(
        {
            "m.py": "def f():\n    return 'a'\n",
            "test_m.py": "from m import f\n\n\ndef test_f():\n    assert f() == 'quite other'\n",
        }
    )
    events = ask(request(repo, TaskType.DEBUGGING, "fix"))
    end = finished(events)
    assert Outcome.NEEDS_AGENT == end.outcome
    assert [{"path": "m.py", "line": 2, "score": 1.0}] == end.metadata["fault_localisation"]
    assert "m.py:2" in end.content
    assert any(isinstance(event, Activity) for event in events)
    assert "" == git_repo.git(repo, "status", "--porcelain")


def test_lint(git_repo: GitRepoFactory) -> None:
    """What ruff can fix is fixed, and what it cannot is listed."""
    repo = git_repo({"a.py": "import os\nimport sys\n\nprint(sys.argv, undefined)\n"})
    events = ask(request(repo, TaskType.CODE_GENERATION, "Fix the lint errors, please."))
    end = finished(events)
    assert Outcome.DONE == end.outcome, end.content
    assert "import os" not in (repo / "a.py").read_text()
    assert "a.py" in [event.path for event in events if isinstance(event, FileEdit)]
    assert "undefined" in end.content
