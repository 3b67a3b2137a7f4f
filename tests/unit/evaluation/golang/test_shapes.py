"""A change that removes or weakens Go tests is caught."""

import pytest

from phantom.evaluation.golang.shapes import go_shapes
from phantom.evaluation.weakening import TestSource, weakenings

TEST = """\
package sign

func TestSign(t *testing.T) {
	for _, n := range []int{1, 2} {
		if got := Sign(n); got != 1 {
			t.Errorf("Sign(%d) = { %d", n, got)
		}
	}
	assert.Equal(t, -1, Sign(-3))
}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("got != 1", "false", ["test-weakened"]),
        ("got != 1", "got < 1", ["test-weakened"]),
        ("\tassert.Equal(t, -1, Sign(-3))\n", "", ["test-weakened"]),
        ("assert.Equal(t, -1, Sign(-3))", "assert.Equal(t, -1, -1)", ["test-weakened"]),
        ("assert.Equal(t, -1, Sign(-3))", "assert.True(t, true)", ["test-weakened"]),
        ("\tfor _", "\treturn\n\tfor _", ["test-weakened"]),
        ("\tfor _", '\tt.Skip("later")\n\tfor _', ["test-skipped"]),
        ("package sign", "//go:build ignore\n\npackage sign", ["test-skipped"]),
        ("TestSign", "testSign", ["test-removed"]),
        ("got != 1", "got != 2", []),
        ("TestSign", "TestSigns", []),
        ("\tassert", "\tassert.Nil(t, err)\n\tassert", []),
    ],
)
def test_single_changes(old: str, new: str, expected: list[str]) -> None:
    """Each weakening is found once, and each harmless change not at all."""
    assert old in TEST
    source = TestSource("a_test.go", TEST, TEST.replace(old, new, 1))
    assert expected == [f.rule for f in weakenings([source], go_shapes)]
