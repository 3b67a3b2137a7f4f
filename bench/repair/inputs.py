"""Random inputs for a program, made from the inputs of its own tests.

Types are kept, and so is what all test inputs have in common: an argument that is sorted, without
duplicates, a palindrome, or within a range stays so. What a program was never meant for is thereby
mostly avoided; the rest shows when the published version raises, and such inputs are not counted.
"""

import copy
import random
from collections.abc import Sequence

Arguments = list[object]


def mutated(examples: Sequence[Arguments], count: int, seed: int) -> list[Arguments]:
    """`count` new argument lists, the same for the same seed; the examples come first."""
    chance = random.Random(seed)
    columns = list(zip(*examples, strict=True))
    rules = [_Rules(column) for column in columns]
    distinct = all(len({repr(v) for v in row}) == len(row) for row in examples)
    found = [copy.deepcopy(list(row)) for row in examples]
    for _ in range(count * 20):
        if len(found) >= count:
            break
        row = copy.deepcopy(list(chance.choice(examples)))
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(len(row))
            row[place] = rules[place].change(row[place], chance)
        if not distinct or len({repr(v) for v in row}) == len(row):
            found.append(row)
    return found


class _Rules:
    """What all examples of one argument have in common."""

    def __init__(self, values: Sequence[object]) -> None:
        lists = [v for v in values if isinstance(v, list) and _plain(v)]
        every = bool(lists) and len(lists) == len(values)
        self._ascending = every and all(v == sorted(v) for v in lists)
        self._distinct = every and all(len(set(v)) == len(v) for v in lists)
        self._mirrored = every and all(v == v[::-1] for v in lists)
        numbers = [n for v in values for n in _numbers(v)]
        self._low, self._high = min(numbers, default=0), max(numbers, default=9)
        self._words = sorted({w for v in values for w in _words(v)})

    def change(self, value: object, chance: random.Random) -> object:
        """A neighbour of `value`."""
        if isinstance(value, list):
            return self._list(value, chance)
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            near = value + chance.choice((-2, -1, 1, 2))
            far = chance.randint(int(self._low), int(self._high))
            return min(max(chance.choice((near, far)), int(self._low)), int(self._high))
        if isinstance(value, float):
            return min(max(value * chance.uniform(0.5, 2.0), self._low), self._high)
        return self._text(value, chance) if isinstance(value, str) else value

    def _list(self, value: list[object], chance: random.Random) -> list[object]:
        new = list(value)
        action = chance.choice(("change", "change", "drop", "copy", "shuffle"))
        if not new:
            return new
        place = chance.randrange(len(new))
        if action == "change":
            new[place] = self.change(new[place], chance)
        elif action == "drop":
            del new[place]
        elif action == "copy":
            new.insert(chance.randint(0, len(new)), self.change(new[place], chance))
        else:
            chance.shuffle(new)
        if self._distinct:
            new = list(dict.fromkeys(new))
        if self._ascending:
            new.sort(key=lambda item: (str(type(item)), item))
        if self._mirrored:
            half = new[: (len(new) + 1) // 2]
            new = half + half[: len(new) // 2][::-1]
        return new

    def _text(self, value: str, chance: random.Random) -> str:
        if len(value) <= 1 and self._words:
            return chance.choice(self._words)
        letters = sorted(set("".join(self._words))) or ["a"]
        place = chance.randrange(len(value) + 1)
        new = chance.choice(("", chance.choice(letters), chance.choice(letters) * 2))
        return value[:place] + new + value[place + chance.randint(0, 1) :]


def _plain(value: list[object]) -> bool:
    return all(isinstance(v, int | float) for v in value) or all(isinstance(v, str) for v in value)


def _numbers(value: object) -> list[float]:
    if isinstance(value, list):
        return [n for v in value for n in _numbers(v)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [w for v in value for w in _words(v)]
    return [value] if isinstance(value, str) else []
