"""Unified diffs: applied by what stands in them, refused where it does not fit."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.agents.remote.diffs import fenced_diffs, patches_of
from phantom.errors import InvalidInput

LINES = st.lists(st.sampled_from(["a", "b", "  c", "", "- d", "+ e", "@ f"]), max_size=12)


@given(LINES, LINES)
def test_a_diff_of_two_texts_leads_from_one_to_the_other(old: list[str], new: list[str]) -> None:
    """Whatever they are."""
    diff = "\n".join(difflib.unified_diff(old, new, "a/x", "b/x", lineterm=""))
    text = "".join(f"{line}\n" for line in old)
    for patch in patches_of(diff):
        text = patch.applied(text)

    assert "".join(f"{line}\n" for line in new) == text


def test_line_numbers_are_a_hint() -> None:
    """Wrong ones do no harm where the lines are found."""
    (patch,) = patches_of("--- a/x\n+++ b/x\n@@ -90,2 +90,2 @@\n one\n-two\n+three\n")
    assert "zero\none\nthree\n" == patch.applied("zero\none\ntwo\n")


def test_files_come_and_go() -> None:
    """By the name that stands for nowhere."""
    made, gone = patches_of(
        "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+new\n"
        "--- a/o\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n"
    )
    assert (None, "n", "new\n") == (made.old, made.new, made.applied(""))
    assert ("o", None) == (gone.old, gone.new)


def test_what_does_not_fit_is_refused() -> None:
    """And what renames, too."""
    (patch,) = patches_of("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-two\n+three\n")
    with pytest.raises(InvalidInput, match="does not fit"):
        patch.applied("one\n")
    with pytest.raises(InvalidInput, match="renames"):
        patches_of("diff --git a/x b/y\nrename from x\nrename to y\n")


def test_diffs_are_found_in_their_fences() -> None:
    """All of them, and no other code; a text that is a diff needs none."""
    text = "See\n```diff\nA\n```\nand\n```python\nB\n```\n````patch\nC\n````\n"
    assert "A\nC\n" == fenced_diffs(text)
    assert "--- a\n+++ b\n" == fenced_diffs("--- a\n+++ b\n")
    assert "" == fenced_diffs("no diff")
