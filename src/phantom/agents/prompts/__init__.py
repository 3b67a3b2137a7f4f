"""The words that agents are given."""

from phantom.agents.prompts.render import Prompt, fenced, render

__all__ = ["Prompt", "fenced", "render"]
