"""Guards: who may ask, and which paths may be touched."""
