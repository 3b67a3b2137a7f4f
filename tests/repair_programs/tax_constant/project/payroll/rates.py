"""What the state takes."""

TAX_FREE = 1000
RATE = 0.02
