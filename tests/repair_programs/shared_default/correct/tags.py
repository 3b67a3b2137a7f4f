"""Tagged notes."""


class Note:
    """A text with tags."""

    def __init__(self, text, tags=None):
        self.text = text
        self.tags = list(tags) if tags else []

    def tag(self, name):
        """Add a tag, once."""
        if name not in self.tags:
            self.tags.append(name)
        return self


def by_tag(notes, index=None):
    """Notes by each of their tags, added to `index` where there is one."""
    if index is None:
        index = {}
    for note in notes:
        for name in note.tags:
            index.setdefault(name, []).append(note.text)
    return index
