"""The hands of a model that has none: a few tools, confined to the workspace."""
