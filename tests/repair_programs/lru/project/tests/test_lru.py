import pytest

from cachebox import LRU


@pytest.fixture
def full():
    box = LRU(2)
    box.put("a", 1)
    box.put("b", 2)
    return box


def test_forgets_the_oldest(full):
    """Forgets the oldest."""
    full.put("c", 3)
    assert full.get("a") is None
    assert full.get("c") == 3


def test_a_use_keeps_an_entry(full):
    """A use keeps an entry."""
    full.get("a")
    full.put("c", 3)
    assert full.get("a") == 1
    assert full.get("b", "gone") == "gone"


def test_size(full):
    """Size."""
    full.put("c", 3)
    assert len(full) == 2
