"""Tells a finding: as a story in plain words, as a sequence diagram, as requests to send."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from shlex import quote
from typing import Any

from flow.backends.observed import Exchange
from flow.errors import BackendRefused
from flow.explorer.findings import Finding
from flow.explorer.story import Ending, Move
from flow.orders import FIRST
from flow.trace import Result, StepRecord
from models.endpoints import BY_OPERATION

__all__ = ["done", "paired", "report", "requests", "sequence", "story", "told"]


_RIGHT = {
    Ending.MOVED: "goes on",
    Ending.SILENT: "gets no answer",
    Ending.REFUSED_BY_SHOP: "is refused by the shop",
    Ending.REFUSED_BY_INSURER: "is refused by the insurer",
    Ending.REFUSED_BY_FLOW: "has not come here",
    Ending.FAILED: "fails",
}


def story(finding: Finding) -> Iterator[str]:
    """What happened, step by step; what was to hold, what was found, and whose fault it is."""
    own = finding.story
    shopper = own.shopper
    who = f"{shopper.first_name} {shopper.last_name}"
    yield f"{who} shops in {shopper.country}, in {shopper.currency}; payment is {own.payment}."
    for product in own.products.values():
        price = product.money(shopper.currency)
        yield f"On sale: {product.name} ({product.sku}), {price}, {product.cover}."
    for number, move, record in paired(finding):
        yield f"  {_number(number)} {told(move, record)}"
    yield f"Expected: {finding.meaning}"
    yield f"Found: {finding.detail}"
    yield f"At fault: {finding.blame.who}; {finding.blame.evidence}."


def paired(finding: Finding) -> Iterator[tuple[int | None, Move, StepRecord | None]]:
    """Moves with their records and the number of the step; waits and faults have neither."""
    records = iter(
        (number, record)
        for number, record in enumerate(finding.played.records, start=1)
        if record.result is not Result.ILLEGAL
    )
    for move in finding.story.moves:
        if not move.is_step:
            yield None, move, None
        for _ in move.acts if move.is_step else ():
            number, record = next(records, (None, None))
            yield number, move, record


def _number(number: int | None) -> str:
    return "   -" if number is None else f"{number:>3}."


def told(move: Move, record: StepRecord | None) -> str:
    """A move in a line: what was done, where it led, what was called."""
    if move.wait is not None:
        return f"{_length(move)} pass"
    if move.fault is not None:
        times = f", {move.fault.times} times" if move.fault.times > 1 else ""
        return f"the wire fails at {move.fault.operation}: {move.fault.kind}{times}"
    what = done(move, record)
    if record is None:
        return what
    calls = ", ".join(_called(exchange) for exchange in record.exchanges)
    led = {
        Ending.MOVED: f"-> {record.state}",
        Ending.SILENT: "-> no answer",
        Ending.FAILED: "-> the shop failed",
    }.get(move.ending, f"-> refused by the {move.ending}")
    if move.at_once is not None and not record.has_moved:
        led = f"-> {record.result}"
    right = f"  <- the right pair {_RIGHT[move.expected]}" if move.expected is not None else ""
    return f"{what} {led}" + (f"  [{calls}]" if calls else "") + right


def done(move: Move, record: StepRecord | None) -> str:
    """What the shopper did, or the call that was attempted, without what came of it."""
    when = "" if move.order == FIRST else "in the other order, "
    if move.attempt is not None:
        return when + f"attempt {move.attempt.call}".replace("_", " ")
    act, trigger = move.act, move.trigger
    if move.at_once is not None and record is not None:
        act, trigger = record.act, record.trigger
        when += "at once with the next, " if record.is_half else "at once with that, "
    given = act.model_dump(mode="json", exclude_unset=True)
    return when + str(trigger).replace("_", " ") + (f" {_plain(given)}" if given else "")


def _length(move: Move) -> str:
    return move.yaml().removeprefix("wait: ")


def _plain(given: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in given.items())


def _called(exchange: Exchange) -> str:
    name = exchange.asked.operation.value
    if exchange.was_accepted:
        return name
    error = exchange.error
    return f"{name}: {error.status}" if isinstance(error, BackendRefused) else f"{name}: no answer"


def sequence(finding: Finding) -> str:
    """The same as a Mermaid sequence diagram."""
    lines = [
        "sequenceDiagram",
        "    actor Shopper",
        "    participant Shop",
        "    participant Insurer",
    ]
    for number, move, record in paired(finding):
        if record is None:
            lines.append(f"    Note over Shop,Insurer: {told(move, None)}")
            continue
        name = str(record.trigger or "attempt").replace("_", " ")
        if move.at_once is not None:
            name += ", at once with the next" if record.is_half else ", at once with that"
        name += "" if move.order == FIRST else " (the other order)"
        lines.append(f"    Shopper->>Shop: {number}. {name}")
        for exchange in record.exchanges:
            operation = exchange.asked.operation.value
            lines.append(f"    Shop->>Insurer: {operation}")
            if exchange.was_accepted or exchange.was_refused:
                lines.append(f"    Insurer-->>Shop: {_answered(exchange)}")
            else:
                lines.append(f"    Insurer--xShop: no answer to {operation}")
    lines.append(f"    Note over Shopper,Insurer: {_safe(finding.detail)}")
    return "\n".join(lines)


def _answered(exchange: Exchange) -> str:
    if isinstance(exchange.error, BackendRefused):
        return f"{exchange.error.status} refused"
    return str(BY_OPERATION[exchange.asked.operation].success)


def _safe(text: str) -> str:
    """A text that Mermaid does not read as syntax."""
    return text.replace(";", ",").replace("#", "no. ").replace("\n", " ")[:200]


def requests(finding: Finding) -> Iterator[str]:
    """The shop's calls as curl commands, in order; the signature is yours to fill in."""
    for record in finding.played.records:
        for exchange in record.exchanges:
            asked = exchange.asked
            endpoint = BY_OPERATION[asked.operation]
            path = endpoint.fill(**asked.ids)
            key = f" -H {quote(f'x-idempotency-key: {asked.key}')}" if asked.key else ""
            body = json.dumps(asked.request.wire(), ensure_ascii=False) if asked.request else "{}"
            data = "" if endpoint.method == "GET" else f" -d {quote(body)}"
            yield (
                f'curl -X {endpoint.method} "$BASE/partners/$PARTNER/{path}" '
                f"-H 'Content-Type: application/json' \"${{SIGNED[@]}}\"{key}{data}"
            )


def report(finding: Finding, again: str) -> str:
    """Everything on one page of Markdown; `again` is the command that plays it again."""
    all_told = "\n".join(story(finding))
    sent = "\n".join(requests(finding))
    return (
        f"# {finding.code.replace('_', ' ')}\n\n{finding.meaning}\n\n"
        f"{_fenced('', all_told)}\n\n{_fenced('mermaid', sequence(finding))}\n\n"
        f"## The shop's calls\n\n{_SENDING}\n\n{_fenced('sh', sent)}\n\nAgain: `{again}`\n"
    )


_SENDING = """\
`BASE` is the insurer's address with its prefix, `PARTNER` your code there, and `SIGNED` an array of
the headers that sign the call that follows: `(-H "Date: …" -H "Authorization: …")`. Ids are of the
world in which this was found; elsewhere take those that your own first call is answered with."""


def _fenced(kind: str, text: str) -> str:
    """A block of code, in a fence that nothing in it can end."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{kind}\n{text}\n{fence}"
