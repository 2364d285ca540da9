"""Every fault in a scenario file is named with file, line, column, reason and the nearest word."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flow.errors import ScenarioInvalid
from flow.suite.grammar import read_duration
from flow.suite.loader import load, load_file
from flow.suite.reading import read

GOOD = """\
scenario: A laptop is covered
tags: [smoke]
shopper: {country: GB, currency: GBP}
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps:
  - add_to_cart: LAP
  - request_quote: cart
    expect: {offers: 1}
  - choose_cover
  - pay: {card: approved}
"""


def _faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "story.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load_file(path, "story.yaml")
    assert bool(loaded.faults) != bool(loaded.cases), "a file is wrong or right, never both"
    return [str(fault) for fault in loaded.faults]


def test_a_good_file_has_no_faults(tmp_path: Path) -> None:
    assert _faults(tmp_path, GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("steps:", "stepz:", "story.yaml:6:1: unknown key 'stepz'; did you mean 'steps'?"),
        ("tags:", "tagz:", "story.yaml:2:1: unknown key 'tagz'; did you mean 'tags'?"),
        (
            "name: Laptop",
            "nmae: Laptop",
            "story.yaml:5:16: unknown key 'nmae'; did you mean 'name'?",
        ),
        (
            "- choose_cover",
            "- chose_cover",
            "story.yaml:10:5: unknown trigger 'chose_cover'; did you mean 'choose_cover'?",
        ),
        (
            "card: approved",
            "card: aproved",
            "story.yaml:11:17: card: 'aproved' is not known; did you mean 'approved'?",
        ),
        (
            "card: approved",
            "crad: approved",
            "story.yaml:11:11: unknown key 'crad'; did you mean 'card'?",
        ),
        (
            "add_to_cart: LAP",
            "add_to_cart: LAB",
            "story.yaml:7:5: there is no product 'LAB'; did you mean 'LAP'?",
        ),
        (
            "price: 1200.00",
            "price: 1200.005",
            "story.yaml:5:58: 1200.005 is no amount of GBP; write 1200.01",
        ),
        ("price: 1200.00", "price: -5", "story.yaml:5:58: price: input should be greater than 0"),
        ("price: 1200.00", "price: cheap", "price: 'cheap' is not an amount"),
        ("price: 1200.00", "price: .nan", "is not a"),
        ("country: GB", "country: England", "story.yaml:3:20: country: string should match"),
        ("offers: 1", "offer: 1", "story.yaml:9:14: unknown key 'offer'; did you mean 'offers'?"),
        ("offers: 1", "state: covred", "state: 'covred' is not known; did you mean 'covered'?"),
        (
            "  - choose_cover\n",
            "  - book\n",
            "story.yaml:10:5: cannot book while offered; allowed from here: ",
        ),
        ("- choose_cover", "- {choose_cover: all, pay: approved}", "one trigger only"),
        ("- choose_cover", "- {expect: {offers: 1}}", "story.yaml:10:5: a step needs a trigger"),
        ("- choose_cover", "- [1, 2]", "story.yaml:10:5: a step is a word"),
        ("- choose_cover", "- wait: a while", "'a while' is no length of time; write '15 days'"),
        ("- choose_cover", "- wait: 900 years", "ten years at most"),
        ("- choose_cover", "- include: nowhere.yaml", "there is no file 'nowhere.yaml'"),
        (
            "- choose_cover",
            "- fault: {on: creat_booking, kind: call_lost}",
            "on: 'creat_booking' is not known; did you mean 'create_booking'?",
        ),
        ("- choose_cover", "- attempt: create_quotes", "'create_quotes' cannot be attempted"),
        ("- choose_cover", "- {choose_cover: all, times: 0}", "times is 1 to 100"),
        ("- choose_cover", "- {choose_cover: all, silent: 1}", "silent is true or false"),
        ("- choose_cover", "- choose_cover: ${what}", "there is no variable 'what'"),
        (
            "  - choose_cover\n",
            "  - choose_cover\n    expect: {offers: 1}\n",
            "story.yaml:11:11: is not YAML: mapping values are not allowed in this context; a step"
            " that says more needs a colon",
        ),
        ("tags: [smoke]", "tags: [smoke", "story.yaml:3:8: is not YAML"),
        ("tags: [smoke]", "tags: [Smoke Test]", "story.yaml:2:8: "),
        (
            "tags: [smoke]",
            "tags: [a]\ntags: [b]",
            "story.yaml:3:1: the key 'tags' is written twice",
        ),
        ("scenario: A laptop is covered\n", "", "story.yaml:1:1: 'scenario' is missing"),
        (GOOD, "", "story.yaml:1:1: is empty"),
        (GOOD, "- 1\n- 2\n", "story.yaml:1:1: a scenario is a mapping"),
        (GOOD, "just words", "story.yaml:1:1: a scenario is a mapping"),
        ("tags: [smoke]", "tags: &a [*a]", "story.yaml:2:"),
        (GOOD, "scenario: " + "[" * 40_000 + "]" * 40_000, "nests or repeats too much"),
        ("offers: 1", "status: RECIEVED", "'RECIEVED' is not known; did you mean 'RECEIVED'?"),
        ("offers: 1", "ledger: {charged: 1e30}", "charged: input should be less than"),
        ("    expect: {offers: 1}", "    expect:", "story.yaml:9:5: 'expect' is empty"),
        ("- choose_cover", '- include: "a\\0b"', "is no name of a file"),
        ("- choose_cover", "- {include: x.yaml, times: 3}", "nothing goes beside an include"),
        ("- choose_cover", "- {wait: 1 day, silent: true}", "a wait is neither refused nor silent"),
        ("tags: [smoke]", "examples: [{prise: 5}]", "nothing uses the variable 'prise'"),
        ("tags: [smoke]", f"examples: [{'{},' * 1001}]", "1001 examples are too many, 1000 at"),
        (
            "  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}",
            "  - {sku: LAP, name: A, price: 1}\n  - {sku: LAP, name: B, price: 2}",
            "two products have the same sku",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in GOOD
    told = _faults(tmp_path, GOOD.replace(old, new, 1))
    assert fault in told[0]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("choose_cover", "chose_cover").replace("approved", "aproved")
    assert len(_faults(tmp_path, text)) == 2


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not UTF-8 text" in str(load_file(path, "story.yaml").faults[0])


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    (fault,) = load([tmp_path / "none"]).faults
    assert "there is no such file or folder" in str(fault)


def test_norway_is_not_false(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_text(GOOD.replace("country: GB", "country: NO"), encoding="utf-8")
    (case,) = load_file(path).cases
    assert case.shopper.country == "NO"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal(1000)),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ('"5"', "5"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  5", "5"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-01-02", "2026-01-02"),
        ("0150", "0150"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".", "."),
        ("1.2.3", "1.2.3"),
        ("9" * 41, "9" * 41),
    ],
)
def test_a_scalar_is_what_it_looks_like(tmp_path: Path, written: str, meant: object) -> None:
    path = tmp_path / "scalar.yaml"
    path.write_text(f"key: {written}", encoding="utf-8")
    value = read(path, "scalar.yaml").data()["key"]
    assert (type(value), value) == (type(meant), meant)


def test_examples_make_a_case_each_and_variables_keep_their_type(tmp_path: Path) -> None:
    text = GOOD.replace("A laptop is covered", "A laptop of ${price}")
    text = text.replace("price: 1200.00", "price: '${price}'")
    text += "vars: {kept: 1}\nexamples:\n  - {price: 10.50}\n  - {price: 99}\n"
    path = tmp_path / "story.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load_file(path)
    assert [str(fault) for fault in loaded.faults] == []
    assert [case.name for case in loaded.cases] == ["A laptop of 10.50", "A laptop of 99"]
    assert [str(case.products["LAP"].price) for case in loaded.cases] == ["10.50", "99"]


def test_a_fragment_is_included_and_its_faults_carry_its_own_place(tmp_path: Path) -> None:
    (tmp_path / "pay.yaml").write_text("fragment: pay\nsteps:\n  - pay\n  - colect\n", "utf-8")
    path = tmp_path / "story.yaml"
    path.write_text(GOOD.replace("- pay: {card: approved}", "- include: pay.yaml"), "utf-8")
    (fault,) = load_file(path, "here/story.yaml").faults
    assert str(fault) == "here/pay.yaml:4:5: unknown trigger 'colect'; did you mean 'collect'?"
    assert load([tmp_path]).cases == [], "a fragment is no scenario of its own"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "'.' is no file; such as 'include: buy_laptop.yaml'"),
        ("gone.yaml", "'gone.yaml' is a link that leads nowhere"),
        ("loop.yaml", "'loop.yaml' is a link that leads nowhere"),
        ("x" * 300, "cannot be read: File name too long"),
        ("stary.yaml", "there is no file 'stary.yaml'; did you mean 'story.yaml'?"),
    ],
)
def test_what_cannot_be_included_is_told_truly(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "gone.yaml").symlink_to("elsewhere.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (fault,) = _faults(tmp_path, GOOD.replace("- choose_cover", f"- include: {name}"))
    assert fault.startswith("story.yaml:10:14: ")
    assert reason in fault


def test_a_fragment_that_includes_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text("fragment: l\nsteps:\n  - include: loop.yaml\n", "utf-8")
    path = tmp_path / "story.yaml"
    path.write_text(GOOD.replace("- choose_cover", "- include: loop.yaml"), encoding="utf-8")
    assert "includes itself" in str(load_file(path).faults[0])


@pytest.mark.parametrize(
    ("text", "hours"), [("25 hours", 25), ("1 day", 24), ("2 weeks", 336), ("1 year", 8760)]
)
def test_lengths_of_time(text: str, hours: int) -> None:
    assert read_duration(text).total_seconds() == hours * 3600


def test_a_wrong_example_leaves_no_case_of_its_file(tmp_path: Path) -> None:
    examples = "examples: [{price: 900}, {price: 10.005}]\n"
    text = examples + GOOD.replace("1200.00", '"${price}"')
    fault = "story.yaml:6:58: 10.005 is no amount of GBP; write 10.01"
    assert _faults(tmp_path, text) == [fault]


def test_much_that_is_flat_is_read(tmp_path: Path) -> None:
    path = tmp_path / "flat.yaml"
    path.write_text("- [1]\n" * 6000, encoding="utf-8")
    assert len(read(path, "flat.yaml").data()) == 6000


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    """Six short lines can stand for a million values."""
    lines = [f"a0: &a0 [{'1, ' * 10}]"]
    lines += [f"a{n}: &a{n} [{f'*a{n - 1}, ' * 10}]" for n in range(1, 6)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match="nests or repeats too much"):
        read(path, "bomb.yaml").data()


def test_a_row_may_override_a_variable_that_nothing_uses_yet(tmp_path: Path) -> None:
    assert _faults(tmp_path, GOOD + "vars: {price: 5}\nexamples: [{price: 7}]\n") == []


def test_a_row_overrides_vars(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    text = GOOD.replace("1200.00", '"${price}"')
    text = text.replace("tags: [smoke]", "vars: {price: 5}\nexamples: [{price: 7}]")
    path.write_text(text, encoding="utf-8")
    assert load_file(path, "s.yaml").cases[0].products["LAP"].price == 7


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("- {choose_cover: all, times: true}", "times is 1 to 100"),
        ("- choose_cover: [LAB]", "there is no product 'LAB'; did you mean 'LAP'?"),
        (
            "- {fault: {on: opt_out, kind: call_lost}, silent: true}",
            "a fault is neither refused nor silent",
        ),
        ("- {book: , refused: insurer}", "cannot book while offered"),
        ("- at_once: book", "at_once takes a list of two triggers; such as '[book, book]'"),
        ("- at_once: [pay, pay, pay]", "at_once takes a list of two triggers"),
        ("- at_once: [pay, {pay: , book: }]", "one trigger, such as 'book'"),
        (
            "- at_once: [pay, cancle]",
            "'cancle' cannot be made at once with another step; did you mean 'cancel'?",
        ),
        ("- at_once: [pay, view_product]", "these can: accept_renewal, answer_challenge, book"),
        ("- at_once: [opt_out, book]", "cannot opt_out while offered"),
        ("- {at_once: [pay, pay], turns: 123}", "turns are a row of 1 and 2, 40 at most"),
        ("- {pay: , turns: 12}", "turns go with at_once"),
        ("- {pay: , order: 3}", "order is 1 or 2; a customer can have another order beside"),
        ("- {pay: , order: true}", "order is 1 or 2"),
        ("- {wait: 1 day, order: 2}", "a wait is about both orders"),
        ("- {choose_cover: , order: 2}", "cannot choose_cover while browsing"),
        ("- at_once: [pay, {pay: {card: aproved}}]", "did you mean 'approved'?"),
    ],
)
def test_what_a_step_cannot_say(tmp_path: Path, new: str, fault: str) -> None:
    assert fault in _faults(tmp_path, GOOD.replace("- choose_cover", new))[0]


def test_an_unknown_key_in_a_fragment(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("fragment: a\nstep: []\nsteps: [choose_cover]\n")
    faults = _faults(tmp_path, GOOD.replace("- choose_cover", "- include: part.yaml"))
    assert "part.yaml:2:1: unknown key 'step' in a fragment" in faults[0]


def test_a_misspelt_key_is_not_missing_as_well(tmp_path: Path) -> None:
    fault = "story.yaml:5:16: unknown key 'nmae'; did you mean 'name'?"
    assert _faults(tmp_path, GOOD.replace("name: Laptop", "nmae: Laptop")) == [fault]
