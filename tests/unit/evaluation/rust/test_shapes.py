"""A change that removes or weakens Rust tests is caught."""

import pytest

from phantom.evaluation.rust.shapes import rust_shapes
from phantom.evaluation.weakening import TestSource, weakenings

TEST = """\
pub fn sign<'a>(n: i32) -> i32 { if n < '0' as i32 { -1 } else { 1 } }

#[cfg(test)]
mod tests {
    #[test]
    fn positive() {
        assert_eq!(sign(3), 1, "{ of \\" three");
        assert!(sign(4) > 0);
    }
}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("        assert!(sign(4) > 0);\n", "", ["test-weakened"]),
        ("        assert!(sign(4) > 0);", "        // assert!(sign(4) > 0);", ["test-weakened"]),
        ("assert!(sign(4) > 0)", "assert!(true)", ["test-weakened"]),
        ("assert_eq!(sign(3), 1", "assert_eq!(1, 1", ["test-weakened"]),
        ("        assert_eq", "        return;\n        assert_eq", ["test-weakened"]),
        ("    #[test]\n", "    #[test]\n    #[ignore]\n", ["test-skipped"]),
        ("    #[test]\n", "    #[test]\n    #[should_panic]\n", ["test-skipped"]),
        ("    #[test]\n", "", ["test-removed"]),
        ("fn positive", "fn others", []),
        ("    #[test]\n", "    #[tokio::test]\n", []),
        ("assert!(sign(4) > 0)", "assert!(sign(4) == 1)", []),
    ],
)
def test_single_changes(old: str, new: str, expected: list[str]) -> None:
    """Each weakening is found once, and each harmless change not at all."""
    assert old in TEST
    source = TestSource("src/lib.rs", TEST, TEST.replace(old, new, 1))
    assert expected == [f.rule for f in weakenings([source], rust_shapes)]
