"""Readings of a sensor."""

import statistics


class Log:
    """Readings in order of time."""

    def __init__(self, unit="C"):
        self.unit = unit
        self.readings = []

    def record(self, value, unit=None):
        """Keep one reading, in the log's own unit."""
        self.readings.append(convert(value, unit or self.unit, self.unit))

    def mean(self, last=None):
        """The mean of all readings, or of the last few."""
        chosen = self.readings if last is None else self.readings[-last:]
        return statistics.mean(chosen)

    def peak(self):
        """The highest reading, or None."""
        return max(self.readings, default=None)


def convert(value, source, target):
    """Between C and F."""
    if source == target:
        return value
    if target == "F":
        return value * 9 / 5 + 32
    return (value - 32) * 5 / 9
