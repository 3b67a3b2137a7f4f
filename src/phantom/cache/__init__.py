"""Answers that were accepted once, so that the same question on the same tree is not paid twice."""

from phantom.cache.answers import AnswerCache, Layers
from phantom.cache.entry import Answer, Question

__all__ = ["Answer", "AnswerCache", "Layers", "Question"]
