"""A sale at the portal: what is typed, shown, charged and issued; and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest

from flow.cards import CARD_NUMBERS
from flow.shopper import Card
from tests.portal.conftest import APPROVED, CARD, CUSTOMER, LAPTOP, Associate

HOSTILE = "<script>alert('x')</script>\"'&{{7*7}}"


def test_a_sale_ends_with_a_policy_that_the_insurer_knows(associate: Associate) -> None:
    number = associate.sell()
    (call,) = associate.calls("instant_booking")
    assert call["answer"]["body"]["id"] == number
    assert call["request"]["body"]["partner_metadata"] == {"store": "1001", "associate": "7"}
    assert call["idempotency"]["key"].startswith(call["request"]["body"]["partner_transaction_id"])
    (mail,) = associate.world.outbox()
    assert (mail["booking"], mail["to"]) == (number, "maya@shopper.test")
    assert number in associate.html
    assert "Your policy documents" in associate.html


def test_documents_are_linked_as_the_insurer_gives_them(associate: Associate) -> None:
    associate.sell()
    (call,) = associate.calls("instant_booking")
    body, page = call["answer"]["body"], unescape(associate.html)
    assert f'href="{body["pds_url"]}"' in page
    assert f'href="{body["coi"]["url"].split("?")[0]}?' in page
    assert f'href="{body["coi"]["pdf"].split("?")[0]}?' in page


def test_offers_show_what_the_rating_gives(associate: Associate) -> None:
    associate.to_offers(cover="all")
    shown = {mark["key"]: mark["price"] for mark in associate.tablet.page.marked("key")}
    assert shown == {
        "product_insurance": "100.8",
        "extended_warranty:12": "53.76",
        "extended_warranty:24": "107.52",
        "extended_warranty:36": "161.28",
        "extended_warranty:60": "268.8",
    }
    wordings = {
        quote["pds_url"]
        for call in associate.calls("create_quotes")
        for quote in call["answer"]["body"]["quotes"].values()
    }
    assert all(f'href="{url}"' in unescape(associate.html) for url in wordings)
    assert "up to £1200.00, excess £25.00" in associate.html


def test_what_is_not_offered_says_why(associate: Associate) -> None:
    associate.to_offers(price="50000")
    assert (associate.at, associate.trouble["trouble"]) == ("offers", "refused")
    (call,) = associate.calls("create_quotes")
    (reason,) = call["answer"]["body"]["errors"]
    assert reason in associate.trouble["text"]
    assert "offers" not in associate.tablet.page.forms


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("category", "", "Choose a category"),
        ("category", "dragons", "Choose a category"),
        ("name", "  ", "Enter the product's name as on the receipt"),
        ("name", "x" * 201, "Use at most 200 characters"),
        ("price", "", "Enter the price of one piece, such as 499.00"),
        ("price", "free", "Enter the price in digits, such as 499.00, without a currency sign"),
        ("price", "-1", "Enter a price above 0 and up to 1,000,000"),
        ("price", "0", "Enter a price above 0 and up to 1,000,000"),
        ("price", "1000000.01", "Enter a price above 0 and up to 1,000,000"),
        ("price", "9.9999", "GBP amounts have fewer decimals: round 9.9999"),
        ("quantity", "0", "Enter how many pieces, from 1 to 99"),
        ("quantity", "٣", "Enter how many pieces, from 1 to 99"),
        ("purchase_date", "soon", "Enter the date of the purchase like 2026-01-15"),
        ("purchase_date", "2026-01-17", "The purchase is in the future: enter today's date or an"
                                        " earlier one"),
        ("purchase_date", "0001-01-01", "The purchase is more than 50 years ago: check the year"),
        ("country", "AQ", "Choose the country in which the customer lives"),
    ],
)  # fmt: skip
def test_a_field_at_fault_is_told_beside_it_and_nothing_is_asked(
    associate: Associate, field: str, typed: str, told: str
) -> None:
    associate.to_offers(**{field: typed})
    page = unescape(associate.html)
    assert associate.at == "product"
    assert f'<p class="fault" id="{field}-fault"><span aria-hidden="true">▲ </span>{told}' in page
    control = page.split(f' id="{field}"')[0].rpartition("<")[2] + page.split(f' id="{field}"')[1]
    control = control.split(">")[0]
    assert 'aria-invalid="true"' in control
    assert f"{field}-fault" in control.split("aria-describedby=")[1]
    assert "autofocus" in control
    assert associate.calls("create_quotes") == []
    if field != "name" or typed.strip():
        assert associate.tablet.page.forms["product"].fields["name"] != [""]


@pytest.mark.parametrize(
    ("typed", "price"),
    [
        ("1,200.00", 1200),
        ("1200", 1200),
        (" 1 200,50 ", 1200.5),
        ("12,345,6", None),
        ("1\u202f200,50", 1200.5),
        ("1'200.50", 1200.5),
    ],
)
def test_prices_are_read_as_people_write_them(
    associate: Associate, typed: str, price: float | None
) -> None:
    associate.to_offers(price=typed)
    sent = [call["request"]["body"]["request"][0]["price"]
            for call in associate.calls("create_quotes")]  # fmt: skip
    assert sent == ([] if price is None else [price])


def test_a_zero_that_is_not_dialled_from_abroad_is_left_out(associate: Associate) -> None:
    associate.sell(phone="+49 (0)30 12-34/56")
    (call,) = associate.calls("instant_booking")
    assert call["request"]["body"]["policyholder"]["phone"] == "+4930123456"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("first_name", "", "Enter the customer's first name"),
        ("email", "maya", "Enter an e-mail address like name@example.com"),
        ("email", "maya@shopper..test", "Enter an e-mail address like name@example.com"),
        ("email", "maya;lind@shopper.test", "Enter an e-mail address like name@example.com"),
        ("phone", "020 7946 0018", "Begin with + and the country code, such as +44 20 7946 0018"),
    ],
)
def test_a_customer_at_fault_is_told_beside_the_field(
    associate: Associate, field: str, typed: str, told: str
) -> None:
    associate.to_payment(**{field: typed})
    assert associate.at == "customer"
    assert associate.tablet.page.faults == [told]
    assert associate.tablet.page.forms["customer"].fields["last_name"] == ["Lind"]


def test_an_address_is_asked_for_where_the_market_needs_it(associate: Associate) -> None:
    associate.sign_in(2).to_customer()
    associate.tablet.send("customer", **CUSTOMER)
    assert len(associate.tablet.page.faults) == 4
    address = {"address1": "1 Quay St", "city": "Sydney", "region": "NSW", "postcode": "2000"}
    associate.tablet.send("customer", **CUSTOMER, **address)
    assert associate.at == "payment"
    associate.pay().issue()
    (call,) = associate.calls("instant_booking")
    assert address.items() <= call["request"]["body"]["policyholder"].items()


@pytest.mark.parametrize(
    ("card", "stage", "says"),
    [
        ("4000000000000002", "open", "declined"),
        ("4000000000009995", "open", "not enough money"),
        ("4000000000000127", "open", "did not answer in time"),
        ("4000000000003220", "challenged", "bank asks"),
        ("4000000000009987", "paid", "has been taken"),
        ("4242424242424242", "paid", "has been taken"),
    ],
)
def test_every_test_card_comes_to_what_it_says(
    associate: Associate, card: str, stage: str, says: str
) -> None:
    associate.to_payment().pay(card)
    assert associate.stage == stage
    assert says in associate.html
    assert associate.calls("instant_booking") == []


@pytest.mark.parametrize(("card", "stage"), [("4000000000003220", "paid"),
                                             ("4000008400001629", "open")])  # fmt: skip
def test_the_customers_bank_decides(associate: Associate, card: str, stage: str) -> None:
    associate.to_payment().pay(card)
    associate.tablet.send("challenge")
    assert associate.stage == stage


def test_after_a_declined_card_another_one_pays_and_all_else_is_still_there(
    associate: Associate,
) -> None:
    associate.to_payment().pay("4000000000000002")
    assert (associate.at, associate.trouble["trouble"]) == ("payment", "card")
    associate.pay().issue()
    assert (associate.stage, associate.bookings()) == ("issued", 1)


def test_a_card_is_kept_nowhere(associate: Associate) -> None:
    """Half of its digits are looked for: fewer stand in random ids now and then."""
    associate.to_payment().pay("4000000000000002")
    page = associate.html.split("Test cards")[0]
    assert "40000000" not in page.replace(" ", "")
    associate.sign_in(1).to_payment().pay()
    assert "42424242" not in str(associate.world.journal()).replace(" ", "")


def test_what_was_paid_at_the_till_needs_a_receipt_and_no_card(associate: Associate) -> None:
    associate.to_payment()
    associate.tablet.send("payment", method="till")
    assert associate.tablet.page.faults == ["Enter the number of the till receipt"]
    associate.tablet.send("payment", method="till", receipt="R-77")
    assert associate.stage == "paid"
    associate.issue()
    assert "Paid at the till, receipt R-77" in associate.html


def test_where_the_insurer_charges_nothing_is_paid_at_the_till(associate: Associate) -> None:
    associate.sign_in(1).to_payment()
    associate.tablet.send("payment", method="till", receipt="R-77")
    assert associate.tablet.page.faults == ["Choose how the customer pays"]
    assert associate.stage == "open"


# Once


def test_the_same_payment_sent_twice_is_one_payment(associate: Associate) -> None:
    associate.to_payment()
    form = associate.tablet.page.forms["payment"]
    associate.pay("4000000000000002")
    again = {**form.fields, **CARD, "card_number": APPROVED}
    status, given, _ = associate.post(form.action, again)
    assert (status, given["location"]) == (303, f"{associate.sale}/payment")
    associate.tablet.open(f"{associate.sale}/payment")
    assert associate.stage == "open"


def test_two_taps_at_once_issue_one_policy(associate: Associate) -> None:
    """The first call is still on its way when the second tap comes."""
    associate.to_payment().pay()
    associate.world.fault("slow", "instant_booking", seconds=0.5)
    form = associate.tablet.page.forms["issue"]
    with ThreadPoolExecutor(3) as hands:
        taps = [hands.submit(associate.post, form.action, form.fields) for _ in range(3)]
        replies = [tap.result() for tap in taps]
    assert [status for status, _, _ in replies] == [303] * 3
    assert len({given["location"] for _, given, _ in replies}) == 1
    assert (associate.bookings(), len(associate.calls("instant_booking"))) == (1, 1)


def test_a_page_from_before_shows_where_the_sale_stands(associate: Associate) -> None:
    associate.sell()
    sale = associate.sale
    for page in ("product", "offers", "customer", "payment", "challenge"):
        associate.tablet.open(f"{sale}/{page}")
        assert associate.stage == "issued"
        assert "can no longer be changed" in associate.html


# When the insurer is difficult


@pytest.mark.parametrize("kind", ["answer_lost", "truncated", "malformed"])
def test_after_a_lost_answer_the_portal_looks_before_it_asks_again(
    associate: Associate, kind: str
) -> None:
    associate.to_payment().pay()
    associate.world.fault(kind, "instant_booking", times=3)
    associate.issue()
    assert (associate.stage, associate.trouble["trouble"]) == ("paid", "silent")
    assert "The money is safe" in associate.html
    associate.world.advance(days=3)  # by now the key is forgotten
    associate.issue()
    assert (associate.stage, associate.bookings()) == ("issued", 1)
    assert len(associate.calls("instant_booking")) == 3
    assert len(associate.calls("list_bookings")) == 1


@pytest.mark.parametrize("kind", ["call_lost", "unavailable"])
def test_a_call_that_never_came_through_is_made_again_when_asked(
    associate: Associate, kind: str
) -> None:
    associate.to_payment().pay()
    associate.world.fault(kind, "instant_booking", times=3)
    associate.issue().issue()
    assert (associate.stage, associate.bookings()) == ("issued", 1)


def test_one_lost_answer_is_not_even_noticed(associate: Associate) -> None:
    associate.world.fault("answer_lost", "instant_booking", times=1)
    associate.sell()
    assert [call["answer"]["status"] for call in associate.calls("instant_booking")] == [None, 409]
    assert associate.bookings() == 1


def test_an_unanswered_sale_waits_while_the_next_customer_is_served(associate: Associate) -> None:
    associate.to_payment().pay()
    associate.world.fault("answer_lost", "instant_booking", times=3)
    sale = associate.issue().sale
    associate.sell(email="next@shopper.test")
    associate.tablet.open("/portal/")
    assert "paid, policy not issued yet" in associate.html
    assert f'href="{sale}/policy"' in associate.html
    associate.tablet.open(f"{sale}/policy")
    associate.issue()
    assert (associate.stage, associate.bookings()) == ("issued", 2)


def test_the_right_booking_is_found_among_many(associate: Associate) -> None:
    """Bookings come in pages, and the portal reads them all."""
    associate.to_payment().pay()
    associate.world.fault("answer_lost", "instant_booking", times=3)
    associate.issue()
    (first,) = [mail["booking"] for mail in associate.world.outbox()]
    bookings = [{"bookings": [{"currency": "GBP", "customer_country": "GB", "policyholder":
                {"first_name": "A", "last_name": "B", "email": "ab@shop.test", "country": "GB"},
                "request": [{"policy_type": "product_insurance", "policy_type_version": 1,
                "category": "phones", "price": 10, "name": "Phone"}]}] * 120}]  # fmt: skip
    associate.world.seed(bookings[0])
    associate.issue()
    assert associate.tablet.page.mark("policy") == first
    assert len(associate.calls("list_bookings")) == 2


def test_a_price_that_is_not_told_loses_nothing(associate: Associate) -> None:
    associate.world.fault("unavailable", "create_quotes", times=3)
    associate.to_offers()
    assert (associate.at, associate.trouble["trouble"]) == ("product", "silent")
    assert associate.tablet.page.forms["product"].fields["name"] == ["Laptop 15"]
    associate.tablet.send("product")
    assert associate.at == "offers"


def test_a_busy_insurer_is_asked_later(associate: Associate) -> None:
    associate.to_payment().pay()
    associate.world.fault("throttled", "instant_booking", times=3)
    associate.issue()
    assert (associate.stage, associate.trouble["trouble"]) == ("paid", "busy")
    assert associate.issue().stage == "issued"


def test_refused_cover_is_paid_back_once(associate: Associate) -> None:
    associate.to_payment().pay()
    associate.world.fault("unavailable", "instant_booking", times=1, status=422)
    associate.issue()
    assert (associate.stage, associate.trouble["status"]) == ("refused", "422")
    sale = associate.sale
    associate.tablet.send("give-back")
    assert "£100.80 went back to the customer's card" in associate.words
    associate.tablet.open(f"{sale}/policy")
    assert (associate.stage, associate.bookings()) == ("closed", 0)
    assert "give-back" not in associate.tablet.page.forms


def test_another_country_asks_for_the_customer_again_where_it_wants_more(
    associate: Associate,
) -> None:
    """Tax depends on the region: a policy without an address must not come of it."""
    sale = associate.to_payment().sale
    associate.tablet.open(f"{sale}/product")
    associate.tablet.send("product", country="AU", currency="AUD")
    associate.tablet.open(f"{sale}/payment")
    assert associate.at == "customer"
    assert "Enter the state, province or territory, such as NSW" in associate.tablet.page.faults
    assert associate.tablet.page.forms["customer"].fields["first_name"] == ["Maya"]


def test_a_payment_is_for_the_customer_that_its_page_showed(
    associate: Associate, newcomer: Callable[[], Associate]
) -> None:
    sale = associate.to_payment().sale
    colleague = newcomer().sign_in()
    colleague.tablet.open(f"{sale}/customer")
    colleague.tablet.send("customer", first_name="Other", email="other@shopper.test")
    associate.pay()
    assert (associate.at, associate.trouble["trouble"]) == ("payment", "stale")
    assert "nothing was charged" in associate.words
    associate.pay().issue()
    (call,) = associate.calls("instant_booking")
    assert call["request"]["body"]["policyholder"]["first_name"] == "Other"


def test_a_card_that_the_insurer_refuses_is_exchanged_for_another(associate: Associate) -> None:
    associate.sign_in(1).to_payment().pay(CARD_NUMBERS[Card.COVER_DECLINED]).issue()
    assert associate.stage == "refused"
    assert "An API error occurred" not in associate.words
    associate.tablet.open(f"{associate.sale}/payment")
    assert "Let the insurer charge this card" in associate.words
    associate.pay("4000 0000 0000 1234")
    assert (associate.at, associate.stage) == ("payment", "refused")
    associate.pay()
    assert associate.stage == "issued"
    assert associate.bookings() == 1


def test_while_the_bank_asks_nothing_is_said_to_be_paid(associate: Associate) -> None:
    sale = associate.to_payment().pay(CARD_NUMBERS[Card.CHALLENGE_PASSED]).sale
    associate.tablet.open(f"{sale}/product")
    assert "The customer's bank is being asked: its earlier pages" in associate.words
    policy = associate.html.split("Steps of the sale")[1].split("Policy")[0].rpartition("<li")[2]
    assert "past" not in policy


def test_a_refused_customer_can_be_corrected(associate: Associate) -> None:
    associate.to_payment().pay()
    associate.world.fault("unavailable", "instant_booking", times=1, status=422)
    associate.issue()
    associate.tablet.open(f"{associate.sale}/customer")
    associate.tablet.send("customer", email="right@shopper.test")
    associate.issue()
    assert associate.stage == "issued"
    assert [mail["to"] for mail in associate.world.outbox()] == ["right@shopper.test"]


def test_where_the_insurer_cannot_charge_there_is_no_cover(associate: Associate) -> None:
    associate.sign_in(1).to_payment().pay("4000000000009987").issue()
    assert associate.stage == "refused"
    assert "declined by the card issuer" in associate.html
    associate.tablet.send("give-back")
    assert "The insurer has charged nothing" in associate.html


def test_an_offer_that_is_too_old_is_priced_anew_and_nothing_is_charged(
    associate: Associate,
) -> None:
    sale = associate.to_payment().sale
    for _ in range(3):
        associate.world.advance(hours=9)
        associate.tablet.open(f"{sale}/payment")  # somebody is still there
    associate.pay()
    assert (associate.at, associate.trouble["trouble"]) == ("payment", "renewed")
    assert "nothing was charged" in associate.html
    assert associate.pay().stage == "paid"


# What is typed


def test_what_is_typed_is_kept_before_it_is_sent(associate: Associate) -> None:
    associate.begin()
    form = associate.tablet.page.forms["product"]
    fields = {**form.fields, "name": "Half a lap"}
    assert associate.post(f"{form.action}/keep", fields)[0] == 204
    associate.tablet.open(f"{associate.sale}/product")
    assert associate.tablet.page.forms["product"].fields["name"] == ["Half a lap"]
    assert associate.tablet.page.faults == []


def test_hostile_words_are_shown_as_words(associate: Associate) -> None:
    associate.to_offers(name=HOSTILE)
    pages = [associate.html]
    associate.tablet.send("offers", offer=next(associate.tablet.page.marked("quote"))["quote"])
    associate.tablet.send("customer", **{**CUSTOMER, "first_name": HOSTILE})
    pages.append(associate.html)
    associate.pay().issue()
    pages.append(associate.html)
    associate.tablet.open(f"/portal/policies/{associate.tablet.page.mark('policy')}")
    pages.append(associate.html)
    associate.tablet.open("/portal/")
    pages.append(associate.html)
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(" in page
        assert "{{7*7}}" in page


def test_leaving_before_the_payment_leaves_nothing(associate: Associate) -> None:
    sale = associate.to_payment().sale
    associate.tablet.send("leave")
    assert associate.at == "home"
    assert "Unfinished" not in associate.html
    associate.tablet.open(f"{sale}/payment")
    assert (associate.status, associate.at) == (404, "unknown")


def test_a_customer_whose_bank_asks_can_still_leave(associate: Associate) -> None:
    sale = associate.to_payment().pay("4000000000003220").sale
    associate.tablet.send("leave")
    associate.tablet.open(f"{sale}/challenge")
    assert associate.status == 404


def test_a_paid_sale_cannot_be_given_up(associate: Associate) -> None:
    associate.to_payment()
    leave = associate.tablet.page.forms["leave"]
    sale = associate.pay().sale
    associate.tablet.page.forms["leave"] = leave
    associate.tablet.send("leave")
    associate.tablet.open(f"{sale}/policy")
    assert associate.stage == "paid"


def test_changing_the_product_asks_for_its_price(associate: Associate) -> None:
    associate.to_payment()
    associate.tablet.open(f"{associate.sale}/product")
    associate.tablet.send("product", price="600")
    assert [mark["price"] for mark in associate.tablet.page.marked("key")] == ["50.4"]
    assert LAPTOP["name"] in associate.html


def test_what_is_taken_is_what_the_page_said(associate: Associate) -> None:
    """The product was changed in another tab: the first one's button names an older amount."""
    associate.to_payment()
    form = associate.tablet.page.forms["payment"]
    sale = associate.sale
    associate.tablet.open(f"{sale}/product")
    associate.tablet.send("product", **{**LAPTOP, "cover": "product_insurance", "price": "300.00"})
    associate.tablet.send("offers", offer=next(associate.tablet.page.marked("quote"))["quote"])
    associate.tablet.open(f"{sale}/payment")
    associate.tablet.page.forms["payment"] = form
    associate.pay()
    assert (associate.at, associate.trouble["trouble"]) == ("payment", "stale")
    assert "nothing was charged" in associate.words
    associate.pay()
    assert associate.stage == "paid"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("1,200", "£1200.00"), ("1.200,50", "£1200.50"), ("1200,50", "£1200.50"), ("1.20", "£1.20")],
)
def test_a_price_is_read_as_it_is_written_here_or_there(
    associate: Associate, typed: str, shown: str
) -> None:
    associate.to_offers(price=typed)
    assert f"for {shown}" in associate.words


def test_a_price_that_can_be_read_in_two_ways_is_asked_for_again(associate: Associate) -> None:
    associate.to_offers(price="1.200")
    assert associate.at == "product"
    assert "Write it without a separator" in associate.words
