"""Calls to the simulated insurer's door, as a partner's client makes them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flow.simulator.insurer import Insurer
from models.exchange import Answer, Call

HOLDER = {"first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test", "country": "GB"}


def item(**changes: Any) -> dict[str, Any]:
    """One product to insure; None takes a field out."""
    whole = {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "category": "electronics",
        "price": 1000,
        "name": "Camera",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


CALLER = {**HOLDER, "phone": "+447700900123"}
CUSTOMER = {"currency": "USD", "language": "en", "country": "US"}


def asking(**product: Any) -> dict[str, Any]:
    """A body that asks for an offer; None takes a field of the product out."""
    whole = {"retail_value": 1200, "quantity": 1, **product}
    given = {name: value for name, value in whole.items() if value is not None}
    context = {"purchase_date": "2026-02-01", "product": given}
    return {"customer": CUSTOMER, "partner": {}, "context": context}


class Door:
    """One partner at the insurer's door."""

    def __init__(self, insurer: Insurer | None = None, partner: str = "RETLR") -> None:
        self.insurer = insurer or Insurer(seed=1)
        self.partner = partner

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Any call; header names with underscores for dashes."""
        path, _, query = path.partition("?")
        pairs = dict(pair.split("=") for pair in query.split("&")) if query else {}
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.insurer.answer(
            Call(method, f"/x/partners/{self.partner}/{path}", pairs, names, body)
        )

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call that has to succeed; its body."""
        answer = self.call(method, path, body, **headers)
        assert answer.status < 300, answer.body
        return answer.body

    def quote(self, *items: dict[str, Any], **changes: Any) -> Any:
        """A new package."""
        body = {
            "request": list(items) or [item()],
            "currency": "GBP",
            "customer_country": "GB",
            **changes,
        }
        return self.ok("POST", "quotes/", body)

    def book(self, package: Any, *keys: str, **changes: Any) -> Any:
        """Book quotes of a package by position; all by default."""
        chosen = [package["quotes"][key]["id"] for key in keys or package["quotes"]]
        body = {"quotes": [{"id": one} for one in chosen], "policyholder": HOLDER, **changes}
        return self.ok("POST", f"bookings/{package['id']}/", body)

    def offer(self, query: str = "", **product: Any) -> Any:
        """A new offer."""
        return self.ok("POST", f"offers/{query}", asking(**product))

    def confirm(self, offer: Any, *numbers: int, **changes: Any) -> Any:
        """Confirm products of an offer by position; the first one by default."""
        chosen = [{"id": offer["products"][number]["id"]} for number in numbers or (0,)]
        body = {"quotes": chosen, "policyholder": CALLER, **changes}
        return self.ok("POST", f"offers/{offer['id']}/confirm/", body)

    def kept(self) -> tuple[Any, Any]:
        """All that the insurer keeps of packages and offers."""
        world = self.insurer.world(self.partner)
        return world.packages, world.offers

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.insurer.world(self.partner).clock.advance(timedelta(**time))

    def outbox(self) -> list[dict[str, Any]]:
        """E-mails sent."""
        return self.insurer.world(self.partner).outbox


def errors(answer: Answer) -> Any:
    """The errors of a refusal, which has to be one."""
    assert answer.status == 422, answer
    assert answer.body["type"] == "validation_error"
    assert answer.body["message"] == "An API error occurred."
    return answer.body["errors"]
