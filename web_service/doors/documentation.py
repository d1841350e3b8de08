"""The OpenAPI document as a page: no script, nothing from elsewhere."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import orjson

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; background: #fff }
a { color: #0b5cad } h2 { margin-top: 2.5rem; border-bottom: 1px solid #d0d7de } summary { cursor: pointer; padding: .4rem 0 }
code, pre { font: 14px/1.45 ui-monospace, monospace; background: #f3f5f7; border-radius: 4px } code { padding: .1rem .3rem; overflow-wrap: anywhere }
pre { padding: .7rem; overflow-x: auto } .method { display: inline-block; min-width: 3.5rem; font-weight: 600 }
table { border-collapse: collapse } td { padding: .2rem 1rem .2rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } a { color: #6cb2f5 } code, pre { background: #1c222b } h2 { border-color: #30363d } }
"""


def of(document: Mapping[str, Any], root_path: str) -> str:
    """An OpenAPI document → HTML; what comes from outside is escaped."""
    info = document["info"]
    return "".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
            f"<title>{escape(info['title'])}</title><style>{STYLE}</style>",
            f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>",
            f'<p>For programs: <a href="{escape(root_path)}/openapi.json">openapi.json</a></p>',
            *_tags(document, root_path),
            "</html>",
        ]
    )


def _tags(document: Mapping[str, Any], root_path: str) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(method, f"{root_path}{path}", operation))
    for tag, operations in by_tag.items():
        yield f"<h2>{escape(tag)}</h2>"
        yield from operations


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    answers = "".join(
        f"<tr><td><code>{escape(status)}</code></td><td>{escape(answer.get('description', ''))}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> {escape(operation["summary"])}</summary>'
        f"<p>{escape(operation.get('description', ''))}</p>{_body(path, operation)}<table>{answers}</table></details>"
    )


def _body(path: str, operation: Mapping[str, Any]) -> str:
    if "requestBody" not in operation:
        return ""
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    example = orjson.dumps(schema["examples"][0]).decode()
    shown = orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()
    curl = f"curl -H 'Content-Type: application/json' -d '{example}' http://127.0.0.1:8088{path}"
    return f"<pre>{escape(curl)}</pre><details><summary>Schema</summary><pre>{escape(shown)}</pre></details>"
