"""The page /docs: the API's OpenAPI description in plain HTML, without scripts or other hosts."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router

router = Router()

_STYLE = """
:root { color-scheme: light dark }
body { background: Canvas; color: CanvasText }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: .9em }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .3rem }
table { border-collapse: collapse; width: 100% }
td, th { text-align: left; vertical-align: top; padding: .2rem .75rem .2rem 0 }
h3 code { padding: .1rem .4rem; border: 1px solid #8886; border-radius: .3rem }
.verb { display: inline-block; min-width: 4.2rem }
"""


@router.get("/openapi.json", include_in_schema=False)
@router.get("/api/openapi.json", include_in_schema=False)
def machine_readable(request: Request) -> Json[dict[str, Any]]:
    """The description itself, where tools look for it and under /api as all that scripts use."""
    description = request.app.openapi()
    if prefix := url("/").removesuffix("/"):
        description = {**description, "servers": [{"url": prefix}]}
    return Json(description)


@router.get("/docs", include_in_schema=False)
def page(request: Request) -> HTMLResponse:
    """The page."""
    return HTMLResponse(render(request.app.openapi()))


def render(openapi: dict[str, Any]) -> str:
    """The whole page from an OpenAPI description."""
    groups: dict[str, list[str]] = {}
    for path, verbs in openapi["paths"].items():
        for verb, operation in verbs.items():
            group = operation.get("tags", ["other"])[0]
            groups.setdefault(group, []).append(_operation(path, verb, operation))
    schemas = openapi.get("components", {}).get("schemas", {})
    parts = [f"<h2>{escape(name)}</h2>{''.join(texts)}" for name, texts in groups.items()]
    parts += ["<h2>Schemas</h2>", *(_schema(name, schemas[name]) for name in sorted(schemas))]
    info = openapi["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])} API</title>"
        f'<link rel="icon" href="{url("/favicon.ico")}">'
        f"<style>{_STYLE}</style></head><body><main>"
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
        f"<p>{escape(info.get('description', ''))}</p>"
        f'<p>Machine-readable: <a href="{url("/openapi.json")}">/openapi.json</a>. '
        f'<a href="{url("/")}">Back to the runs</a>.</p>'
        f"{''.join(parts)}</main></body></html>"
    )


def _operation(path: str, verb: str, operation: dict[str, Any]) -> str:
    text = _marked(operation["description"])
    rows = "".join(_parameter(item) for item in operation.get("parameters", []))
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return (
        f'<h3><code><span class="verb">{verb.upper()}</span>{escape(path)}</code></h3>'
        f"<p>{text}</p>{table}{_body(operation)}{_answers(operation['responses'])}"
    )


def _answers(responses: dict[str, Any]) -> str:
    """What it answers; the errors, which have one shape, by their numbers alone."""
    good = "; ".join(
        f"{status} {_contents(one)}".strip() for status, one in responses.items() if status < "400"
    )
    bad = ", ".join(status for status in responses if status >= "400")
    return f"<p>Answers: {good}. Errors: {bad}.</p>"


def _contents(response: dict[str, Any]) -> str:
    texts = [
        _link(content["schema"].get("$ref", "")) or f"<code>{escape(kind)}</code>"
        for kind, content in response.get("content", {}).items()
    ]
    return " or ".join(texts)


def _parameter(item: dict[str, Any]) -> str:
    need = "required" if item.get("required") else "optional"
    schema = item.get("schema", {})
    default = (
        f", default <code>{escape(str(schema['default']))}</code>" if schema.get("default") else ""
    )
    return (
        f"<tr><td><code>{escape(item['name'])}</code></td>"
        f"<td>{escape(item['in'])}, {need}{default}</td>"
        f"<td>{_marked(item.get('description') or schema.get('description', ''))}</td></tr>"
    )


def _marked(text: str) -> str:
    """Escaped; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    link = _link(content.get("application/json", {}).get("schema", {}).get("$ref", ""))
    return f"<p>Body: {link}</p>" if link else ""


def _link(reference: str) -> str:
    """To a schema on this page; empty without one."""
    name = escape(reference.rpartition("/")[2])
    return f'<a href="#schema-{name}">{name}</a>' if name else ""


def _schema(name: str, schema: dict[str, Any]) -> str:
    text = escape(json.dumps(schema, indent=2, ensure_ascii=False))
    name = escape(name)
    return f'<h3 id="schema-{name}">{name}</h3><pre tabindex="0">{text}</pre>'
