import pytest
from retrying import retry


class Flaky:
    def __init__(self, failures):
        self.failures = failures
        self.calls = 0

    def __call__(self, value):
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError("not yet")
        return value


def test_succeeds_in_the_end():
    """Succeeds in the end."""
    flaky = Flaky(2)

    @retry(3)
    def call(value):
        """Says so."""
        return flaky(value)

    assert call(7) == 7
    assert flaky.calls == 3
    assert call.__doc__ == "Says so."


def test_gives_up():
    """Gives up."""
    flaky = Flaky(5)
    with pytest.raises(OSError):
        retry(3)(lambda: flaky(1))()
    assert flaky.calls == 3


def test_other_errors_pass():
    """Other errors pass."""
    flaky = Flaky(1)
    with pytest.raises(OSError):
        retry(3, on=(KeyError,))(lambda: flaky(1))()
    assert flaky.calls == 1
