"""A mapping that forgets what was used longest ago."""

from collections import OrderedDict


class LRU:
    """At most `size` entries."""

    def __init__(self, size):
        self.size = size
        self._entries = OrderedDict()

    def get(self, key, default=None):
        """The value of `key`, which counts as a use of it."""
        if key not in self._entries:
            return default
        self._entries.move_to_end(key)
        return self._entries[key]

    def put(self, key, value):
        """Set `key`, and forget the oldest entry when there are too many."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self.size:
            self._entries.popitem(last=True)

    def __len__(self):
        return len(self._entries)
