import pytest
from access.policy import Policy


@pytest.fixture
def policy():
    return Policy({"ann": "admin", "vic": "viewer", "bad": "admin"}, banned=["bad"])


@pytest.mark.parametrize(
    ("user", "action", "expected"),
    [
        ("ann", "delete", True),
        ("vic", "read", True),
        ("vic", "write", False),
        ("bad", "read", False),
        ("nobody", "read", False),
    ],
)
def test_allows(policy, user, action, expected):
    """Allows."""
    assert policy.allows(user, action) is expected


def test_promote(policy):
    """Promote."""
    policy.promote("vic")
    policy.promote("ann")
    assert policy.roles["vic"] == "editor"
    assert policy.roles["ann"] == "admin"
