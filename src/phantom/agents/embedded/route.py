"""What the request asks for, and which of the agent's abilities serves it."""

from phantom.agents.embedded.stream import EventStream
from phantom.agents.port import AgentRequest, Terminal
from phantom.vocabulary import TaskType

_CODE = {TaskType.DEBUGGING, TaskType.CODE_GENERATION}


def serve(request: AgentRequest, stream: EventStream) -> Terminal:
    """Do what can be done, and end with a report or an honest refusal."""
    # Each side has heavy imports that the other does not need.
    if request.task_type in _CODE:
        from phantom.agents.embedded import fix

        return fix.serve(request, stream)
    from phantom.agents.embedded.analysis import report

    return report.serve(request, stream)
