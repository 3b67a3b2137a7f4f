"""A change that removes or weakens JavaScript tests is caught; one that moves them is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.brackets import JAVASCRIPT, masked
from phantom.evaluation.javascript.shapes import javascript_shapes
from phantom.evaluation.weakening import TestSource, weakenings

TWO = """\
describe('sign', () => {
  it('is 1 (mostly)', async () => {
    expect(await sign(3)).toBe(1);
    expect(sign(/[)'"]/.test('x') ? 4 : 5)).toEqual({ a: 1, b: "it('x')" });
  });
  test.each([[1, 2], [3, 4]])('of %s', (a, b) => {
    assert.strictEqual(a, b - 1);
  });
});
"""


def found(before: str | None, after: str | None) -> list[str]:
    """The rules of the findings between two versions of one file."""
    source = TestSource("a.test.js", before, after)
    return [f.rule for f in weakenings([source], javascript_shapes)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    expect(await sign(3)).toBe(1);\n", "", ["test-weakened"]),
        ("toBe(1)", "toBeDefined()", ["test-weakened"]),
        ("expect(await sign(3)).toBe(1)", "expect(true).toBe(true)", ["test-weakened"]),
        ("assert.strictEqual(a, b - 1)", "assert.strictEqual(a, a)", ["test-weakened"]),
        ("assert.strictEqual(a, b - 1)", "assert.ok(true)", ["test-weakened"]),
        ("    expect(await", "    return;\n    expect(await", ["test-weakened"]),
        ("    expect(await", "    // expect(await", ["test-weakened"]),
        ("[[1, 2], [3, 4]]", "[[1, 2]]", ["test-weakened"]),
        ("  it('", "  it.skip('", ["test-skipped"]),
        ("  it('", "  xit('", ["test-skipped"]),
        ("  it('", "  it.todo('", ["test-skipped"]),
        ("  it('", "  it.only('", ["test-skipped"]),  # the other one, that is
        ("describe('", "describe.skip('", ["test-skipped", "test-skipped"]),
        ("async () => {", "{ skip: true }, async () => {", ["test-skipped"]),
        ("    expect(await", "    this.skip();\n    expect(await", ["test-skipped"]),
        ("'is 1 (mostly)'", "'is one'", []),
        ("  it('", "  test('", []),
        ("toBe(1)", "toBe(-1)", []),
        ("    expect(await", "    expect(1 + 1).toBe(2);\n    expect(await", []),
    ],
)
def test_single_changes(old: str, new: str, expected: list[str]) -> None:
    """Each weakening is found once, and each harmless change not at all."""
    assert old in TWO
    assert expected == found(TWO, TWO.replace(old, new, 1))


def test_removed_file_and_removed_test_are_found() -> None:
    """Whether the whole file goes or one of its tests."""
    assert ["test-removed", "test-removed"] == found(TWO, None)
    start = TWO.index("  test.each")
    assert ["test-removed"] == found(TWO, TWO[:start] + "});\n")


def test_moved_test_lives_on() -> None:
    """In another file, or in another group."""
    moved = [TestSource("a.test.js", TWO, None), TestSource("b.test.js", None, TWO)]
    assert () == weakenings(moved, javascript_shapes)
    assert [] == found(TWO, TWO.replace("describe('sign'", "describe('signs'"))


@given(st.text(alphabet="ab'\"`/*\\\n(){}=[] ", max_size=60))
def test_masking_moves_nothing(source: str) -> None:
    """Whatever the source, each character that is left stands where it stood."""
    text = masked(source, JAVASCRIPT)
    assert len(source) == len(text)
    assert [c for c in source if c == "\n"] == [c for c in text if c == "\n"]
    assert all(new in {old, " "} for old, new in zip(source, text, strict=True))
