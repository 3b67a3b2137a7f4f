"""Names fit for a URL."""


def slug(title, *, limit=40, separator="-"):
    """Lower case words joined by a separator, cut at `limit` characters."""
    kept = [c.lower() if c.isalnum() else " " for c in title]
    return separator.join("".join(kept).split())[:limit].rstrip(separator)


def unique(title, taken):
    """A slug that is not in `taken`: `name`, `name-2`, `name-3`, ..."""
    base = slug(title)
    if base not in taken:
        return base
    number = 2
    while f"{base}-{number}" in taken:
        number += 1
    return f"{base}-{number}"
