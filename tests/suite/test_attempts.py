"""An attempt is made of what the journey knows: the package, the quotes, the ids it names."""

from __future__ import annotations

from typing import Any

import pytest

from flow.suite.attempts import NothingToAttempt, prepare
from flow.suite.grammar import Attempt
from models import Cancellation
from tests.kit import TO_COMPLETED, TO_OFFER, T, Walk


class Notes:
    """Answers a call with what it was given."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given: given


def _given(walk: Walk, call: str, **attempt: Any) -> Any:
    send = prepare(walk.journey, Attempt.model_validate({"call": call, **attempt}))
    return send(Notes())


def _two_packages() -> Walk:
    """A walk past two product pages, with cover taken on each."""
    page = [T.REQUEST_QUOTE, T.CHOOSE_COVER]
    walk = Walk().go((T.VIEW_PRODUCT, {"sku": "LAPTOP"}), *page, T.KEEP_SHOPPING)
    return walk.go((T.VIEW_PRODUCT, {"sku": "TABLET"}), *page)


def test_the_first_and_the_last_package_can_be_meant() -> None:
    walk = _two_packages()
    first, second = walk.journey.order.offers
    assert _given(walk, "get_quotes", package="first") == (first,)
    assert _given(walk, "get_quotes", package="last") == (second,)


def test_quotes_that_were_never_offered_are_known_from_their_policies() -> None:
    """In the store a booking makes new quotes: no offer has shown them."""
    walk = Walk().go(T.OPEN_PORTAL, (T.FILL_FORM, {"sku": "LAPTOP"}), T.PAY, T.COLLECT, T.BOOK)
    (policy,) = walk.journey.order.policies.values()
    package, request = _given(walk, "modify_booking")
    assert package == policy.package
    assert [quote.id for quote in request.quotes] == [policy.quote_id]


def test_only_quotes_of_the_package_meant_are_meant() -> None:
    walk = _two_packages().go(T.PAY, T.COLLECT, T.BOOK)
    for which, sku in (("first", "LAPTOP"), ("last", "TABLET")):
        _, request = _given(walk, "modify_booking", package=which)
        policies = [walk.journey.order.policies[quote.id] for quote in request.quotes]
        assert [policy.sku for policy in policies] == [sku]


def test_only_quotes_of_the_products_named_are_meant() -> None:
    walk = Walk().go(*TO_OFFER)
    (offer,) = walk.journey.order.offers.values()
    tablets = [line.quote_id for line in offer.lines if line.sku == "TABLET"]
    _, request = _given(walk, "delete_quotes", items=["TABLET"])
    assert [quote.id for quote in request.quotes] == tablets
    with pytest.raises(NothingToAttempt, match="no quote was made for these products"):
        _given(walk, "delete_quotes", items=["KETTLE"])


def test_the_id_that_the_insurer_gave_last_is_meant() -> None:
    walk = Walk().go(*TO_COMPLETED)
    given = []
    for price in (1000, 900):
        walk.go((T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": price}))
        given.append(_given(walk, "confirm_modification")[1])
        walk.go(T.DISCARD_MODIFICATION)
    assert given[0] != given[1]


def test_of_two_ids_in_one_step_the_later_is_meant() -> None:
    walk = _two_packages().go(T.PAY, T.COLLECT, T.BOOK, T.RECEIVE_DOCUMENTS, T.SEND_INVOICE)
    walk.go(T.PREVIEW_CANCELLATION)
    replies = [exchange.reply for exchange in walk.journey.history.last.exchanges]
    given = [reply.cancellation_id for reply in replies if isinstance(reply, Cancellation)]
    assert len(given) == 2
    assert _given(walk, "confirm_cancellation")[1] == given[1]
