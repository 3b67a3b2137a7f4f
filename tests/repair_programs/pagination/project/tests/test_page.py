import pytest
from paging.page import paginate


def test_first():
    """First."""
    page = paginate(list(range(25)))
    assert page.items == tuple(range(10))
    assert page.has_next


def test_last():
    """Last."""
    page = paginate(list(range(25)), 3)
    assert page.items == (20, 21, 22, 23, 24)
    assert not page.has_next


def test_empty():
    """Empty."""
    assert paginate([]).items == ()


@pytest.mark.parametrize("number", [0, 4])
def test_no_such_page(number):
    """No such page."""
    with pytest.raises(LookupError):
        paginate(list(range(25)), number)


def test_size():
    """Size."""
    assert paginate("abcde", 2, size=2).items == ("c", "d")
    with pytest.raises(ValueError):
        paginate([1], size=0)
