"""A small request cannot ask for large work."""

import httpx
import pytest

_PARTS = ",".join(f"{i}-{i}" for i in range(10_000))


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/api/tasks"])
async def test_ranges_are_not_served(asking: httpx.AsyncClient, path: str) -> None:
    """Ten thousand of them get what none gets."""
    whole = await asking.get(path)
    ranged = await asking.get(path, headers={"Range": f"bytes={_PARTS}"})
    assert (200, whole.content) == (ranged.status_code, ranged.content)
    assert "accept-ranges" not in ranged.headers


@pytest.mark.parametrize(
    "query",
    [
        "page_size=101",
        "page_size=99999999999999999999",
        "page=0",
        "page=1000001",
        f"cursor={'x' * 501}",
        "cursor=nonsense",
    ],
)
async def test_a_page_is_bounded(asking: httpx.AsyncClient, query: str) -> None:
    """In size, in depth, and in what names its beginning."""
    assert 400 == (await asking.get(f"/api/tasks?{query}")).status_code


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "x" * 1_048_577},
        {"files": ["*"] * 1001},
        {"files": ["x" * 301]},
        {"files": ["../**/*"]},
        {"agent": "x" * 301},
        {"project_id": "x" * 301},
    ],
)
async def test_an_order_is_bounded(asking: httpx.AsyncClient, fields: dict[str, object]) -> None:
    """Before anything is looked for on the disk."""
    answer = await asking.post("/api/orchestration/execute", json={"prompt": "x"} | fields)
    assert 400 == answer.status_code
    assert len(answer.content) < 2000


async def test_a_compressed_body_is_not_unpacked(asking: httpx.AsyncClient) -> None:
    """What it would become is nobody's concern: it is not JSON as it stands."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = bytes.fromhex("1f8b0800000000000003") + b"\0" * 1000
    answer = await asking.post("/api/tasks", content=bomb, headers=headers)
    assert 400 == answer.status_code
