"""Events: what happened, in order, told to whoever listens."""
