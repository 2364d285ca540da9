"""Stories in Postman's form: a folder each, a test script a request.

The script checks the status and keeps the ids that the next request needs. A pre-request script
signs every request.
"""

from __future__ import annotations

import json

from flow.collection.stories import Request, stories_of
from flow.simulator.catalogue import Catalogue
from models.base import Json
from models.endpoints import BY_OPERATION

__all__ = ["SCHEMA", "postman_collection"]

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
"""The format's own name for itself."""

_SIGN = """\
// Signs as the insurer asks: HMAC-SHA512 over the Date header, base64, percent-encoded.
pm.variables.set('baseUrl', pm.variables.get('baseUrl').replace(/\\/+$/, ''));
const { HmacSHA512, enc } = require('crypto-js');
const date = new Date().toUTCString();
const hash = HmacSHA512('date: ' + date, pm.variables.get('apiSecret'));
const signature = encodeURIComponent(enc.Base64.stringify(hash));
const key = pm.variables.get('apiKey');
pm.request.headers.upsert({key: 'Date', value: date});
pm.request.headers.upsert({key: 'X-Api-Key', value: key});
pm.request.headers.upsert({
  key: 'Authorization',
  value: `Signature keyId="${key}",algorithm="hmac-sha512",signature="${signature}"`,
});"""

_IDS = {
    "ins": "{{ins}}",
    "update": "{{update}}",
    "cancellation": "{{cancellation}}",
    "renewal": "{{renewal}}",
    "offer": "{{offer}}",
}


def postman_collection(catalogue: Catalogue) -> Json:
    """The collection, as Postman v2.1.

    Args:
        catalogue: what is sold; a retail policy type comes from it, and whether there are offers.
    """
    return {
        "info": {
            "name": "Retail cover: common requests (purchaseflow, unofficial)",
            "description": "From quote to booking, opt-out and cancellation. Set baseUrl, "
            "partner, apiKey and apiSecret; run a folder from top to bottom.",
            "schema": SCHEMA,
        },
        "variable": [
            {"key": key, "value": value}
            for key, value in {
                "baseUrl": "http://127.0.0.1:8089/x",
                "partner": "RETLR",
                "apiKey": "test-key",
                "apiSecret": "test-secret",
            }.items()
        ],
        "event": [_script("prerequest", _SIGN)],
        "item": [
            {"name": name, "item": [_item(request) for request in requests]}
            for name, requests in stories_of(catalogue).items()
        ],
    }


def _item(request: Request) -> Json:
    endpoint = BY_OPERATION[request.operation]
    path = "/partners/{{partner}}/" + endpoint.path.format(**_IDS)
    query = [{"key": key, "value": value} for key, value in request.query.items()]
    tail = "?" + "&".join(f"{q['key']}={q['value']}" for q in query) if query else ""
    headers = [{"key": "Content-Type", "value": "application/json"}]
    if endpoint.keyed:
        headers.append({"key": "x-idempotency-key", "value": "{{$guid}}"})
    item: Json = {
        "method": endpoint.method,
        "header": headers,
        "url": {
            "raw": "{{baseUrl}}" + path + tail,
            "host": ["{{baseUrl}}"],
            "path": path.strip("/").split("/") + ([""] if path.endswith("/") else []),
            **({"query": query} if query else {}),
        },
    }
    if request.body is not None:
        item["body"] = {
            "mode": "raw",
            "raw": json.dumps(request.body, indent=2),
            "options": {"raw": {"language": "json"}},
        }
    tests = _tests(request, request.status or endpoint.success)
    return {"name": request.name, "event": [_script("test", tests)], "request": item}


def _tests(request: Request, status: int) -> str:
    lines = [f"pm.test('status {status}', () => pm.response.to.have.status({status}));"]
    if request.saves or request.expects:
        lines.append("const body = pm.response.json();")
    if request.expects is not None:
        claim, expression = request.expects
        lines.append(f"pm.test({json.dumps(claim)}, () => pm.expect({expression}).to.be.true);")
    lines += [
        f"pm.collectionVariables.set('{name}', body.{where});"
        for name, where in request.saves.items()
    ]
    return "\n".join(lines)


def _script(listen: str, text: str) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": text.split("\n")}}
