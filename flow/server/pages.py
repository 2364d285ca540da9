"""The readable page of the API: the OpenAPI document as HTML, without anything from elsewhere."""

from __future__ import annotations

from html import escape

from models.base import Json

__all__ = ["api_page"]

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1b1f24;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.1rem;margin:2rem 0 .3rem}
code,pre{font:14px/1.4 ui-monospace,monospace;background:#f2f4f6;border-radius:4px}
code{padding:.1em .3em}pre{padding:.7rem;overflow:auto}
.method{display:inline-block;min-width:4.2rem;font-weight:600}
table{border-collapse:collapse;margin:.4rem 0}td,th{text-align:left;padding:.15rem .8rem .15rem 0;
vertical-align:top}summary{cursor:pointer}
@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15181c}
code,pre{background:#242930}a{color:#8ab4f8}}
"""


def api_page(document: Json) -> str:
    """The page."""
    info = document["info"]
    servers = ", ".join(f"<code>{escape(one['url'])}</code>" for one in document["servers"])
    operations = [
        _operation(path, method, entry)
        for path, entries in document["paths"].items()
        for method, entry in entries.items()
        if method != "parameters"
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>"
        f"<p>Version {escape(info['version'])}. Base addresses: {servers}. "
        '<a href="/openapi.json">openapi.json</a></p>'
        f"<main>{''.join(operations)}</main></body></html>"
    )


def _operation(path: str, method: str, entry: Json) -> str:
    parameters = "".join(
        f"<tr><th><code>{escape(one['name'])}</code></th><td>{escape(one['in'])}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for one in entry["parameters"]
    )
    responses = "".join(
        f"<tr><th>{escape(status)}</th><td>{escape(one['description'])}</td>"
        f"<td>{_schema_of(one)}</td></tr>"
        for status, one in entry["responses"].items()
    )
    body = entry.get("requestBody")
    sent = f"<p>Body: {_schema_of(body)}</p>" if body else ""
    return (
        f'<section id="{escape(entry["operationId"])}"><h2><span class="method">'
        f"{escape(method.upper())}</span> <code>{escape(path)}</code></h2>"
        f"<p>{escape(entry['summary'])}</p>{sent}<details><summary>Parameters and answers</summary>"
        f"<table>{parameters}</table><table>{responses}</table></details></section>"
    )


def _schema_of(entry: Json) -> str:
    content = entry.get("content", {}).get("application/json")
    if not content:
        return "no body"
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    return f"<code>{escape(name)}</code>"
