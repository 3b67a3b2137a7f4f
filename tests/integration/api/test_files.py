"""Config files over HTTP: the reference's fields, ETags, and paths as clients may send them."""

import os
from pathlib import Path

import httpx
import pytest

from tests.support.api import Edge, exchange

FILES = "/api/agents/files"
SKILL = ".claude/skills/code-review.md"
HEADERS = [("Host", "localhost:1336"), ("Content-Type", "application/json")]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Files are none of the database's; one engine will do."""
    return f"sqlite:///{tmp_path / 'phantom.db'}"


async def test_the_references_example_goes_there_and_back(
    asking: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Created, listed by type, read, replaced, restored, deleted."""
    body = {"file_path": SKILL, "file_type": "skill", "content": "# Code Review Skill\n"}
    made = await asking.post(FILES, json=body)
    assert (201, f"{FILES}/{SKILL}") == (made.status_code, made.headers["location"])
    assert body.items() <= made.json().items()
    assert made.json()["last_modified"].endswith("Z")
    assert f'"{made.json()["etag"]}"' == made.headers["etag"]
    assert b"# Code Review Skill\n" == (tmp_path / SKILL).read_bytes()

    for kind, expected in (("skill", [made.json()]), ("mcp", []), ("config", [])):
        listed = (await asking.get(FILES, params={"file_type": kind})).json()
        assert {"files": expected, "skipped": [], "truncated": False} == listed
    url = f"{FILES}/{SKILL}"
    assert made.json() == (await asking.get(url)).json()

    put = await asking.put(
        url, json={"content": "# Updated"}, headers={"If-Match": made.headers["etag"]}
    )
    assert (200, "# Updated") == (put.status_code, put.json()["content"])
    stale = await asking.put(
        url, json={"content": "# Lost"}, headers={"If-Match": made.headers["etag"]}
    )
    assert 412 == stale.status_code
    restored = await asking.post(f"{url}/restore")
    assert (200, "# Code Review Skill\n") == (restored.status_code, restored.json()["content"])
    assert made.headers["etag"] == restored.headers["etag"]

    gone = await asking.delete(url, headers={"If-Match": "*"})
    assert (204, b"") == (gone.status_code, gone.content)
    assert 404 == (await asking.get(url)).status_code
    assert 404 == (await asking.put(url, json={"content": ""})).status_code
    assert 404 == (await asking.delete(url)).status_code


async def test_names_in_any_script_work(asking: httpx.AsyncClient) -> None:
    """`Location` leads to the file, whatever letters its name has."""
    path = ".claude/skills/日本 語/café.md"
    made = await asking.post(FILES, json={"file_path": path, "content": "x"})
    assert 201 == made.status_code
    found = await asking.get(made.headers["location"])
    assert (200, path) == (found.status_code, found.json()["file_path"])


async def test_what_is_refused_has_its_status(asking: httpx.AsyncClient, tmp_path: Path) -> None:
    """Wrong type, wrong JSON, taken name, no earlier version, unknown root."""
    made = {"file_path": "CLAUDE.md", "content": "x"}
    await asking.post(FILES, json=made)
    assert 409 == (await asking.post(FILES, json=made)).status_code
    assert 409 == (await asking.post(f"{FILES}/CLAUDE.md/restore")).status_code
    broken = await asking.post(FILES, json={"file_path": ".mcp.json", "content": '{\n"a"}'})
    assert (400, True) == (broken.status_code, "line 2, column 4" in broken.json()["detail"])
    for wrong in (
        {"file_path": "README.md", "content": "x"},
        {"file_path": ".mcp.json", "content": "{}", "file_type": "skill"},
        {"file_path": ".mcp.json", "content": "{}", "file_type": "other"},
        {"file_path": ".mcp.json"},
        {"file_path": "AGENTS.md", "content": "\0"},
    ):
        assert 400 == (await asking.post(FILES, json=wrong)).status_code
    for root in ("/", "..", str(tmp_path.parent), f"{tmp_path}/../x", ""):
        assert 400 == (await asking.get(FILES, params={"root": root})).status_code
        assert 400 == (await asking.get(f"{FILES}/CLAUDE.md", params={"root": root})).status_code
    assert 200 == (await asking.get(FILES, params={"root": str(tmp_path)})).status_code
    assert 400 == (await asking.get(FILES, params={"file_type": "other"})).status_code


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "../secret.md",
        "../../../../etc/passwd",
        "/etc/passwd",
        "/../secret.md",
        ".claude/skills/../../../secret.md",
        ".claude/skills/..%2f..%2f..%2fsecret.md",
        "%2e%2e/secret.md",
        "%252e%252e%252fsecret.md",
        ".claude\\skills\\..\\..\\secret.md",
        ".claude/skills/\0.md",
        ".claude/skills/a.md\0",
        ".claude/skills/link.md",
        ".claude/skills/hard.md",
        ".claude/skills/out/secret.md",
        ".claude/skills/pipe.md",
        ".claude/skills/directory.md",
        ".CLAUDE/skills/x.md",
        "claude.md",
        "",
        "/",
        "x" * 5000,
        "phantom.db",
    ],
)
async def test_no_path_leads_out(edge: Edge, tmp_path: Path, method: str, path: str) -> None:
    """As the server decodes them, and as it would a second time; the secret stays as it was."""
    secret = _with_traps(tmp_path)
    async with edge.lifespan():
        answer = await exchange(
            edge.app, method, f"{FILES}/{path}", HEADERS, b'{"content": "PWNED"}'
        )
    assert answer.status in {400, 404, 405}
    assert b"SECRET" not in answer.body
    assert "SECRET" == secret.read_text()
    assert secret.exists()


def _with_traps(root: Path) -> Path:
    """Links and odd things below `root`, and the file outside that they lead to."""
    outside = root.parent / f"{root.name}-outside"
    outside.mkdir()
    secret = outside / "secret.md"
    secret.write_text("SECRET")
    skills = root / ".claude" / "skills"
    (skills / "directory.md").mkdir(parents=True)
    (skills / "link.md").symlink_to(secret)
    (skills / "out").symlink_to(outside)
    os.link(secret, skills / "hard.md")
    os.mkfifo(skills / "pipe.md")
    return secret


async def test_no_trap_is_listed(asking: httpx.AsyncClient, tmp_path: Path) -> None:
    """What the table has by name is named with the reason; its content is not told."""
    _with_traps(tmp_path)
    answer = await asking.get(FILES)
    assert "SECRET" not in answer.text
    assert [] == answer.json()["files"]
    skipped = [each["file_path"].rpartition("/")[2] for each in answer.json()["skipped"]]
    assert ["hard.md", "link.md", "pipe.md"] == skipped
