"""WireMock, Mockoon and Prism: servers that answer the request with a fixed body."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import which
from typing import Any

from benchmarks.install import PINS, Unavailable, install_packages
from benchmarks.load import FIRST, numbered
from benchmarks.quote import CREATED, PATH, template
from benchmarks.service import Service

__all__ = ["FAKES"]


def wiremock(folder: Path, body: bytes) -> Service:
    """WireMock: no journal, no log, no templates.

    Raises:
        Unavailable: it cannot be installed, or there is no Java.
    """
    java = which("java")
    if java is None:
        message = "there is no Java"
        raise Unavailable(message)
    home = install_packages("wiremock")
    jars = sorted(home.glob("node_modules/wiremock/build/wiremock-standalone-*.jar"))
    if not jars:
        message = "its package holds no jar"
        raise Unavailable(message)
    stub = {
        "request": {"method": "POST", "urlPath": PATH},
        "response": {
            "status": CREATED,
            "headers": {"Content-Type": "application/json"},
            "body": body.decode(),
        },
    }
    _write(folder / "mappings" / "quotes.json", stub)
    options = {
        "--bind-address": "127.0.0.1",
        "--root-dir": str(folder),
        "--use-chunked-encoding": "never",
    }
    switches = [
        "--no-request-journal",
        "--disable-request-logging",
        "--disable-response-templating",
        "--disable-gzip",
        "--disable-banner",
    ]
    words = [word for option in options.items() for word in option]
    return _service(
        folder,
        "WireMock",
        "wiremock",
        lambda port: [java, "-jar", str(jars[-1]), "--port", str(port), *words, *switches],
    )


def mockoon(folder: Path, body: bytes) -> Service:
    """Mockoon: no log file, no admin API, no templates.

    Raises:
        Unavailable: it cannot be installed.
    """
    home = install_packages("mockoon")
    response = {
        "uuid": "00000000-0000-4000-8000-000000000003",
        "statusCode": CREATED,
        "headers": [{"key": "Content-Type", "value": "application/json"}],
        "bodyType": "INLINE",
        "body": body.decode(),
        "disableTemplating": True,
        "default": True,
    }
    route = {
        "uuid": "00000000-0000-4000-8000-000000000002",
        "type": "http",
        "method": "post",
        "endpoint": PATH.strip("/"),
        "responses": [response],
    }
    environment = {
        "uuid": "00000000-0000-4000-8000-000000000001",
        "name": "quotes",
        "port": 0,
        "hostname": "127.0.0.1",
        "rootChildren": [{"type": "route", "uuid": route["uuid"]}],
        "routes": [route],
    }
    data = folder / "quotes.json"
    _write(data, environment)
    script = home / "node_modules" / "@mockoon" / "cli" / "bin" / "run.js"
    start = [_node(), str(script), "start", "--data", str(data), "--hostname", "127.0.0.1"]
    switches = ["--repair", "--disable-log-to-file", "--disable-admin-api"]
    return _service(
        folder,
        "Mockoon",
        "mockoon",
        lambda port: [*start, "--port", str(port), *switches],
    )


def prism(folder: Path, body: bytes) -> Service:
    """Prism: the example of an OpenAPI document, no log.

    Raises:
        Unavailable: it cannot be installed.
    """
    home = install_packages("prism")
    content = {"application/json": {"example": json.loads(body)}}
    operation = {
        "requestBody": {"content": {"application/json": {"schema": {}}}},
        "responses": {str(CREATED): {"description": "A package.", "content": content}},
    }
    document = folder / "openapi.json"
    _write(
        document,
        {
            "openapi": "3.0.3",
            "info": {"title": "Quotes", "version": "1"},
            "paths": {PATH: {"post": operation}},
        },
    )
    script = home / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    start = [_node(), str(script), "mock", "--host", "127.0.0.1", "--verboseLevel", "silent"]
    return _service(
        folder,
        "Prism",
        "prism",
        lambda port: [*start, "--port", str(port), str(document)],
    )


FAKES: dict[str, Callable[[Path, bytes], Service]] = {
    "WireMock": wiremock,
    "Mockoon": mockoon,
    "Prism": prism,
}
"""Each writes what it serves into a folder, and says how it is started."""


def _service(folder: Path, name: str, pins: str, command: Callable[[int], list[str]]) -> Service:
    packages = json.loads((PINS / f"{pins}.json").read_text(encoding="utf-8"))["dependencies"]
    version = next(iter(packages.values()))
    return Service(
        name=f"{name} {version}",
        command=command,
        cwd=folder,
        question=numbered(template(), FIRST),
        status=CREATED,
    )


def _node() -> str:
    node = which("node")
    if node is None:
        message = "there is no Node.js"
        raise Unavailable(message)
    return node


def _write(file: Path, document: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document), encoding="utf-8")
