"""Two questions share a key only where they are the same question."""

import random
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from phantom.cache.entry import Question, normalised

PAIRS = 10_000
FIELDS = ("project_id", "agent", "fingerprint", "tree", "prompt", "context")


def question(**changes: object) -> Question:
    """A question with some fields of its own."""
    fields: dict[str, object] = dict.fromkeys(FIELDS, "a") | {"files": ("a.py",), "rules": ("r",)}
    return Question.model_validate(fields | changes)


def pairs(seed: int) -> Iterator[tuple[Question, Question]]:
    """Questions that are alike: equal, or with a character moved from one field to the next."""
    chance = random.Random(seed)
    alphabet = 'ab \n\t"\\,[]{}:\u00e9\u200b'
    for _ in range(PAIRS):
        texts = ["".join(chance.choices(alphabet, k=chance.randint(0, 4))) for _ in FIELDS]
        files = tuple("".join(chance.choices("ab,", k=2)) for _ in range(chance.randint(0, 2)))
        first = dict(zip(FIELDS, texts, strict=True)) | {"files": files}
        first["rules"] = tuple(chance.choices("ab", k=chance.randint(0, 2)))
        second = dict(first)
        match chance.randint(0, 5):
            case 0:
                place = chance.randrange(len(FIELDS) - 1)
                giver, taker = FIELDS[place], FIELDS[place + 1]
                second[taker] = str(first[giver])[-1:] + str(first[taker])
                second[giver] = str(first[giver])[:-1]
            case 1:
                second["files"] = (",".join(files),) if files else ("",)
            case 2:
                name = chance.choice(FIELDS)
                second[name] = str(first[name]) + chance.choice(alphabet)
            case 3:
                second["files"], second["rules"] = first["rules"], first["files"]
            case 4:
                second["rules"] = (*first["rules"], chance.choice("ab"))
        yield question(**first), question(**second)


def test_no_two_different_questions_share_a_key():
    """In ten thousand pairs that are as alike as can be; equal ones always do."""
    wrong = [(one, other) for one, other in pairs(7) if (one == other) != (one.key == other.key)]

    assert [] == wrong


@given(st.text(max_size=30), st.text(max_size=30))
def test_near_keys_are_those_of_prompts_that_are_normalised_alike(one: str, other: str):
    """And never the exact ones."""
    first, second = question(prompt=one), question(prompt=other)

    assert (normalised(one) == normalised(other)) == (first.near_key == second.near_key)
    assert first.key != first.near_key


def test_blanks_case_and_end_marks_make_no_difference_to_a_near_key():
    """But a word does, and so does everything that is not the prompt."""
    told = question(prompt="Fix the  failing tests.\n")

    assert told.near_key == question(prompt="fix the failing tests").near_key
    assert told.near_key != question(prompt="fix the failing test").near_key
    assert told.near_key != question(prompt="Fix the  failing tests.\n", tree="b").near_key
