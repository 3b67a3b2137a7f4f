from tags import Note, by_tag


def test_index():
    """Index."""
    assert by_tag([Note("a", ["x"]), Note("b", ["x", "y"])]) == {"x": ["a", "b"], "y": ["b"]}


def test_index_is_new_each_time():
    """Index is new each time."""
    by_tag([Note("a", ["x"])])
    assert by_tag([Note("b", ["x"])]) == {"x": ["b"]}


def test_index_can_be_continued():
    """Index can be continued."""
    index = {"x": ["old"]}
    assert by_tag([Note("new").tag("x").tag("x")], index) == {"x": ["old", "new"]}
