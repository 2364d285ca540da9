"""How the simulated insurer says no: the recorded envelopes and texts (contract section 7)."""

from __future__ import annotations

from typing import Any

from models.base import Json
from models.exchange import Answer
from models.problems import Problem, refusal_texts

__all__ = [
    "Refusal",
    "bad_fields",
    "locked",
    "missing",
    "no_offer",
    "not_allowed",
    "not_priced",
    "rule_broken",
    "second_version",
    "status_change",
    "unknown_package",
]

API_ERROR = "An API error occurred."


class Refusal(Exception):
    """An answer of 4xx, raised where the rule is checked and turned into the answer at the door.

    `code`, `faults` and `metadata` are for the second version of the envelope.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        text: str,
        errors: Any = None,
        *,
        code: str | None = None,
        faults: list[Json] | None = None,
        metadata: Json | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.faults = faults
        self.metadata = metadata or {}
        self.body: dict[str, Any] = {"type": kind, "message": text}
        if errors is not None:
            self.body["errors"] = errors

    def answer(self) -> Answer:
        """The answer to send."""
        return Answer(self.status, self.body)

    def problem(self) -> Problem:
        """The same as a model."""
        return Problem.from_wire(self.body)


def bad_fields(errors: dict[str, Any]) -> Refusal:
    """Fields are missing, malformed or unknown: quote_422#1."""
    return Refusal(422, "validation_error", API_ERROR, errors)


def rule_broken(*texts: str) -> Refusal:
    """A business rule: `errors` is a list of texts (trigger_email__wrong_payload#2)."""
    return Refusal(422, "validation_error", API_ERROR, list(texts))


def status_change(status: str, what: str = "QuotePackage") -> Refusal:
    """The status does not allow it. Recorded for cancelling a CANCELLED package only.

    Contract section 5 takes the wording as the model for all others: our choice there.
    """
    return rule_broken(f"Status change not allowed for {what} in status {status}")


def unknown_package() -> Refusal:
    """No such package, or not this partner's (contract section 7.1)."""
    return Refusal(404, "api_error", "Quote package does not exist")


def missing(what: str) -> Refusal:
    """No such update, cancellation, renewal or booking. # not recorded: our choice"""
    return Refusal(404, "api_error", f"{what} does not exist")


def not_allowed(method: str) -> Refusal:
    """A method the path does not serve; Django REST Framework's wording. # our choice"""
    return Refusal(405, "api_error", f'Method "{method}" not allowed.')


def locked() -> Refusal:
    """The first call with this key is still running (contract section 3). # text: our choice"""
    return Refusal(423, "api_error", "The same request is being processed, try again later.")


def no_offer(text: str) -> Refusal:
    """Nothing is offered for this schema. The code is documented (contract section 7.2), status
    and text are our choice.
    """
    code = "offer_not_found_no_match_context"
    return Refusal(422, "validation_error", API_ERROR, [text], code=code)


def not_priced(
    reasons: list[tuple[str, str]], *, selected: str, error_id: str, code: str
) -> Refusal:
    """No product of an offer could be priced: err-missing-field#1.

    Each reason is a product's configuration id and a text; `code` is what the second version
    says of each. `selected` is the configuration of the offer.
    """
    metadata = {"selected_offer_id": selected}
    errors: Json = {
        str(number): {"message": text, "type": "quote_creation_failure"}
        for number, (_, text) in enumerate(reasons)
    }
    faults = [_fault([text], code, product=product) for product, text in reasons]
    refusal = Refusal(
        422,
        "validation_error",
        "Offer could not be created due to quote generation errors",
        {**errors, "metadata": metadata},
        code="offer_quote_generation_failed",
        faults=faults,
        metadata=metadata,
    )
    refusal.body.update(error_id=error_id, code=refusal.code)
    return refusal


def _fault(details: list[str], code: str, *, product: str | None = None) -> Json:
    """One entry of the second version (contract section 7.2)."""
    return {"product_config_id": product, "quote_id": None, "code": code, "details": details}


def second_version(refusal: Refusal, error_id: str) -> Answer:
    """The same refusal in the second version of the envelope (contract section 7.2).

    `offer_validation_request_invalid` was captured for a repeated confirmation and serves all
    others that have no code of their own, `offer_not_found` what is not there: our choice.
    """
    general = "offer_not_found" if refusal.status == 404 else "offer_validation_request_invalid"
    code = refusal.code or general
    problem = refusal.problem()
    told = refusal_texts(problem)[1:] or [problem.message]
    texts = [text.removeprefix("non_field_errors: ") for text in told]
    body = {
        "type": refusal.body["type"],
        "message": refusal.body["message"],
        "code": code,
        "error_id": refusal.body.get("error_id", error_id),
        "errors": refusal.faults or [_fault(texts, code)],
        "metadata": refusal.metadata,
    }
    return Answer(refusal.status, body)
