"""Which files the globs name, and what of them is shown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.errors import InvalidInput
from phantom.hrm.context import check_globs, compress, matches

names = st.text(st.sampled_from("ab.*?[]é -"), min_size=1, max_size=6).filter(
    lambda name: name not in {".", ".."}
)
paths = st.lists(names, min_size=1, max_size=5).map("/".join)
patterns = st.lists(st.one_of(names, st.just("**")), min_size=1, max_size=5).map("/".join)


@pytest.mark.parametrize(
    ("pattern", "named", "not_named"),
    [
        ("*.py", ["a.py", ".py"], ["src/a.py", "a.pyc"]),
        ("src/*.py", ["src/a.py"], ["src/b/a.py", "a.py", "asrc/a.py"]),
        ("src/**/*.py", ["src/a.py", "src/b/a.py", "src/b/c/a.py"], ["a.py", "src/a.txt"]),
        ("**/*.py", ["a.py", "b/a.py", "b/c/a.py"], ["a.txt"]),
        ("**", ["a", "b/c/d"], []),
        ("src/**", ["src/a", "src/b/c"], ["a"]),
        ("src/", ["src/a", "src/b/c"], ["srcs/a"]),
        ("./src/a.py", ["src/a.py"], ["a.py"]),
        ("a?.[ch]", ["ab.c", "ab.h"], ["a.c", "abb.c", "ab.o"]),
        ("**/test/**/x", ["test/x", "a/test/x", "a/test/b/x"], ["a/tests/x", "test/b"]),
        ("A.py", ["A.py"], ["a.py"]),
    ],
)
def test_globs_are_those_of_a_shell(pattern: str, named: list[str], not_named: list[str]) -> None:
    """`*` stays within a name, `**` takes any number of directories, case counts."""
    assert named == [path for path in named if matches(path, pattern)]
    assert [] == [path for path in not_named if matches(path, pattern)]


@given(paths)
def test_double_star_names_everything(path: str) -> None:
    """At any depth."""
    assert matches(path, "**")
    assert matches(f"top/{path}", "top/**")


@given(paths, patterns)
def test_a_glob_matches_no_other_depth_than_its_own(path: str, pattern: str) -> None:
    """Without `**` a name for each name; with it, at least as many as are spelled out."""
    spelled = [part for part in pattern.split("/") if part != "**"]
    if matches(path, pattern):
        assert len(path.split("/")) >= len(spelled)
        assert "**" in pattern.split("/") or len(path.split("/")) == len(spelled)


@given(paths, st.integers(0, 5))
def test_a_double_star_in_front_may_stand_for_nothing(path: str, times: int) -> None:
    """However often it is repeated."""
    assert matches(path, pattern="**/" * times + "**")


def test_a_pattern_of_many_stars_is_not_slow() -> None:
    """The test's own time limit would tell: the naive way takes longer than the universe."""
    assert not matches("/".join("a" * 60), "/".join(["**", "a"] * 40 + ["b"]))


@pytest.mark.parametrize(
    "pattern", ["", "/etc/passwd", "../x", "a/../../x", "a\0b", "a\\b", "..", "**/../x"]
)
def test_a_glob_that_points_outside_is_refused(pattern: str) -> None:
    """Before anything is read; the sentence says which one and what to do."""
    with pytest.raises(InvalidInput, match="pattern"):
        check_globs(["fine.py", pattern])


@given(st.text(max_size=30))
def test_any_text_is_taken_or_refused(pattern: str) -> None:
    """Nothing else can happen, and what is taken has no way up."""
    try:
        check_globs([pattern])
    except InvalidInput:
        return
    assert ".." not in pattern.split("/")
    assert not pattern.startswith("/")
    matches("a/b", pattern)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A tree with text, a binary file, a link to the outside, and a directory."""
    root = tmp_path / "tree"
    (root / "src").mkdir(parents=True)
    (tmp_path / "secret.py").write_text("password = 1\n")
    for name, size in (("a", 100), ("b", 200), ("c", 300)):
        (root / "src" / f"{name}.py").write_text(name * size)
    (root / "src" / "binary.py").write_bytes(b"\xff\xfe\0")
    (root / "src" / "link.py").symlink_to(tmp_path / "secret.py")
    (root / "src" / "gone.py").symlink_to("nowhere")
    return root


TRACKED = [f"src/{name}.py" for name in ("a", "b", "binary", "c", "deleted", "gone", "link")]


def test_without_compression_all_matching_text_is_shown(workspace: Path) -> None:
    """In the order of the paths; what is no text, or no file of the tree, is not there."""
    context, text = compress(workspace, TRACKED, ["src/*.py"], ratio=1.0)

    assert ("src/a.py", "src/b.py", "src/c.py") == context.files
    assert () == context.dropped
    assert context.original_tokens == context.sent_tokens == 150
    assert f"=== src/a.py\n{'a' * 100}\n\n=== src/b.py\n" in text
    assert "password" not in text


def test_compression_keeps_whole_files_within_the_budget(workspace: Path) -> None:
    """And says what was dropped, so that the agent can open it."""
    context, text = compress(workspace, TRACKED, ["src/**"], ratio=2.0)

    assert ("src/c.py",) == context.dropped
    assert 75 == context.sent_tokens
    assert "c" * 300 not in text
    assert {"src/a.py", "src/b.py", "src/c.py"} == set(context.files)


def test_no_glob_no_context(workspace: Path) -> None:
    """An order without files shows none."""
    context, text = compress(workspace, TRACKED, [], ratio=3.8)
    assert ((), 0, "") == (context.files, context.original_tokens, text)
