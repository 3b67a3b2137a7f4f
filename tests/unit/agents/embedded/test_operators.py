"""The mutation operators, over the right versions of our own buggy programs."""

import ast
import copy
import functools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phantom.agents.embedded.repair.candidates import ranked_edits
from phantom.agents.embedded.repair.operators import proposals
from phantom.agents.embedded.repair.priors import PRIORS
from phantom.agents.embedded.repair.region import Region, regions
from phantom.agents.embedded.repair.source import Edit, SourceFile

PROGRAMS = Path(__file__).parents[3] / "repair_programs"
SOURCES = sorted(PROGRAMS.glob("*/correct/**/*.py"))


@functools.cache
def edits_of(text: str) -> tuple[SourceFile, list[Edit]]:
    """Every edit of a file whose lines are all equally suspicious."""
    file = SourceFile("module.py", text)
    scores = {("module.py", line): 1.0 for line in range(1, text.count("\n") + 2)}
    return file, ranked_edits([file], scores, [])


def outcomes(text: str) -> set[str]:
    """What the file may become by one edit."""
    file, edits = edits_of(text)
    return {file.apply(edit) for edit in edits}


def test_there_are_programs() -> None:
    """The properties below have something to look at."""
    assert 20 == len(SOURCES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_nearly_every_edit_parses(path: Path) -> None:
    """At most one edit in a hundred is no Python; the search drops those before it runs them."""
    file, edits = edits_of(path.read_text())
    broken, sample = 0, edits[::5]
    for edit in sample:
        try:
            ast.parse(file.apply(edit))
        except SyntaxError:
            broken += 1
    assert broken <= 1 + len(sample) / 100


@settings(max_examples=60)
@given(st.data())
def test_an_edit_changes_its_segments_alone(data: st.DataObject) -> None:
    """Taking the replaced segments out of both texts leaves the same bytes."""
    file, edits = edits_of(data.draw(st.sampled_from(SOURCES)).read_text())
    edit = data.draw(st.sampled_from(edits))
    after = file.apply(edit).encode()
    position = shift = 0
    for start, end, text in sorted(edit.splices):
        kept = file.data[position:start]
        assert kept == after[position + shift : start + shift]
        shift += len(text.encode()) - (end - start)
        position = end
    assert file.data[position:] == after[position + shift :]


def test_a_bare_tuple_stays_one_argument() -> None:
    """`f((a, b))` with `1, 2` in it is `f((1, 2))`, and not a call with two arguments."""
    file = SourceFile("module.py", "def g(a, b):\n    c = 1, 2\n    return f((a, b)), c\n")
    (region, *_) = regions(file)
    bare, wanted = (
        next(node for node in region.expressions if file.code(node) == code)
        for code in ("1, 2", "(a, b)")
    )
    edit = Edit("module.py", 3, "donor", (region.put_donor(wanted, bare),), 0.0)
    assert "return f((1, 2)), c" in file.apply(edit)


@settings(max_examples=150)
@given(st.data())
def test_replacing_text_replaces_the_tree(data: st.DataObject) -> None:
    """A copied expression means in its new place what it meant in its old one."""
    text = data.draw(st.sampled_from(SOURCES)).read_text()
    file = SourceFile("module.py", text)
    region: Region = data.draw(st.sampled_from(regions(file)))
    places = [n for n in region.expressions if region.loads(n) and _replaceable(region, n)]
    donors = [d.node for d in region.donors if region.loads(d.node)]
    if not places or not donors:
        return
    place, donor = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(donors))
    edit = Edit("module.py", 1, "donor", (region.put_donor(place, donor),), 0.0)
    memo: dict[int, object] = {id(place): copy.deepcopy(donor)}
    expected = copy.deepcopy(file.tree, memo)
    assert ast.dump(expected) == ast.dump(ast.parse(file.apply(edit)))


def _replaceable(region: Region, node: ast.expr) -> bool:
    parent = region.parent(node)
    slices = isinstance(node, ast.Slice | ast.Starred) or isinstance(parent, ast.Expr)
    return not slices and not isinstance(parent, ast.FormattedValue)


def test_every_operator_has_a_prior() -> None:
    """What the operators propose can be ranked, and the table holds nothing unused."""
    seen = set()
    for path in SOURCES:
        for region in regions(SourceFile("module.py", path.read_text())):
            seen |= {proposal.operator for proposal in proposals(region)}
    assert seen <= PRIORS.keys()


def test_the_order_is_the_same_each_time() -> None:
    """Two runs try the same candidates in the same order."""
    text = SOURCES[4].read_text()
    assert edits_of(text)[1] == edits_of.__wrapped__(text)[1]


def test_formatting_stays() -> None:
    """Comments, quotes and odd spacing around an edit survive."""
    text = "def f(a, b):\n    return  {'x': a   <b}  # why\n"
    assert "def f(a, b):\n    return  {'x': a   <=b}  # why\n" in outcomes(text)


def test_utf8_before_an_edit() -> None:
    """Offsets are bytes, so wide characters before the edit do not move it."""
    assert 'def f(a):\n    return ("é", a >= 1)\n' in outcomes(
        'def f(a):\n    return ("é", a > 1)\n'
    )


def test_windows_line_ends() -> None:
    """An inserted line ends as the others do."""
    text = "def f(x):\r\n    found = []\r\n    return found\r\n"
    assert "def f(x):\r\n    found = []\r\n    found.append(x)\r\n    return found\r\n" in outcomes(
        text
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return a < b", "return a <= b"),
        ("return a[b]", "return a[b - 1]"),
        ("return a and b", "return a or b"),
        ("return g(a, b)", "return g(b, a)"),
        ("return a + b", "return a"),
        ("return a - b", "return a + b"),
        ("return (a + b) * a", "return (a - b) * a"),
        ("return any(a)", "return all(a)"),
        ("return map(a, b)", "return list(map(a, b))"),
        ("return a.b.c", "return a.b"),
        ("if a == 0: b = 1", "if a <= 1: b = 1"),
        ("if a: b = 1", "if not a: b = 1"),
        ("if a.c: b = 1", "if a is None or a.c: b = 1"),
        ("return range(a)", "return range(a + 1)"),
        ("return a[b:]", "return a[:b]"),
        ("return sorted(a)", "return sorted(a, reverse=True)"),
        ("return a[b]", "return a.get(b, 0)"),
        ("a += b", "a -= b"),
        ("a", "return a"),
        ("return True", "return b == 0"),
        ("b = a", "b = max(b, a)"),
        ("return a[b][1]", "return a[1][b]"),
        ("return a * 0.5", "return a * 0.05"),
        ("return (a[1], b)", "return (a[1], max(a[1], b))"),
    ],
)
def test_what_the_operators_can(before: str, after: str) -> None:
    """One edit leads from the wrong line to the right one."""
    assert f"def f(a, b):\n    {after}\n" in outcomes(f"def f(a, b):\n    {before}\n")


def test_f_strings_and_annotations_stay() -> None:
    """Their positions are unreliable or their change is no repair."""
    text = 'def f(a: int, b: str) -> int:\n    """Doc."""\n    return f"{a}{b}"\n'
    for outcome in outcomes(text):
        assert "(a: int, b: str) -> int" in outcome
        assert '"""Doc."""' in outcome
