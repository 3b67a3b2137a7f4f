"""What Prometheus is told of the work: counted as it is committed, or read when it is asked for.

`docs/metrics.md` describes every family. No label takes a value that a client or an agent can make
up: each is a word of ours out of a fixed list.
"""
