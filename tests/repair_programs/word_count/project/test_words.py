from words import frequencies, top, words


def test_words():
    """Words."""
    assert words("It's The end, the END") == ["it's", "the", "end", "the", "end"]


def test_frequencies():
    """Frequencies."""
    assert frequencies("a b A c a", stop=("c",)) == {"a": 3, "b": 1}


def test_top():
    """Top."""
    assert top("Bee ant bee Cat ant", 2) == ["ant", "bee"]
    assert top("", 3) == []
