"""Who may do what: one role for each method of each route.

What is not listed is for `admin` alone, so that a route nobody thought about is shut. The table is
`docs/roles.md`, and a test walks every route of the application with every kind of caller.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a token may do; each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """True where this role may do what `needed` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Identity:
    """On whose behalf a request acts.

    Attributes:
        name: the token's name; what `updated_by` says.
        token_id: None where no token stands behind it.
    """

    name: str
    role: Role
    token_id: str | None = None


LOCAL = Identity("local", Role.ADMIN)
"""Whoever calls a server that demands no token."""
ANONYMOUS = Identity("anonymous", Role.VIEWER)
"""Whoever calls, without a token, what is open to anyone."""
RESERVED_NAMES = frozenset({LOCAL.name, ANONYMOUS.name})

ANYONE = None
"""Needs no token even where tokens are demanded: the answer holds nothing of the user's."""
WEBSOCKET = "WEBSOCKET"
"""Stands for the method of a handshake."""

_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN
_ACCESS: dict[str, dict[str, Role | None]] = {
    "/docs": {"GET": ANYONE},
    "/openapi.json": {"GET": ANYONE},
    "/api/health": {"GET": ANYONE},
    "/api/metrics": {"GET": _VIEWER},
    "/api/orchestration/execute": {"POST": _OPERATOR},
    "/api/orchestration/health": {"GET": ANYONE},
    "/api/orchestration/circuit-breaker-status": {"GET": _VIEWER},
    "/api/projects": {"GET": _VIEWER, "POST": _ADMIN},
    "/api/projects/{project_id}": {"GET": _VIEWER, "PUT": _ADMIN, "DELETE": _ADMIN},
    "/api/projects/{project_id}/config": {"PUT": _ADMIN},
    "/api/tasks": {"GET": _VIEWER, "POST": _OPERATOR},
    "/api/tasks/{task_id}": {"GET": _VIEWER},
    "/api/tasks/{task_id}/iterations": {"GET": _VIEWER},
    "/api/tasks/{task_id}/events": {"GET": _VIEWER},
    "/api/tasks/{task_id}/transcript": {"GET": _VIEWER},
    "/api/tasks/{task_id}/cancel": {"POST": _OPERATOR},
    "/api/tasks/{task_id}/retry": {"POST": _OPERATOR},
    "/api/tasks/{task_id}/choose-agent": {"POST": _OPERATOR},
    "/api/tasks/{task_id}/diff": {"GET": _VIEWER},
    "/api/tasks/{task_id}/apply": {"POST": _OPERATOR},
    "/api/tasks/{task_id}/select-iteration": {"POST": _OPERATOR},
    "/api/tasks/{task_id}/feedback": {"GET": _VIEWER, "POST": _OPERATOR},
    "/api/metrics/dashboard": {"GET": _VIEWER},
    "/api/metrics/quality": {"GET": _VIEWER},
    "/api/metrics/cost": {"GET": _VIEWER},
    "/api/metrics/agents": {"GET": _VIEWER},
    "/api/metrics/performance": {"GET": _VIEWER},
    "/api/agents/connections": {"GET": _VIEWER, "POST": _ADMIN},
    "/api/agents/connections/{agent_id}": {"GET": _VIEWER, "PUT": _ADMIN, "DELETE": _ADMIN},
    # Such files hold keys, and code that an agent runs: reading them is for admins, too.
    "/api/agents/files": {"GET": _ADMIN, "POST": _ADMIN},
    "/api/agents/files/{file_path:path}/restore": {"POST": _ADMIN},
    "/api/agents/files/{file_path:path}": {"GET": _ADMIN, "PUT": _ADMIN, "DELETE": _ADMIN},
    "/api/hrm/config": {"GET": _VIEWER, "POST": _ADMIN},
    "/api/hrm/config/diff": {"GET": _VIEWER},
    "/api/hrm/config/{config_id}/restore": {"POST": _ADMIN},
    "/api/hrm/config/presets": {"GET": _VIEWER, "POST": _ADMIN},
    "/api/hrm/config/presets/{preset_id}": {"PUT": _ADMIN, "DELETE": _ADMIN},
    "/api/hrm/config/presets/{preset_id}/apply": {"POST": _ADMIN},
    "/api/hrm/config/history/{config_id}": {"GET": _VIEWER},
    # Computes, and changes nothing.
    "/api/hrm/simulate": {"POST": _VIEWER},
    "/api/hrm/optimize": {"POST": _ADMIN},
    "/api/keys": {"GET": _ADMIN, "POST": _ADMIN},
    "/api/keys/{key_id}": {"DELETE": _ADMIN},
    "/api/ws/health": {"GET": _VIEWER},
    "/api/ws/ticket": {"POST": _VIEWER},
    "/ws": {WEBSOCKET: _VIEWER},
    "/ws/project/{project_id}": {WEBSOCKET: _VIEWER},
    "/ws/task/{task_id}": {WEBSOCKET: _VIEWER},
    "/socket.io/": {"GET": _VIEWER, "POST": _VIEWER, WEBSOCKET: _VIEWER},
}
ACCESS: Mapping[str, Mapping[str, Role | None]] = _ACCESS
"""Route template to method to the role that it takes; `ANYONE` is no token at all."""

_PARAMETER = re.compile(r"{\w+(:path)?}")


def _pattern(template: str) -> re.Pattern[str]:
    """What paths the router gives to `template`."""
    parts = _PARAMETER.split(template)
    # The literal parts stand at even places, between them `:path` or None for each parameter.
    return re.compile(
        "".join(
            re.escape(part or "") if place % 2 == 0 else ".*" if part else "[^/]+"
            for place, part in enumerate(parts)
        ),
        re.DOTALL,
    )


_FIXED = {template: methods for template, methods in ACCESS.items() if "{" not in template}
_PATTERNS = [(_pattern(template), ACCESS[template]) for template in ACCESS if "{" in template]


def needed(method: str, path: str) -> Role | None:
    """The role that `method` on `path` takes, None for anyone; `admin` for what is not listed.

    Where several routes match, the strictest word counts: the router may choose any of them.
    """
    method = "GET" if method == "HEAD" else method
    found = [_FIXED[path][method]] if method in _FIXED.get(path, {}) else []
    found += [
        methods[method]
        for pattern, methods in _PATTERNS
        if method in methods and pattern.fullmatch(path)
    ]
    if not found:
        return Role.ADMIN
    roles = [role for role in found if role is not None]
    return max(roles, key=list(Role).index) if roles else ANYONE
