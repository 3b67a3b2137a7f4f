"""The words of the API reference: every enum that crosses the wire or a table."""

from enum import StrEnum


class ProjectType(StrEnum):
    """What kind of repository a project is."""

    PYTHON = "python"
    TYPESCRIPT = "typescript"
    REACT = "react"
    NODE = "node"
    GENERAL = "general"


class ProjectStatus(StrEnum):
    """Whether a project takes work: only an active one does."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class ProjectSlot(StrEnum):
    """The places for projects; a new one takes the lowest that is free."""

    A = "Projekt-A"
    B = "Projekt-B"
    C = "Projekt-C"


class TaskStatus(StrEnum):
    """A task's life: pending, in progress, then one of the two ends."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"


class TaskType(StrEnum):
    """What kind of work a prompt asks for; it decides agent, evaluators and permissions."""

    SECURITY = "security"
    ARCHITECTURE = "architecture"
    BULK_ANALYSIS = "bulk_analysis"
    GITHUB_WORKFLOW = "github_workflow"
    CODE_GENERATION = "code_generation"
    DEBUGGING = "debugging"

    @property
    def read_only(self) -> bool:
        """True where the task may look but not change files."""
        return self in {TaskType.SECURITY, TaskType.ARCHITECTURE, TaskType.BULK_ANALYSIS}


class AgentType(StrEnum):
    """The reference's eight agents, and `local`, the embedded offline one."""

    CLAUDE = "claude"
    GEMINI = "gemini"
    COPILOT = "copilot"
    CURSOR = "cursor"
    WINDSURF = "windsurf"
    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    LOCAL = "local"


class Severity(StrEnum):
    """How loud a system alert is."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


class CostSource(StrEnum):
    """Where a cost figure comes from; `unknown` goes with a null amount, never with 0."""

    AGENT = "agent"
    TABLE = "table"
    UNKNOWN = "unknown"


class ConnectionType(StrEnum):
    """How an agent is reached."""

    API = "api"
    """The provider's own API."""
    LOCAL = "local"
    """A program on this machine: the vendor's command line, or the embedded agent."""
    REMOTE = "remote"
    """An endpoint that speaks a provider's protocol."""


class BreakerState(StrEnum):
    """Whether calls of an agent are let through."""

    CLOSED = "closed"
    """All calls."""
    OPEN = "open"
    """None, after too many failures in a row."""
    HALF_OPEN = "half_open"
    """One, which decides."""


class SwitchReason(StrEnum):
    """Why another agent takes over, or should have; docs/switching.md has the table."""

    QUALITY_DROP = "quality_drop"
    """The iteration was worse than the best one by more than `quality_drop_threshold`."""
    GATE_FAILED = "gate_failed"
    """The agent failed its second checkpoint, though it had been told of the first."""
    STALLED = "stalled"
    """The iteration changed nothing, or led back to where the run had been."""
    AGENT_FAILED = "agent_failed"
    """Its calls failed as often as its kind of failure is tried again."""
    NEEDS_AGENT = "needs_agent"
    """It said that the task needs an agent with other abilities."""
    BREAKER_OPEN = "breaker_open"
    """Its circuit breaker has opened."""
    RATE_LIMITED = "rate_limited"
    """It has used up its usage limit."""
    UNAVAILABLE = "unavailable"
    """It was disabled, disconnected or logged out meanwhile."""
    COST = "cost"
    """Another one is expected to cost less than half (`cost_optimized`)."""
    ROTATION = "rotation"
    """It is the next one's turn (`round_robin`)."""
    USER = "user"
    """Somebody chose (`manual`)."""


class FileType(StrEnum):
    """What a config file is for."""

    SKILL = "skill"
    MCP = "mcp"
    INSTRUCTION = "instruction"
    CONFIG = "config"


class FeedbackVerdict(StrEnum):
    """What became of a result in its reader's hands."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EDITED = "edited"
