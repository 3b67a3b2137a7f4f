"""A tiny repository whose bug the embedded agent repairs in a moment."""

FILES = {
    "ages.py": "def may_vote(age):\n    return age > 18\n",
    "test_ages.py": (
        "from ages import may_vote\n\n\n"
        "def test_a_child_may_not():\n    assert not may_vote(17)\n\n\n"
        "def test_at_eighteen_one_may():\n    assert may_vote(18)\n\n\n"
        "def test_a_grown_up_may():\n    assert may_vote(40)\n"
    ),
}
HANGING = FILES | {
    "test_ages.py": (
        "import time\n\n\ndef test_never_ends():\n    time.sleep(600)\n    assert False\n"
    ),
}
