"""Money: reserved before a call, settled after it, capped in the same transaction."""
