"""What an agent is told, in an order that lets providers keep what does not change.

First what is the same for every task of a kind, then the repository, then the task, and last what
the checks found: from one iteration to the next only the end differs, so a provider's prompt cache
pays for the rest. The wording is in the `.md` files beside this module.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from phantom.agents.port import AgentRequest

_COMMENT = re.compile(r"<!--.*?(-->|\Z)", re.DOTALL)
# Characters that no reader sees and a model still reads: zero-width ones, direction marks, tags.
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)
_HOLDS = "The working directory holds the work so far."
_SET_BACK = (
    "What was done since then is gone: all files were set back to that state, since the later ones "
    "were worse. Read a file again before you change it."
)
_BACKTICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The parts of a prompt, from the steadiest to the one that changes each time.

    Attributes:
        system: how to work; the same for all tasks of a kind.
        context: excerpts of the repository; empty where nothing is shown.
        task: what is to be done.
        feedback: what the checks found after the previous iteration; empty before there is one.
    """

    system: str
    context: str
    task: str
    feedback: str

    @property
    def text(self) -> str:
        """All parts in one, for an agent that takes a single text."""
        return "\n".join(filter(None, (self.system, self.context, self.task, self.feedback)))

    @property
    def continuation(self) -> str:
        """What a session that has seen the rest is told: the findings, or the task once more."""
        return self.feedback or self.task


def render(request: AgentRequest) -> Prompt:
    """The prompt of a call.

    Text that others wrote (the repository, an issue, the output of checks) is fenced as data.
    """
    task = fenced(request.prompt, "data issue") if request.from_issue else request.prompt
    constraints = "\n".join(f"- {each}" for each in request.constraints)
    findings = "\n".join("- " + each.replace("\n", "\n  ") for each in request.feedback)
    return Prompt(
        system=_filled("read.md" if request.read_only else "edit.md", {}),
        context=_part("context.md", context=fenced(request.context, "data", visible=False)),
        task=_filled("issue.md" if request.from_issue else "task.md", {"task": task})
        + _part("constraints.md", constraints=constraints),
        feedback=_part(
            "feedback.md",
            feedback=fenced(findings, "data"),
            previous=str(request.set_back_to or request.iteration - 1),
            state=_HOLDS if request.set_back_to is None else _SET_BACK,
        ),
    )


def fenced(text: str, label: str, *, visible: bool = True) -> str:
    """`text` between fences that nothing in it can close; empty stays empty.

    `visible` takes out what a person does not see: HTML comments and invisible characters, in which
    instructions to a model are hidden. Source code is left verbatim.
    """
    if not text.strip():
        return ""
    if visible:
        text = _INVISIBLE.sub("", _COMMENT.sub("", text))
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{label}\n{text.rstrip()}\n{fence}"


def _part(name: str, **values: str) -> str:
    """A part that is left out where the first of its values is empty."""
    return _filled(name, values) if next(iter(values.values())) else ""


def _filled(name: str, values: Mapping[str, str]) -> str:
    return _template(name).substitute(values)


@cache
def _template(name: str) -> Template:
    return Template(files(__package__).joinpath(name).read_text(encoding="utf-8"))
