"""A change that removes or weakens tests is caught; one that adds or moves them is not."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.python_shapes import python_shapes
from phantom.evaluation.weakening import TestSource, weakenings

TWO = """\
def test_one():
    assert f(1) == 1
    assert f(2) == 2


def test_two():
    assert g(3) > 2
"""


def found(before: str | None, after: str | None) -> list[str]:
    """The rules of the findings between two versions of one file."""
    return [f.rule for f in weakenings([TestSource("test_a.py", before, after)], python_shapes)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (TWO, TWO.replace("    assert f(2) == 2\n", ""), ["test-weakened"]),
        (TWO, TWO.replace("f(2) == 2", "f(2)"), ["test-weakened"]),
        (TWO, TWO.replace("f(2) == 2", "True"), ["test-weakened"]),
        (TWO, TWO.replace("f(2) == 2", "f(2) == f(2)"), ["test-weakened"]),
        (TWO, TWO.replace("f(2) == 2", "f(2) == 2 or True"), ["test-weakened"]),
        (TWO, TWO.replace("f(2) == 2", "(f(2) == 2, 'always true')"), ["test-weakened"]),
        (TWO, TWO.replace("one():\n", "one():\n    return\n"), ["test-weakened"]),
        (TWO, TWO.replace("def test_one", "@pytest.mark.skip\ndef test_one"), ["test-skipped"]),
        (TWO, TWO.replace("def test_one", "@xfail\ndef test_one"), ["test-skipped"]),
        (TWO, TWO.replace("one():\n", "one():\n    pytest.skip()\n"), ["test-skipped"]),
        (TWO, "pytestmark = pytest.mark.skip\n" + TWO, ["test-skipped"] * 2),
        (TWO, TWO.replace("test_two", "two"), ["test-removed"]),
        (TWO, None, ["test-removed"] * 2),
        (TWO, "def test_one(:", []),
        (TWO, TWO + "\n\ndef test_three():\n    assert True\n", []),
        (TWO, TWO.replace("f(2) == 2", "f(2) == 2 == h()"), []),
        (TWO, TWO.replace("test_two", "test_renamed"), []),
        (None, TWO, []),
    ],
)
def test_what_counts_as_weaker(before: str | None, after: str | None, expected: list[str]) -> None:
    """Each way of making a test easier to pass is one finding; harmless edits are none."""
    assert expected == found(before, after)


def test_unittest_methods_are_compared_too() -> None:
    """Assertions by method, skips on the class and expected exceptions are understood."""
    case = (
        "class T(TestCase):\n    def test_x(self):\n        self.assertEqual(f(1), 1)\n"
        "        with self.assertRaises(ValueError):\n            f(2)\n"
    )
    assert ["test-weakened"] == found(case, case.replace("Equal(f(1), 1)", "True(f(1))"))
    assert ["test-weakened"] == found(case, case.replace("Equal(f(1), 1)", "True(True)"))
    assert ["test-skipped"] == found(case, "@unittest.skip('later')\n" + case)
    assert ["test-removed"] == found(case, case.replace("test_x", "_x"))


def test_fewer_parametrised_cases_are_weaker() -> None:
    """Cases count; tests merged into one parametrised test live on in it."""
    table = "@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_n(n):\n    assert f(n) == n\n"
    assert ["test-weakened"] == found(table, table.replace("1, 2, 3", "1"))
    singles = "".join(f"def test_{n}():\n    assert f({n}) == {n}\n" for n in (1, 2, 3))
    assert [] == found(singles, table)
    assert ["test-removed"] == found(singles, table.replace("1, 2, 3", "1, 2"))


def test_moving_a_test_to_another_file_is_no_removal() -> None:
    """A test that is found again in another changed file lives on."""
    moved = [TestSource("test_a.py", TWO, None), TestSource("test_b.py", None, TWO)]
    assert () == weakenings(moved, python_shapes)


def test_weaker_helper_of_the_tests_is_seen() -> None:
    """A function that asserts for several tests counts like a test while it exists."""
    helper = "def check(x):\n    assert x == 1\n"
    assert ["test-weakened"] == found(helper, "def check(x):\n    assert x\n    return x\n")


@dataclass(frozen=True)
class Test:
    """A generated test: its name and how many assertions it has."""

    __test__ = False

    name: int
    checks: int

    def source(self) -> str:
        lines = [f"    assert f{self.name}({i}) == {i}" for i in range(self.checks)]
        return "\n".join([f"def test_{self.name}():", *lines, "    done()"])


def module(tests: list[Test]) -> str:
    return "\n\n\n".join(test.source() for test in tests)


suites = st.lists(
    st.builds(Test, name=st.integers(0, 50), checks=st.integers(1, 4)),
    min_size=1,
    max_size=6,
    unique_by=lambda test: test.name,
)


@given(suites, st.randoms(use_true_random=False))
def test_reordering_and_adding_is_never_weaker(tests: list[Test], random: object) -> None:
    """Any order of the same tests, and more of them, gives no finding."""
    assert hasattr(random, "shuffle")
    more = [*tests, Test(name=99, checks=1)]
    random.shuffle(more)
    assert [] == found(module(tests), module(more))


@given(suites, st.data())
def test_each_removed_test_is_one_finding(tests: list[Test], data: st.DataObject) -> None:
    """The number of findings is the number of tests that are gone."""
    kept = [test for test in tests if data.draw(st.booleans())]
    assert ["test-removed"] * (len(tests) - len(kept)) == found(module(tests), module(kept))


@given(suites, st.data())
def test_each_test_with_fewer_assertions_is_one_finding(
    tests: list[Test], data: st.DataObject
) -> None:
    """The number of findings is the number of tests that lost assertions."""
    less = [replace(test, checks=data.draw(st.integers(0, test.checks))) for test in tests]
    weaker = sum(a.checks > b.checks for a, b in zip(tests, less, strict=True))
    assert ["test-weakened"] * weaker == found(module(tests), module(less))
