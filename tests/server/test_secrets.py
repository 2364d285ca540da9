"""A busy session with secrets of its own, and then a search for them wherever anything is told."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from flow.signature import Credentials
from models.exchange import Answer
from pytest_purchaseflow import ControlFailed, PurchaseflowServer, PurchaseflowWorld
from tests.remote import RemoteDoor, send, signed
from tests.server.listener import Listener, listening
from tests.simulator.door import HOLDER, item

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "api secret": "s3cr3t-of-the-api/+=",
    "control token": "t0ken-of-control/+=",
    "webhook secret": "wh-s3cr3t-0f-hooks/+=",
    "card number": "5105105105105100",
    "cvc": "90817263",
}
ENVIRONMENT = {
    "PURCHASEFLOW_API_KEY": "busy-key",
    "PURCHASEFLOW_API_SECRET": SECRETS["api secret"],
    "PURCHASEFLOW_CONTROL_TOKEN": SECRETS["control token"],
}
CARD = {
    "number": SECRETS["card number"],
    "expiryMonth": 1,
    "expiryYear": 2030,
    "cvc": SECRETS["cvc"],
    "holderName": "A. Lee",
}
TOKEN = {"customer": {"email": "ann@shop.test"}, "creditCard": CARD}
LOOKS = (
    "/",
    "/worlds",
    "/clock",
    "/faults",
    "/journal?limit=1000",
    "/strangers?limit=1000",
    "/outbox",
    "/webhooks",
    "/webhooks/deliveries",
    "/state",
)
"""What the control API tells."""


@dataclass
class Session:
    """All that was told, by where; and what was asked, to know that it was worth searching."""

    told: dict[str, str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)

    def note(self, where: str, what: object) -> None:
        """Keep what was told."""
        self.told[where] = self.told.get(where, "") + f"{what}\n"


class NotingDoor(RemoteDoor):
    """Keeps every answer, header and body."""

    def __init__(self, world: PurchaseflowWorld, pool: urllib3.PoolManager, session: Session):
        super().__init__(world, pool)
        self.session = session

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Any call; what it is answered is kept."""
        return self.keep(super().call(method, path, body, **headers))

    def raw(self, path: str, body: bytes, secret: str | None = None, **headers: str) -> Answer:
        """A POST of anything, signed with any secret."""
        own = Credentials(self.credentials.key, secret or self.credentials.secret)
        whole = {**signed(own, "POST", path), **headers}
        return self.keep(send(self.pool, "POST", self.url + path, body, whole))

    def keep(self, answer: Answer) -> Answer:
        """Note an answer."""
        self.session.statuses.add(answer.status)
        self.session.note("answers", json.dumps([answer.body, dict(answer.headers)]))
        return answer


def _environment() -> dict[str, str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith("PURCHASEFLOW_")}
    return {**own, **ENVIRONMENT}


def _shop(door: NotingDoor) -> None:
    """Calls that go well."""
    token = door.ok("POST", "customer-tokens", TOKEN)["data"]["id"]
    door.ok("POST", "customer-tokens", TOKEN, x_idempotency_key="token")
    assert door.call("POST", "customer-tokens", TOKEN, x_idempotency_key="token").status == 409
    booking = door.book(door.quote(), customer_token_id=token)
    change = {"id": booking["quotes"][0]["id"], "update_fields": {"price": 1500}}
    door.ok("PATCH", f"bookings/{booking['id']}/", {"quotes": [change]})
    door.ok("POST", f"bookings/{booking['id']}/cancel", {})
    door.ok("POST", f"bookings/{door.quote()['id']}/opt_out", {})
    door.ok("GET", "bookings/")


def _blunder(door: NotingDoor) -> None:
    """Calls that go wrong, cards and keys in hand."""
    tokens = f"/x/partners/{door.partner}/customer-tokens"
    whole = json.dumps(TOKEN).encode()
    door.call("POST", "customer-tokens", {"creditCard": {**CARD, "expiryMonth": "soon"}})
    door.call("POST", "customer-tokens", {"creditCard": [CARD], "customer": CARD})
    door.call("POST", "customer-tokens", {**TOKEN, "creditCard": {**CARD, "colour": "gold"}})
    door.call("POST", "instant_booking/", {"request": [item()], "policyholder": HOLDER, **TOKEN})
    door.call("GET", "customer-tokens")
    door.call("POST", "nowhere", TOKEN)
    door.raw("/elsewhere", whole)
    door.raw(tokens.replace(door.partner, "OTHER"), whole)
    door.raw(tokens, whole, secret="wrong")
    door.raw(tokens, whole, authorization=f"Bearer {SECRETS['api secret']}")
    door.raw(tokens, whole, authorization=f"Basic {_in_base64(SECRETS['api secret'])}")
    door.raw(tokens, whole, **{"x-api-key": SECRETS["api secret"]})
    door.raw(tokens, whole, **{"content-type": "text/plain"})
    door.raw(tokens, whole, **{"x-purchaseflow-fault": "no such fault"})
    door.raw(tokens, whole, **{"x-purchaseflow-world": "no world"})


def _suffer(world: PurchaseflowWorld, door: NotingDoor) -> None:
    """Calls that the wire or the service fails."""
    for kind in ("unavailable", "throttled", "malformed", "answer_lost", "truncated", "sent_twice"):
        world.fault(kind, "create_token", times=1)
        try:
            door.call("POST", "customer-tokens", TOKEN)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            door.session.note("answers", error)


def _listen(world: PurchaseflowWorld, door: NotingDoor, listener: Listener) -> None:
    """Webhooks that arrive, fail, and are set up wrongly."""
    secret = SECRETS["webhook secret"]
    for given in (
        {"url": listener.url, "secret": secret, "retry_after": 0},
        {"url": "http://127.0.0.1:9/", "secret": secret, "retry_after": 0},
        {"url": "nowhere", "secret": secret},
        {"url": listener.url, "secret": [secret]},
        {"url": listener.url, "secret": secret, "colour": "red"},
    ):
        try:
            door.session.note("control", world.control("POST", "/webhooks", given))
        except ControlFailed as error:
            door.session.note("control", error)
    door.book(door.quote())
    states = {delivery["state"] for delivery in world.settle()}
    assert states == {"delivered", "failed"}


def _look(world: PurchaseflowWorld, session: Session) -> None:
    """Everything that can be read."""
    for path in LOOKS:
        session.note(path.partition("?")[0], json.dumps(world.control("GET", path)))
    for path in ("/docs", "/openapi.json", "/health"):
        with urllib.request.urlopen(world.server.url + path) as page:
            session.note(path, page.read().decode())
    wrong = PurchaseflowServer(world.server.url, control_token="wrong")
    try:
        wrong.world()
    except ControlFailed as error:
        session.note("control", error)


def _run(url: str, folder: Path, session: Session) -> None:
    """A run over HTTP with all its reports; and one with a secret that is not right."""
    suites = ["scenarios/payment_models", "scenarios/resilience"]
    for name, secret in (("right", SECRETS["api secret"]), ("wrong", "wr0ng-s3cr3t")):
        reports = ["--report", "junit,json,ndjson", "--report-dir", str(folder / name)]
        done = subprocess.run(
            [sys.executable, "-m", "flow", "run", "-v", "--backend", url, *reports, *suites],
            cwd=ROOT,
            env={**_environment(), "PURCHASEFLOW_API_SECRET": secret},
            capture_output=True,
            text=True,
        )
        assert done.returncode == (0 if name == "right" else 2), done.stderr
        session.note("run", done.stdout + done.stderr)
        for report in sorted((folder / name).glob("*")):
            session.note(report.name, report.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, pool: urllib3.PoolManager) -> Session:
    """A server of its own, asked for everything."""
    folder = tmp_path_factory.mktemp("secrets")
    session = Session()
    log = folder / "log"
    with log.open("w", encoding="utf-8") as errors, listening() as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "flow", "serve", "--port", "0", "--partner", "RETLR"],
            cwd=ROOT,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            server = PurchaseflowServer(
                first.split()[-1],
                api_key=ENVIRONMENT["PURCHASEFLOW_API_KEY"],
                api_secret=SECRETS["api secret"],
                control_token=SECRETS["control token"],
            )
            world = server.world()
            door = NotingDoor(world, pool, session)
            _shop(door)
            _blunder(door)
            _suffer(world, door)
            _listen(world, door, listener)
            _run(server.url, folder, session)
            _look(world, session)
        finally:
            process.terminate()
            session.note("standard output", first + process.communicate(timeout=20)[0])
    session.note("log", log.read_text(encoding="utf-8"))
    return session


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _forms(secret: str) -> set[str]:
    """How a secret may be written."""
    raw = secret.encode()
    forms = {secret, _in_base64(secret), base64.urlsafe_b64encode(raw).decode(), raw.hex()}
    return forms | {quote(form, safe="") for form in forms}


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_told_nowhere(name: str, session: Session) -> None:
    found = {
        where: text[max(0, text.index(form) - 200) :][:260]
        for where, text in session.told.items()
        for form in _forms(SECRETS[name])
        if form in text
    }
    assert found == {}


def test_what_is_searched_is_not_empty(session: Session) -> None:
    assert session.statuses >= {200, 201, 204, 401, 403, 404, 405, 409, 415, 422, 429, 502}
    assert {name for name, text in session.told.items() if len(text) < 10} == set()
    assert session.told.keys() >= {"junit.xml", "report.json", "report.ndjson", "run", "log"}
    assert session.told["log"].count('"operation": "create_token"') > 15
    assert session.told["/journal"].count('"operation": "create_token"') > 10
    assert session.told["/strangers"].count("customer-tokens") > 5
    assert session.told["/webhooks/deliveries"].count("failed") > 0
