"""`phantom demo`: a real bug in a real repository, repaired offline, with a power cut on demand."""
