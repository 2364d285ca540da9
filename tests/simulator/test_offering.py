"""Offers: priced, confirmed once, declined; what is refused, and that refusals change nothing."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from flow.simulator.catalogue import Catalogue, default_catalogue
from flow.simulator.insurer import Insurer
from flow.simulator.state import StateInvalid, export_state, import_state
from models import Booking, Cancellation, Offer
from models.exchange import Answer
from tests.simulator.door import CALLER, CUSTOMER, Door, asking, errors

V2 = {"x_api_error_version": "v2"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def _price(offer: Any, number: int = 0) -> Any:
    return offer["products"][number]["details"]["finance"]["price"]["total_amount"]


def _with(**changes: Any) -> Door:
    """An insurer whose one offer is set up differently."""
    catalogue = default_catalogue()
    offers = [catalogue.offers[0].model_copy(update=changes)]
    return Door(Insurer(seed=1, catalogue=catalogue.model_copy(update={"offers": offers})))


def _body(offer: Any, **changes: Any) -> dict[str, Any]:
    return {"quotes": [{"id": offer["products"][0]["id"]}], "policyholder": CALLER, **changes}


def test_an_offer_has_two_plans_and_binds_nothing() -> None:
    door = Door()
    offer = Offer.from_wire(door.offer())
    assert [product.name[-2:] for product in offer.products] == ["2y", "3y"]
    assert [product.details.end_date for product in offer.products] == [None, None]
    assert door.insurer.world("RETLR").packages == {}


def test_prices_are_the_same_for_the_same_question() -> None:
    """Staging drew them by lot; ours can be tested against."""
    door = Door()
    assert [_price(door.offer(), n) for n in (0, 1)] == [_price(door.offer(), n) for n in (0, 1)]
    assert (_price(door.offer(), 0), _price(door.offer(), 1)) == (135.96, 185.4)


def test_tax_is_three_percent_cut_off_to_cents() -> None:
    """err-bad-country#1: 3 % of 482.90 is 14.48 there, not 14.49."""
    finance = Door().offer(retail_value=999.99)["products"][0]["details"]["finance"]
    premium = Decimal(str(finance["price"]["total_amount_without_tax"]))
    assert premium == Decimal("110.00")
    finance = Door().offer(retail_value=333)["products"][0]["details"]["finance"]
    assert finance["price"]["total_amount_without_tax"] == 36.63
    assert finance["tax"]["total_amount"] == 1.09


def test_yen_have_no_decimals_but_their_tax_line_has() -> None:
    """err-bad-currency#1."""
    body = asking(retail_value=123456)
    body["customer"] = {**CUSTOMER, "currency": "JPY"}
    finance = Door().ok("POST", "offers/", body)["products"][0]["details"]["finance"]
    (line,) = finance["tax"]["breakdown"]
    assert finance["price"]["total_amount_without_tax"] == 13580
    assert (line["tax_amount"], line["tax_amount_formatted"]) == (407.4, "JP¥407")
    assert finance["tax"]["total_amount"] == 407
    assert finance["price"]["total_amount_formatted"] == "JP¥13987"


def test_more_pieces_cost_more_but_less_apiece() -> None:
    one, three = _price(Door().offer(quantity=1)), _price(Door().offer(quantity=3))
    assert one < three < 3 * one
    assert _price(Door().offer(quantity=None)) == one


def test_other_fields_of_the_context_are_accepted_and_ignored() -> None:
    """sku-category-test#1."""
    offer = Door().offer(sku="A1", category={"of": ["any", "kind"]}, title=None)
    assert _price(offer) == _price(Door().offer())


@pytest.mark.parametrize(("country", "currency"), [("XX", "USD"), ("GB", "JPY"), ("US", "AUD")])
def test_any_country_and_any_known_currency_will_do(country: str, currency: str) -> None:
    body = asking()
    body["customer"] = {"country": country, "currency": currency}
    assert Door().ok("POST", "offers/", body)["currency"] == currency


@pytest.mark.parametrize(
    ("language", "locale", "answer"),
    [
        ("en", "en", "Yes, cover it"),
        ("fr", "fr", "Oui, je le couvre"),
        ("de-AT", "de", "Ja, absichern"),
        ("es_MX", "es", "Sí, protegerlo"),
        ("it", "it", "Sì, proteggilo"),
        ("pt-br", "en", "Yes, cover it"),
        (None, "en", "Yes, cover it"),
    ],
)
def test_texts_come_in_the_customer_s_language_or_in_english(
    language: str | None, locale: str, answer: str
) -> None:
    body = asking()
    body["customer"] = {**CUSTOMER, "language": language}
    content = Door().ok("POST", "offers/", body)["content"]
    assert (content["locale"], content["positive_cta"]) == (locale, answer)
    assert {product["locale"] for product in content["products"]} == {locale}


def test_every_language_says_everything() -> None:
    panels = default_catalogue().offers[0].content
    assert set(panels) == {"en", "fr", "de", "es", "it"}
    english = panels["en"].model_dump()
    for panel in panels.values():
        texts = panel.model_dump()
        assert [bool(value) for value in texts.values()] == [bool(v) for v in english.values()]
        assert len(texts["extras"]) == len(english["extras"])


def test_content_can_be_left_out() -> None:
    assert Door().offer("?include_content=false")["content"] is None
    assert Offer.from_wire(Door().offer("?include_content=false")).content is None


def test_commission_is_told_only_when_asked_for() -> None:
    """extra-fields-test#1: 30 % of the premium."""

    def commission(query: str) -> Any:
        return Door().offer(query)["products"][0]["details"]["finance"]["commission"]

    assert commission("")["total_amount"] is None
    assert commission("?extra_fields=tax,commission")["total_amount"] == 39.6
    assert commission("?extra_fields=tax,commission")["total_amount_formatted"] == "US$39.60"
    assert commission("?extra_fields=tax,nonsense")["total_amount"] is None


def test_benefits_are_told_only_when_asked_for() -> None:
    entry = default_catalogue().offers[0]
    benefits = default_catalogue().policies[0].benefits
    door = _with(policy=entry.policy.model_copy(update={"benefits": benefits}))
    assert door.offer()["products"][0]["details"]["benefits"] == []
    told = door.offer("?extra_fields=benefits")["products"][0]["details"]["benefits"]
    assert len(told) == len(benefits)
    assert told[0]["limit_formatted"].startswith("US$")


def test_inactive_plans_are_left_out_on_demand() -> None:
    two, three = default_catalogue().offers[0].plans
    door = _with(plans=[two, three.model_copy(update={"active": False})])
    assert len(door.offer()["products"]) == 2
    only = door.offer("?active_only=true")
    assert [product["name"] for product in only["products"]] == [two.name]
    assert len(only["content"]["products"]) == 1


def test_offers_can_be_excluded_or_named_by_their_schema() -> None:
    door = Door()
    config = door.offer()["offer_config_id"]
    again = door.call("POST", f"offers/?exclude_offer_ids={UNKNOWN},{config}", asking(), **V2)
    assert again.body["code"] == "offer_not_found_no_match_context"
    assert door.ok("POST", "offers/", {**asking(), "schema": "retail-protection"})["id"]
    other = door.call("POST", "offers/", {**asking(), "schema": "another"})
    assert errors(other) == ["No offer matches the given schema and context"]


def test_an_insurer_may_offer_nothing() -> None:
    catalogue: Catalogue = default_catalogue().model_copy(update={"offers": []})
    answer = Door(Insurer(catalogue=catalogue)).call("POST", "offers/", asking())
    assert answer.status == 422


def _refused(answer: Answer) -> list[str]:
    texts: list[str] = errors(answer)["non_field_errors"]
    return texts


@pytest.mark.parametrize("body", [{}, None])
def test_nothing_sent_is_refused_in_the_recorded_words(body: Any) -> None:
    """err-empty-body#1."""
    assert _refused(Door().call("POST", "offers/", body)) == [
        "'customer' is a required property",
        "'partner' is a required property",
        "'context' is a required property",
    ]


@pytest.mark.parametrize(
    ("part", "value", "text"),
    [
        ("customer", {}, "'currency' is a required property"),
        ("customer", {**CUSTOMER, "currency": "usd"}, "'usd' is not a valid currency"),
        ("customer", {**CUSTOMER, "country": 7}, "7 is not of type 'string'"),
        ("customer", {**CUSTOMER, "language": "../en"}, "'../en' is not a valid language"),
        (
            "customer",
            {**CUSTOMER, "odd": 1},
            "Additional properties are not allowed ('odd' was unexpected)",
        ),
        ("customer", [], "[] is not of type 'object'"),
        ("partner", None, "None is not of type 'object'"),
        ("partner", {"customer_id": 5}, "5 is not of type 'string'"),
        ("context", "now", "'now' is not of type 'object'"),
        ("context", {"product": {}}, "'purchase_date' is a required property"),
        ("context", {"purchase_date": "2026-02-01"}, "'product' is a required property"),
        ("context", {"purchase_date": 20260201, "product": {}}, "20260201 is not of type 'string'"),
        (
            "context",
            {"purchase_date": "31/12/2026", "product": {}},
            "'31/12/2026' is not a 'date'",
        ),
        ("odd", 1, "Additional properties are not allowed ('odd' was unexpected)"),
        ("schema", 5, "5 is not of type 'string'"),
    ],
)
def test_faulty_parts_are_refused_as_a_schema_words_it(part: str, value: Any, text: str) -> None:
    door = Door()
    before = copy.deepcopy(door.kept())
    assert text in _refused(door.call("POST", "offers/", {**asking(), part: value}))
    assert door.kept() == before


@pytest.mark.parametrize(
    ("product", "text"),
    [
        ({"retail_value": "a lot"}, "'a lot' is not of type 'number'"),
        ({"retail_value": float("nan")}, "nan is not of type 'number'"),
        ({"retail_value": float("inf")}, "inf is not of type 'number'"),
        ({"retail_value": True}, "True is not of type 'number'"),
        ({"retail_value": {"amount": 5}}, "{...} is not of type 'number'"),
        ({"retail_value": 10**5000}, "a number of that size is not of type 'number'"),
        ({"retail_value": "9" * 200 + "x"}, f"'{'9' * 59}... is not of type 'number'"),
        ({"quantity": 1.5}, "1.5 is not of type 'integer'"),
        ({"quantity": True}, "True is not of type 'integer'"),
        ({"quantity": "3"}, "'3' is not of type 'integer'"),
    ],
)
def test_values_of_the_wrong_type_are_refused(product: dict[str, Any], text: str) -> None:
    assert _refused(Door().call("POST", "offers/", asking(**product))) == [text]


@pytest.mark.parametrize("body", [[], "text", 5, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    (text,) = _refused(Door().call("POST", "offers/", body))
    assert text.endswith("is not of type 'object'")


def test_a_missing_value_fails_the_pricing_of_every_plan() -> None:
    """err-missing-field#1, to the letter."""
    door = Door()
    answer = door.call("POST", "offers/", asking(retail_value=None))
    config = door.offer()["offer_config_id"]
    entry = {
        "message": "retail_value_base calculation failed. "
        "Expression: to_policy_currency(retail_value)",
        "type": "quote_creation_failure",
    }
    assert answer.status == 422
    assert answer.body == {
        "type": "validation_error",
        "message": "Offer could not be created due to quote generation errors",
        "error_id": answer.body["error_id"],
        "code": "offer_quote_generation_failed",
        "errors": {"0": entry, "1": entry, "metadata": {"selected_offer_id": config}},
    }


@pytest.mark.parametrize(
    "product",
    [
        {"retail_value": 0},
        {"retail_value": -5},
        {"retail_value": 10**30},
        {"retail_value": "1e1000000"},
        {"retail_value": 50_000},
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 100},
        {"quantity": 10**40},
    ],
)
def test_values_out_of_range_have_no_rate(product: dict[str, Any]) -> None:
    door = Door()
    answer = door.call("POST", "offers/", asking(**product))
    assert answer.body["code"] == "offer_quote_generation_failed"
    assert answer.body["errors"]["0"]["message"] == "No rate available for the supplied parameters"
    assert door.insurer.world("RETLR").offers.made == {}


def test_an_unknown_currency_and_cover_that_is_over_have_no_rate() -> None:
    body = asking()
    body["customer"] = {**CUSTOMER, "currency": "XTS"}
    assert Door().call("POST", "offers/", body).body["code"] == "offer_quote_generation_failed"
    body = asking()
    body["context"]["purchase_date"] = "2001-01-01"
    assert Door().call("POST", "offers/", body).body["code"] == "offer_quote_generation_failed"


def test_a_confirmed_offer_is_a_booking_like_all_others() -> None:
    door = Door()
    offer = door.offer()
    booking = door.confirm(offer, 1, partner_transaction_id="T1", booking_agent="Kim")
    loaded = Booking.from_wire(booking)
    assert loaded.total_price == Decimal(str(_price(offer, 1)))
    assert loaded.fast_quote_id == offer["id"] != booking["id"]
    assert (booking["partner_transaction_id"], booking["booking_agent"]) == ("T1", "Kim")
    got = door.ok("GET", f"bookings/{booking['id']}/")
    assert {**got, "partner": 0, "customer_language": 0} == {
        **booking,
        "partner": 0,
        "customer_language": 0,
    }
    assert got["partner"]["subsidiary"]["allow_payout_customer"] is True
    assert door.ok("GET", "bookings/")["results"] == [booking]
    assert door.ok("GET", f"quotes/{booking['id']}/")["status"] == "CONFIRMED"
    assert [mail["event"] for mail in door.outbox()] == ["BOOKING_CREATED"]


def test_other_bookings_carry_nothing_of_it() -> None:
    door = Door()
    door.confirm(door.offer())
    booking = door.book(door.quote())
    got = door.ok("GET", f"bookings/{booking['id']}/")
    assert "fast_quote_id" not in got
    assert "gender" not in got["policyholder"]
    assert "cancelled_from" not in got["quotes"][0]
    assert "allow_payout_customer" not in got["partner"]
    assert "/en/" in got["pds_url"]


def test_both_plans_can_be_confirmed_together() -> None:
    door = Door()
    offer = door.offer()
    booking = door.confirm(offer, 0, 1)
    assert [quote["id"] for quote in booking["quotes"]] == [p["id"] for p in offer["products"]]
    assert booking["total_price"] == pytest.approx(_price(offer, 0) + _price(offer, 1))


@pytest.mark.parametrize(
    ("date", "start", "cancelled"),
    [
        ("2026-02-01", "2026-02-01T00:00:00", "2026-02-01T00:00:00Z"),
        ("2026-02-01T10:00:00", "2026-02-01T10:00:00", "2026-02-01T10:00:00Z"),
        ("2026-02-01T10:00:00+01:00", "2026-02-01T09:00:00+00:00", "2026-02-01T09:00:00Z"),
    ],
)
def test_a_start_without_a_zone_is_printed_without_one(
    date: str, start: str, cancelled: str
) -> None:
    door = Door()
    body = asking()
    body["context"]["purchase_date"] = date
    offer = door.ok("POST", "offers/", body)
    assert offer["products"][0]["details"]["start_date"] == start
    booking = door.confirm(offer)
    assert booking["quotes"][0]["policy_start_date"] == start
    preview = door.ok("POST", f"bookings/{booking['id']}/cancel", {"preview": True})
    assert preview["quotes"][0]["policy_start_date"] == cancelled


def test_links_name_language_and_country() -> None:
    door = Door()
    body = asking()
    body["customer"] = {"currency": "CAD", "language": "fr-CA", "country": "CA"}
    booking = door.confirm(door.ok("POST", "offers/", body))
    assert "/fr-ca/pds/" in booking["pds_url"]
    assert "/fr-ca/account/claims/fnol?" in booking["fnol_link"]
    assert "/fr-ca/coi/" in booking["coi"]["pdf"]
    assert booking["sign_up_url"] == booking["account_url"]


def test_one_person_has_one_account() -> None:
    """confirm-first#1, confirm-stale-2day#1: same address, same account link."""
    door = Door()
    one, two = door.confirm(door.offer()), door.confirm(door.offer())
    other = door.confirm(door.offer(), policyholder={**CALLER, "email": "bo@shop.test"})
    assert one["account_url"] == two["account_url"] != other["account_url"]


def test_an_offer_is_confirmed_once() -> None:
    """confirm-repeat#1; a new key changes nothing about it, nor does a cancellation."""
    door = Door()
    offer = door.offer()
    booking = door.confirm(offer)
    path = f"offers/{offer['id']}/confirm/"
    text = f"Booking already exists for fast_quote_id {offer['id']}. INS number: {booking['id']}"
    assert errors(door.call("POST", path, _body(offer))) == [text]
    assert errors(door.call("POST", path, _body(offer), x_idempotency_key="new")) == [text]
    door.ok("POST", f"bookings/{booking['id']}/cancel", {})
    assert errors(door.call("POST", path, _body(offer))) == [text]


def test_the_same_key_gives_the_same_booking_with_409() -> None:
    """idempotency-key-repeat#1."""
    door = Door()
    offer = door.offer()
    path = f"offers/{offer['id']}/confirm/"
    first = door.call("POST", path, _body(offer), x_idempotency_key="k")
    again = door.call("POST", path, _body(offer), x_idempotency_key="k")
    assert (first.status, again.status) == (200, 409)
    assert first.body == again.body
    assert len(door.outbox()) == 1


def test_asking_for_an_offer_takes_no_key() -> None:
    door = Door()
    one = door.ok("POST", "offers/", asking(), x_idempotency_key="k")
    assert door.ok("POST", "offers/", asking(), x_idempotency_key="k")["id"] != one["id"]


def test_an_old_offer_can_be_confirmed() -> None:
    """confirm-stale-2day#1."""
    door = Door()
    offer = door.offer()
    door.wait(days=2)
    booking = door.confirm(offer)
    assert booking["quotes"][0]["created_at"] > "2026-01-17"
    assert booking["total_price"] == _price(offer)


@pytest.mark.parametrize("path", ["confirm/", "opt_out/"])
def test_an_unknown_offer_is_404(path: str) -> None:
    """err-invalid-offer-id#1."""
    door = Door()
    body = _body(door.offer()) if path == "confirm/" else {}
    answer = door.call("POST", f"offers/{UNKNOWN}/{path}", body)
    assert (answer.status, answer.body) == (
        404,
        {"type": "api_error", "message": "Quote package does not exist"},
    )


REQUIRED = ["This field is required."]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"quotes": []}, {"quotes": ["This list may not be empty."]}),
        ({"quotes": [{"id": UNKNOWN}]}, {"quotes": [{"id": [f"Quote {UNKNOWN} does not exist."]}]}),
        ({"quotes": None}, {"quotes": ["Input should be a valid list"]}),
        (
            {"policyholder": {}},
            {
                "policyholder": dict.fromkeys(
                    ("first_name", "last_name", "email", "phone", "country"), REQUIRED
                )
            },
        ),
        (
            {"policyholder": {**CALLER, "phone": "0044"}},
            {"policyholder": {"phone": ['The phone number should start with "+" character']}},
        ),
        ({"odd": 1}, {"odd": "Unexpected field"}),
        (
            {"payment_details": {"provider": "acme", "transaction_id": "1"}},
            {"payment_details": {"provider": ["'acme' is not a valid choice."]}},
        ),
        (
            {"payment_details": {"provider": "stripe"}},
            {"payment_details": {"transaction_id": REQUIRED}},
        ),
    ],
)
def test_faulty_confirmations_are_refused_and_change_nothing(changes: Any, expected: Any) -> None:
    door = Door()
    offer = door.offer()
    before = copy.deepcopy(door.kept())
    answer = door.call("POST", f"offers/{offer['id']}/confirm/", _body(offer, **changes))
    assert errors(answer) == expected
    assert door.kept() == before
    assert door.outbox() == []
    assert door.confirm(offer)["status"] == "CONFIRMED", "the offer is still good"


def test_a_quote_of_another_offer_cannot_be_confirmed() -> None:
    door = Door()
    mine, other = door.offer(), door.offer()
    answer = door.call("POST", f"offers/{mine['id']}/confirm/", _body(other))
    assert answer.status == 422


def test_a_known_payment_provider_is_accepted() -> None:
    door = Door()
    payment = {"provider": "Stripe", "transaction_id": "ch_1"}
    assert door.confirm(door.offer(), payment_details=payment)["status"] == "CONFIRMED"


def test_a_declined_offer_cannot_be_confirmed() -> None:
    """As in the quotes API; declining again is accepted."""
    door = Door()
    offer = door.offer()
    for _ in range(2):
        assert door.call("POST", f"offers/{offer['id']}/opt_out/", {}).status == 204
    assert errors(door.call("POST", f"offers/{offer['id']}/confirm/", _body(offer))) == [
        "Status change not allowed for QuotePackage in status OPTED_OUT"
    ]


def test_declining_after_confirming_is_accepted_and_leaves_the_booking() -> None:
    """Contract section 5, seen twice."""
    door = Door()
    offer = door.offer()
    booking = door.confirm(offer)
    answer = door.call("POST", f"offers/{offer['id']}/opt_out/", None, x_idempotency_key="k")
    assert (answer.status, answer.body) == (204, None)
    again = door.call("POST", f"offers/{offer['id']}/opt_out/", None, x_idempotency_key="k")
    assert (again.status, again.body) == (409, None)
    assert door.ok("GET", "bookings/")["results"] == [booking]


def test_cancelling_gives_everything_back_for_28_days() -> None:
    door = Door()
    booking = door.confirm(door.offer())
    path = f"bookings/{booking['id']}/cancel"
    preview = Cancellation.from_wire(door.ok("POST", path, {"preview": True}))
    assert preview.refund_amount == preview.total_refund == Decimal(str(booking["total_price"]))
    assert preview.quotes[0].cancelled_from is None
    off = datetime.fromisoformat(preview.quotes[0].policy_coolingoff_date or "")
    assert (off - datetime(2026, 1, 15, 9, tzinfo=UTC)).days == 28
    named = {"id": booking["quotes"][0]["id"], "reason_for_cancellation": "found it cheaper"}
    done = door.ok("POST", path, {"quotes": [named]})["quotes"][0]
    assert done["cancelled_from"] == done["policy_cancellation_date"]
    assert done["commission"]["total_commission"] == 0
    (policy,) = door.ok("GET", f"bookings/{booking['id']}/")["quotes"]
    assert policy["cancelled_from"] == policy["cancelled_at"] == done["cancelled_at"]
    assert policy["cancellation_info"] == {"reason_for_cancellation": "found it cheaper"}


def test_cancelling_in_two_steps() -> None:
    door = Door()
    ins = door.confirm(door.offer())["id"]
    preview = door.ok("POST", f"bookings/{ins}/cancel", {"preview": True})
    door.wait(hours=1)
    path = f"bookings/{ins}/confirm_cancellation/{preview['cancellation_id']}/"
    done = door.ok("POST", path, {})
    assert done["quotes"][0]["cancelled_from"] < done["updated_at"]
    assert (done["cancellation_id"], done["cancellation_payout_url"]) == (None, None)


def test_modifying_prices_again_and_moves_the_start() -> None:
    door = Door()
    booking = door.confirm(door.offer())
    quote = booking["quotes"][0]["id"]
    fields = {"retail_value": 2400, "purchase_date": "2026-03-01"}
    body = {"quotes": [{"id": quote, "update_fields": fields}]}
    priced = door.ok("PATCH", f"bookings/{booking['id']}/quote_for_update", body)
    assert priced["total_price_diff"] == booking["total_price"]
    path = f"bookings/{booking['id']}/confirm_update/{priced['update_id']}/"
    after = door.ok("POST", path, {})
    assert after["quotes"][0]["policy_start_date"] == "2026-03-01T00:00:00"
    assert after["total_price"] == 2 * booking["total_price"]
    assert after["fast_quote_id"] == booking["fast_quote_id"]
    refused = door.call(
        "PATCH",
        f"bookings/{booking['id']}/",
        {"quotes": [{"id": quote, "update_fields": {"term_months": 60}}]},
    )
    assert errors(refused) == {"quotes": [{"update_fields": {"term_months": "Unexpected field"}}]}


def test_contact_details_can_be_changed() -> None:
    door = Door()
    booking = door.confirm(door.offer(), policyholder={**CALLER, "gender": "f"})
    body = {"policyholder": {"phone": "+391234567"}}
    after = door.ok("PATCH", f"bookings/{booking['id']}/", body)
    assert (after["policyholder"]["phone"], after["policyholder"]["gender"]) == ("+391234567", "f")


def test_bookings_made_from_offers_cannot_be_renewed_or_quoted_anew() -> None:
    door = Door()
    ins = door.confirm(door.offer())["id"]
    assert door.call("PATCH", f"renewals/{ins}/quote_for_renewal/", {}).status == 422
    assert door.call("PATCH", f"quotes/{ins}/", {"currency": "EUR"}).status == 422
    assert door.ok("GET", f"bookings/{ins}/instalments/")["quotes"] == []


def test_the_quotes_api_does_not_sell_it() -> None:
    request = {"policy_type": "product_insurance_offer_engine", "policy_type_version": 1}
    body = {"request": [request], "currency": "USD", "customer_country": "US"}
    assert "request" in errors(Door().call("POST", "quotes/", body))


def _second(answer: Answer) -> Any:
    body = answer.body
    assert set(body) == {"type", "message", "code", "error_id", "errors", "metadata"}
    for entry in body["errors"]:
        assert set(entry) == {"product_config_id", "quote_id", "code", "details"}
    return body


@pytest.mark.parametrize("name", ["X_API_Error_Version", "x_api_error_version"])
@pytest.mark.parametrize("value", ["v2", "V2"])
def test_errors_come_in_the_second_version_on_demand(name: str, value: str) -> None:
    """Contract section 7.2."""
    door = Door()
    header = {name: value}
    empty = _second(door.call("POST", "offers/", {}, **header))
    assert empty["code"] == "offer_validation_request_invalid"
    assert empty["errors"][0]["details"][0] == "'customer' is a required property"
    assert len(empty["errors"][0]["details"]) == 3
    offer = door.offer()
    unpriced = _second(door.call("POST", "offers/", asking(retail_value=None), **header))
    assert unpriced["code"] == "offer_quote_generation_failed"
    assert [entry["product_config_id"] for entry in unpriced["errors"]] == [
        product["product_config_id"] for product in offer["products"]
    ]
    assert unpriced["metadata"] == {"selected_offer_id": offer["offer_config_id"]}
    door.confirm(offer)
    twice = _second(door.call("POST", f"offers/{offer['id']}/confirm/", _body(offer), **header))
    assert twice["code"] == "offer_validation_request_invalid"
    assert twice["errors"][0]["details"][0].startswith("Booking already exists")
    unknown = door.call("POST", f"offers/{UNKNOWN}/opt_out/", {}, **header)
    assert unknown.status == 404
    assert _second(unknown)["code"] == "offer_not_found"


def test_a_misused_key_is_refused_in_the_second_version_too() -> None:
    door = Door()
    one, two = door.offer(), door.offer()
    key = {"x_idempotency_key": "k", **V2}
    door.ok("POST", f"offers/{one['id']}/confirm/", _body(one), **key)
    answer = door.call("POST", f"offers/{two['id']}/confirm/", _body(two), **key)
    assert _second(answer)["errors"][0]["details"] == [
        "This idempotency key was used for another request"
    ]


def test_other_operations_keep_the_first_version() -> None:
    """Captured for cancel: it ignores the header (contract section 7.2)."""
    door = Door()
    ins = door.confirm(door.offer())["id"]
    door.ok("POST", f"bookings/{ins}/cancel", {})
    again = door.call("POST", f"bookings/{ins}/cancel", {}, **V2)
    assert errors(again) == ["Status change not allowed for QuotePackage in status CANCELLED"]
    assert door.call("POST", "offers/", {}, x_api_error_version="v1").body.keys() == {
        "type",
        "message",
        "errors",
    }


def test_offers_are_the_same_for_the_same_seed_and_belong_to_one_partner() -> None:
    assert Door(Insurer(seed=3)).offer() == Door(Insurer(seed=3)).offer()
    insurer = Insurer(seed=3)
    offer = Door(insurer, "AAAAA").offer()
    answer = Door(insurer, "BBBBB").call("POST", f"offers/{offer['id']}/confirm/", _body(offer))
    assert answer.status == 404


def test_a_kept_world_brings_its_offers_back() -> None:
    """Plans keep their own rates, the offer its booking, the customer the account."""
    door, other = Door(Insurer(seed=1)), Door(Insurer(seed=2))
    confirmed, open_one = door.offer(), door.offer()
    booking = door.confirm(confirmed, 1)
    import_state(other.insurer.world("RETLR"), export_state(door.insurer.world("RETLR")))
    assert other.ok("GET", "bookings/")["results"] == [booking]
    path = f"offers/{confirmed['id']}/confirm/"
    assert other.call("POST", path, _body(confirmed)).status == 422
    later = other.confirm(open_one, 1)
    assert later["account_url"] == booking["account_url"]
    change = {"quotes": [{"id": later["quotes"][0]["id"], "update_fields": {"quantity": 1}}]}
    after = other.ok("PATCH", f"bookings/{later['id']}/", change)
    assert after["total_price"] == _price(open_one, 1)


def test_a_kept_world_needs_the_offers_it_was_made_with() -> None:
    door = Door()
    door.offer()
    catalogue = default_catalogue().model_copy(update={"offers": []})
    other = Insurer(catalogue=catalogue).world("RETLR")
    with pytest.raises(StateInvalid, match="which the state holds"):
        import_state(other, export_state(door.insurer.world("RETLR")))


def test_webhooks_tell_of_bookings_made_from_offers() -> None:
    door = Door()
    told: list[dict[str, Any]] = []
    door.insurer.world("RETLR").listener = told.append
    booking = door.confirm(door.offer())
    (event,) = told
    (policy,) = event["payload"]["quotes"]
    assert (event["event"], event["payload"]["id"]) == ("BOOKING_CREATED", booking["id"])
    assert policy["policy_start_date"] == booking["quotes"][0]["policy_start_date"]
    assert (policy["policy_end_date"], policy["duration"]) == (None, None)
