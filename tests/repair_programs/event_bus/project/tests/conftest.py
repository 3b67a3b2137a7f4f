import pytest
from bus.dispatch import Bus


@pytest.fixture
def heard():
    return []


@pytest.fixture
def bus():
    return Bus()
