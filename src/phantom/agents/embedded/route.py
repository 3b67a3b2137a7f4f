"""What the request asks for, and which of the agent's abilities serves it."""

from phantom.agents.embedded import fix
from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, Terminal
from phantom.vocabulary import TaskType

_CODE = {TaskType.DEBUGGING, TaskType.CODE_GENERATION}


def serve(request: AgentRequest, stream: EventStream) -> Terminal:
    """Do what can be done, and end with a report or an honest refusal."""
    if request.task_type in _CODE:
        return fix.serve(request, stream)
    raise NotImplementedError
