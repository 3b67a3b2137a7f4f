"""Counting words."""

import re


def words(text):
    """The words of a text in lower case."""
    return re.findall(r"[a-z']+", text)


def frequencies(text, *, stop=()):
    """How often each word occurs; those in `stop` are left out."""
    counts = {}
    for word in words(text):
        if word in stop:
            continue
        counts[word] = counts.get(word, 0) + 1
    return counts


def top(text, count):
    """The most frequent words; equally frequent ones in alphabetical order."""
    counts = frequencies(text)
    return sorted(counts, key=lambda word: (-counts[word], word))[:count]
