"""Who may use Phantom, and the keys that Phantom may use: tokens, tickets and stored keys."""
