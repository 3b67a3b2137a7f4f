"""Who wants to know what."""


class Bus:
    """Calls handlers by the name of an event."""

    def __init__(self):
        self._handlers = {}

    def on(self, name, handler, *, once=False):
        """Call `handler` whenever `name` happens, or the next time only."""
        self._handlers.setdefault(name, []).append((handler, once))

    def emit(self, name, *args, **kwargs):
        """Tell everybody; returns how many were told."""
        handlers = self._handlers.get(name, [])
        for handler, once in list(handlers):
            handler(*args, **kwargs)
            if once:
                handlers.remove((handler, once))
        return len(handlers)

    def off(self, name):
        """Forget all handlers of an event."""
        self._handlers.pop(name, None)
