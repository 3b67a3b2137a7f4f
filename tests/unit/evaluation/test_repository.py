"""The languages of a repository are told by its files."""

import pytest

from phantom.evaluation.repository import Language, Repository


@pytest.mark.parametrize(
    ("path", "languages"),
    [
        ("src/calc.py", {Language.PYTHON}),
        ("web/package.json", {Language.JAVASCRIPT}),
        ("go.mod", {Language.GO}),
        ("crates/core/Cargo.toml", {Language.RUST}),
        ("docs/search.js", set()),
        ("web/node_modules/left-pad/package.json", set()),
        ("vendor/tool.py", set()),
        ("README", set()),
    ],
)
def test_a_language_is_told_by_its_manifest_or_source(path: str, languages: set[Language]) -> None:
    """On either side of the change, but not by what others wrote."""
    assert languages == Repository.of({}, [path]).languages
    assert languages == Repository.of({path: "0" * 40}, []).languages


def test_roots_are_the_outermost_directories_with_a_manifest() -> None:
    """A package inside another one is tested with it; one beside it by itself."""
    paths = [
        "a/package.json",
        "a/b/package.json",
        "c/package.json",
        "c/node_modules/d/package.json",
    ]
    assert ("a", "c") == Repository.of({}, paths).roots("package.json")
    assert ("",) == Repository.of({}, [*paths, "package.json"]).roots("package.json")
    assert () == Repository.of({}, paths).roots("Cargo.toml")
