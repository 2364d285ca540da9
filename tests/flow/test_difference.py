"""Comparing two tapes: what is masked, what is not, and where the first difference is."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from flow.backends.simulator import SimulatorBackend
from flow.cli.main import run_command
from flow.difference import first_difference
from flow.simulator.insurer import Insurer
from models import CreateQuotes

ONE = "UPJJB-DAJM9-INS"
OTHER = "3MDFV-CWSUL-INS"


def _entry(body: Any, *, path: str = "quotes/", status: int = 201, sent: Any = None) -> Any:
    return {
        "step": "2, request_quote",
        "request": {
            "method": "POST",
            "path": f"/x/partners/RETLR/{path}",
            "query": {},
            "headers": {},
            "body": sent,
        },
        "response": {"status": status, "headers": {"allow": "GET"}, "body": body},
    }


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"id": ONE}, {"id": OTHER}),
        ({"at": "2026-01-15T09:00:00.000001Z"}, {"at": "2027-03-15T10:11:12.000001Z"}),
        ({"url": f"https://a.test/en/pds/{ONE}"}, {"url": f"https://b.test/en/pds/{OTHER}"}),
        ({"price": 5.0}, {"price": 5}),
    ],
)
def test_what_differs_by_nature_is_masked(left: Any, right: Any) -> None:
    assert first_difference([_entry(left)], [_entry(right)]) is None


@pytest.mark.parametrize(
    ("left", "right", "field"),
    [
        ({"price": 5.0}, {"price": 5.01}, "response.body.price"),
        ({"status": "RECEIVED"}, {"status": "CONFIRMED"}, "response.body.status"),
        ({"url": "https://a/en/pds"}, {"url": "https://a/en/coi"}, "response.body.url"),
        ({"a": 1}, {}, "response.body.a"),
        ({}, {"a": 1}, "response.body.a"),
        ({"quotes": [1, 2]}, {"quotes": [1]}, "response.body.quotes"),
        ({"quotes": [{"x": None}]}, {"quotes": [{"x": 0}]}, "response.body.quotes[0].x"),
        ({"ok": True}, {"ok": 1}, "response.body.ok"),
        ({"id": ONE}, {"id": "unknown"}, "response.body.id"),
    ],
)
def test_what_matters_is_compared(left: Any, right: Any, field: str) -> None:
    found = first_difference([_entry(left)], [_entry(right)])
    assert found is not None
    assert (found.field, found.step, found.call) == (field, "2, request_quote", "POST quotes/")


def test_an_id_stands_for_one_other_only() -> None:
    """The second answer is about another package on one side: that is no mere naming."""
    left = [_entry({"id": ONE}), _entry({"id": ONE})]
    right = [_entry({"id": OTHER}), _entry({"id": "AAAAA-BBBBB-INS"})]
    found = first_difference(left, right)
    assert found is not None
    assert (found.left, found.right) == (ONE, "AAAAA-BBBBB-INS")
    assert first_difference(right, left) is not None


def test_status_silence_and_missing_calls_are_differences() -> None:
    usual = _entry({})
    silent = copy.deepcopy(usual)
    silent["response"], silent["error"] = None, "no answer within 30 seconds"
    for other, field in ((_entry({}, status=200), "response.status"), (silent, "response")):
        found = first_difference([usual], [other])
        assert found is not None
        assert found.field == field
    more = first_difference([usual, usual], [usual])
    assert more is not None
    assert (more.field, more.left, more.right) == ("call", "sent", "not sent")


def test_what_was_sent_is_compared_before_what_was_answered() -> None:
    found = first_difference(
        [_entry({"price": 1}, sent={"price": 1})], [_entry({"price": 2}, sent={"price": 2})]
    )
    assert found is not None
    assert found.field == "request.body.price"


def test_a_field_can_be_ignored() -> None:
    assert first_difference([_entry({"price": 1})], [_entry({"price": 2})], ["price"]) is None


class Dearer(SimulatorBackend):
    """An insurer whose quotes cost a cent more than its catalogue says."""

    def __init__(self, seed: int = 0) -> None:
        catalogue = Insurer().catalogue
        dear = [
            policy.model_copy(
                update={
                    "rating": policy.rating.model_copy(
                        update={"minimum": policy.rating.minimum + 1000}
                    )
                }
            )
            for policy in catalogue.policies
        ]
        super().__init__(
            Insurer(seed=seed, catalogue=catalogue.model_copy(update={"policies": dear}))
        )


def dearer(seed: int) -> Dearer:
    """A factory for `--backend`."""
    return Dearer(seed)


STORY = """\
scenario: A laptop is quoted
shopper: {country: GB, currency: GBP}
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps:
  - add_to_cart: LAP
  - request_quote
"""


def test_the_verb_names_step_and_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.yaml").write_text(STORY, encoding="utf-8")
    against = f"{__name__}:dearer"
    assert run_command(["diff", "story.yaml", "--against", against]) == 1
    told = capsys.readouterr().out
    assert "step 2, request_quote, POST quotes/" in told
    assert "response.body.total_price" in told
    assert "1 scenario on two backends: 1 differs" in told


def test_the_same_insurer_does_not_differ(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.yaml").write_text(STORY, encoding="utf-8")
    against = "flow.backends.simulator:SimulatorBackend"
    assert run_command(["diff", "story.yaml", "--against", against]) == 0
    assert "no differences" in capsys.readouterr().out


def test_comparing_a_backend_with_itself_is_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["diff", "--against", "simulator"]) == 2
    assert "is compared with itself" in capsys.readouterr().err


def test_a_recorded_run_can_be_played_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.yaml").write_text(STORY, encoding="utf-8")
    assert run_command(["run", "story.yaml", "--record", "tapes"]) == 0
    (tape,) = Path("tapes").iterdir()
    assert tape.name.startswith("story-a-laptop-is-quoted-")
    assert run_command(["run", "story.yaml", "--backend", "replay:tapes"]) == 0
    assert run_command(["diff", "story.yaml", "--against", "replay:tapes"]) == 0
    assert run_command(["run", "story.yaml", "--backend", "replay:tapes", "--seed", "2"]) == 3
    assert "was not recorded in tapes" in capsys.readouterr().out


def test_the_dearer_insurer_is_dearer() -> None:
    item = {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "category": "electronics",
        "price": 100,
        "name": "Camera",
    }
    request = CreateQuotes.model_validate(
        {"currency": "GBP", "customer_country": "GB", "request": [item]}
    )
    assert Dearer().create_quotes(request).total_price > 1000
