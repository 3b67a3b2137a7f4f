"""Closed intervals."""


def merge(intervals):
    """The same points with as few intervals as possible, in order."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def covered(intervals):
    """The length that the intervals cover together."""
    return sum(end - start for start, end in merge(intervals))
