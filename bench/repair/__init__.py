"""How much the embedded agent repairs: see `__main__`."""
