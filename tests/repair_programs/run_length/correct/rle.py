"""Run-length coding."""


def encode(text):
    """`aaab` as `[("a", 3), ("b", 1)]`."""
    runs = []
    previous, count = None, 0
    for letter in text:
        if letter == previous:
            count += 1
            continue
        if previous is not None:
            runs.append((previous, count))
        previous, count = letter, 1
    if previous is not None:
        runs.append((previous, count))
    return runs


def decode(runs):
    """The text again."""
    return "".join(letter * count for letter, count in runs)
