"""What `go test -json` of Go 1.19.8 wrote is read test by test."""

from pathlib import Path

from phantom.evaluation.golang.events import Told, covered_lines
from phantom.evaluation.outcomes import Outcome

RECORDED = Path(__file__).parent / "recorded" / "timed_out.jsonl"


def told(text: str, errors: str = "") -> Told:
    """The events of a module in the root of its workspace."""
    return Told(text, errors, module="example.com/sign", workspace=Path("/project"), root="")


def test_the_test_that_hung_is_named() -> None:
    """The innermost one; the one that ended before is told as it ended."""
    run = told(RECORDED.read_text())
    assert "TestSlow/inner" == run.hanging
    assert Outcome.PASSED is run.results()["sign::TestQuick"].outcome


def test_a_failing_test_is_run_alone_by_the_command_that_is_told() -> None:
    """In the package where it is, the root of the module among them."""
    for package, place in (("example.com/sign", "."), ("example.com/sign/a", "./a")):
        run = told(f'{{"Action":"fail","Package":"{package}","Test":"TestX/y"}}')
        (result,) = run.results().values()
        assert f"go test -run '^TestX$/^y$' {place}" == result.reproduce


def test_packages_that_cannot_be_built_are_told_by_old_and_new_releases() -> None:
    """By plain lines with the compiler's words on standard error, or by events with them."""
    old = told(
        "FAIL\texample.com/sign/other [build failed]\n",
        "# example.com/sign/other\nother/other.go:3:13: cannot use it\n",
    )
    new = told(
        '{"ImportPath":"example.com/sign/other","Action":"build-output",'
        '"Output":"# example.com/sign/other\\nother/other.go:3:13: cannot use it\\n"}\n'
        '{"Action":"fail","Package":"example.com/sign/other"}\n'
    )
    for run in (old, new):
        (result,) = run.results().values()
        assert (Outcome.ERROR, "other/other.go", 3, "cannot use it") == (
            result.outcome,
            result.path,
            result.line,
            result.message,
        )


def test_a_line_is_run_where_any_block_that_touches_it_is(tmp_path: Path) -> None:
    """The line of an `if` belongs to the block before it, too."""
    source = "package a\n\nfunc f(n int) int {\n\tif n < 0 {\n\t\treturn 1\n\t}\n\treturn 2\n}\n"
    (tmp_path / "a.go").write_text(source)
    profile = (
        "mode: set\nexample.com/a/a.go:3.19,4.11 1 1\n"
        "example.com/a/a.go:4.11,6.3 1 0\nexample.com/a/a.go:7.2,7.10 1 1\n"
    )
    path = str(tmp_path / "a.go")
    lines = covered_lines(profile, "example.com/a", tmp_path, {path: list(range(1, 9))})[path]
    assert ({3, 4, 5, 7}, {5}) == (set(lines.executable), set(lines.missed))
