"""The config files of agents: which there may be, and how they are read, written and restored."""
