"""Whether what Phantom says is what happened: `./dev bench truth`.

Thirty small repositories with one seeded bug each are given to the embedded agent and to a scripted
one behind a model's API. Then a reader that trusts only git, the provider's log, its own runs of
the tests and the process table holds every status, figure, event and branch against what it finds.
"""
