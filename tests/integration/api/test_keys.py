"""`/api/keys`: what is stored is never told."""

from pathlib import Path

import httpx
import pytest

from tests.support.api import Edge

VALUE = "sk-ant-canary-of-the-api-0001"


async def test_a_key_from_storing_to_forgetting(asking: httpx.AsyncClient, edge: Edge) -> None:
    """No answer holds its value; the loop gets it for its host."""
    assert [] == (await asking.get("/api/keys")).json()
    made = await asking.post("/api/keys", json={"key_id": "main", "value": VALUE})
    assert 201 == made.status_code
    listed = await asking.get("/api/keys")
    assert [made.json()] == listed.json()
    assert {"key_id", "host", "created_by", "created_at"} == set(made.json())
    assert ("main", "api.anthropic.com", "local") == tuple(made.json().values())[:3]
    assert VALUE not in made.text + listed.text
    assert VALUE == await edge.services.keys.resolve("main", host="api.anthropic.com")
    assert 204 == (await asking.delete("/api/keys/main")).status_code
    assert [] == (await asking.get("/api/keys")).json()
    assert 404 == (await asking.delete("/api/keys/main")).status_code


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key_id": "main", "value": VALUE, "host": "https://x/"}, 400),
        ({"key_id": "../../etc", "value": VALUE}, 400),
        ({"key_id": "main", "value": f"unknown shape {VALUE}"}, 400),
        ({"key_id": "main", "value": [VALUE]}, 400),
        ({"key_id": {VALUE: 1}, "value": VALUE}, 400),
        ({"key_id": "main", "value": VALUE, "more": VALUE}, 400),
        ({"key_id": "main"}, 400),
        ({"key_id": "taken", "value": VALUE}, 409),
    ],
)
async def test_a_refusal_does_not_repeat_the_value(
    asking: httpx.AsyncClient, body: dict[str, object], status: int
) -> None:
    """Whatever is wrong with it, and wherever the value stood."""
    stored = {"key_id": "taken", "value": VALUE}
    assert 201 == (await asking.post("/api/keys", json=stored)).status_code
    answer = await asking.post("/api/keys", json=body)
    assert status == answer.status_code
    assert VALUE not in answer.text


async def test_a_master_key_that_others_can_read_is_said(
    asking: httpx.AsyncClient, tmp_path: Path
) -> None:
    """A state to be mended, not a bug."""
    (tmp_path / "master.key").write_text("x")
    (tmp_path / "master.key").chmod(0o644)
    answer = await asking.post("/api/keys", json={"key_id": "main", "value": VALUE})
    assert 409 == answer.status_code
    assert "chmod 600" in answer.json()["detail"]
