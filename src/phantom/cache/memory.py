"""The first layer: the last answers of this process, bounded by their bytes."""

from collections import OrderedDict


class MemoryLayer:
    """Entries by key; the one that was not used for longest goes first."""

    def __init__(self) -> None:
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, key: str) -> bytes | None:
        """The entry, which is now the last one to go."""
        entry = self._entries.get(key)
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: str, entry: bytes, *, limit_bytes: int) -> None:
        """Keep an entry, unless it alone is over the limit."""
        self.remove(key)
        if len(entry) > limit_bytes:
            return
        self._entries[key] = entry
        self._bytes += len(entry)
        while self._bytes > limit_bytes:
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= len(oldest)

    def remove(self, key: str) -> None:
        """Forget an entry, where there is one."""
        gone = self._entries.pop(key, None)
        self._bytes -= len(gone) if gone is not None else 0

    @property
    def size_bytes(self) -> int:
        """Of all entries together."""
        return self._bytes
