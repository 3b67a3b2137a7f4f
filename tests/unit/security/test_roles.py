"""Which role each route takes, and what is said about it."""

from pathlib import Path

import pytest

from phantom.security.roles import ACCESS, ANYONE, WEBSOCKET, Role, needed

PAGE = (Path(__file__).parents[3] / "docs" / "roles.md").read_text()


@pytest.mark.parametrize(
    ("has", "may"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.OPERATOR, {Role.VIEWER, Role.OPERATOR}),
        (Role.ADMIN, {Role.VIEWER, Role.OPERATOR, Role.ADMIN}),
    ],
)
def test_each_role_includes_the_ones_before_it(has: Role, may: set[Role]) -> None:
    """Three roles in a line, no more."""
    assert may == {role for role in Role if has.includes(role)}


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/api/tasks", Role.VIEWER),
        ("HEAD", "/api/tasks", Role.VIEWER),
        ("POST", "/api/tasks", Role.OPERATOR),
        ("GET", "/api/tasks/4b1b", Role.VIEWER),
        ("POST", "/api/tasks/4b1b/cancel", Role.OPERATOR),
        ("POST", "/api/orchestration/execute", Role.OPERATOR),
        ("GET", "/api/keys", Role.ADMIN),
        ("GET", "/api/agents/files/.claude/settings.json", Role.ADMIN),
        ("GET", "/api/health", ANYONE),
        (WEBSOCKET, "/ws", Role.VIEWER),
    ],
)
def test_a_listed_route_takes_its_role(method: str, path: str, role: Role | None) -> None:
    """By template, with a parameter that is one segment or the rest of the path."""
    assert role is needed(method, path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/tasks"),
        ("OPTIONS", "/api/tasks"),
        ("BREW", "/api/health"),
        ("GET", "/api/health/"),
        ("GET", "/api/tasks/a/b"),
        ("GET", "/api/tasks/"),
        ("GET", "/nowhere"),
        ("GET", ""),
        ("GET", "/ws"),
        (WEBSOCKET, "/ws/late"),
        (WEBSOCKET, "/api/tasks"),
        ("GET", "/api/tasks\n"),
    ],
)
def test_what_is_not_listed_is_for_admins(method: str, path: str) -> None:
    """A route that nobody thought about is shut."""
    assert Role.ADMIN is needed(method, path)


def test_only_admins_change_what_agents_run_with() -> None:
    """Whoever may write a command or a configuration may run anything."""
    for path, methods in ACCESS.items():
        if path.startswith(("/api/agents", "/api/keys", "/api/projects", "/api/hrm/config")):
            for method, role in methods.items():
                assert method == "GET" or role is Role.ADMIN, (method, path)


def test_nothing_but_health_and_the_reference_is_open_to_anyone() -> None:
    """What needs no token tells nothing of the user's."""
    everybody = {path for path, methods in ACCESS.items() if ANYONE in methods.values()}
    assert {"/api/health", "/api/orchestration/health", "/docs", "/openapi.json"} == everybody


def test_the_page_has_the_table() -> None:
    """docs/roles.md has a row for each method of each route, in order, and no others."""
    rows = [
        f"| `{'WS' if method == WEBSOCKET else method}` | `{path}` | {role or 'anyone'} |"
        for path, methods in ACCESS.items()
        for method, role in methods.items()
    ]
    assert rows == [line for line in PAGE.splitlines() if line.startswith("| `")]
