"""`/docs`: the API's document as a page, complete in itself.

No script runs on it and nothing comes from elsewhere: whatever runs on this origin may do all that
the API does.
"""

import base64
import hashlib
import json
from html import escape

from fastapi import APIRouter
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

router = APIRouter()

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h2 { margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid #d5d5d5; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
pre { background: #f5f5f5; padding: .6rem; border-radius: 4px; overflow: auto; }
.method { display: inline-block; min-width: 4rem; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  body { color: #e6e6e6; background: #161616; } details { border-color: #444; }
  pre { background: #222; } a { color: #8ab4f8; }
}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"

Document = dict[str, JsonValue]


@router.get("/docs", include_in_schema=False)
async def reference_page(request: Request) -> Response:
    """The reference page."""
    return HTMLResponse(render(request.app.openapi()), headers={"Content-Security-Policy": _POLICY})


def render(document: Document) -> str:
    """An OpenAPI document as one page of HTML."""
    sections: dict[str, list[str]] = {}
    for path, methods in _items(document["paths"]):
        for method, operation in _items(methods):
            tag = "other"
            if isinstance(operation, dict) and isinstance(tags := operation.get("tags"), list):
                tag = str(tags[0])
            sections.setdefault(tag, []).append(_operation(method, path, operation))
    for path, socket in _items(document["x-websockets"]):
        sections.setdefault("realtime", []).append(_details("WS", path, socket, {}))
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_json(schema)}</details>"
        for name, schema in _items(_get(document["components"], "schemas"))
    )
    parts = "".join(f"<h2>{escape(tag)}</h2>{''.join(rows)}" for tag, rows in sections.items())
    title = escape(f"{_get(document['info'], 'title')} {_get(document['info'], 'version')}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}: API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(str(_get(document['info'], 'description')))}</p>"
        f'<p>The same for programs: <a href="/openapi.json">openapi.json</a></p>'
        f"{parts}<h2>schemas</h2>{schemas}</body></html>"
    )


def _operation(method: str, path: str, operation: JsonValue) -> str:
    shown = {
        key: _get(operation, key)
        for key in ("parameters", "requestBody", "responses")
        if _get(operation, key)
    }
    return _details(method.upper(), path, operation, shown)


def _details(method: str, path: str, described: JsonValue, shown: Document) -> str:
    blocks = "".join(f"<h4>{escape(key)}</h4>{_json(value)}" for key, value in shown.items())
    return (
        f'<details><summary><span class="method">{method}</span> <code>{escape(path)}</code> '
        f"{escape(str(_get(described, 'description') or ''))}</summary>{blocks}</details>"
    )


def _json(value: JsonValue) -> str:
    return f"<pre>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</pre>"


def _items(value: JsonValue) -> list[tuple[str, JsonValue]]:
    return list(value.items()) if isinstance(value, dict) else []


def _get(value: JsonValue, key: str) -> JsonValue:
    return value.get(key) if isinstance(value, dict) else None
