"""A verdict with everything in it, and findings of the gallery's defects."""

from __future__ import annotations

import functools
from dataclasses import replace

from flow.acts import AtOnce
from flow.backends.faulty import Fault, FaultKind
from flow.explorer.findings import Finding, investigate
from flow.explorer.scoring import plugs_of
from flow.explorer.stage import Trouble
from flow.explorer.story import Move, Story
from flow.gallery.catalogue import find
from flow.orders import SECOND
from flow.plugs import plug_in
from flow.promises.promise import Breach
from flow.shopper import Product, Shopper
from flow.suite.verdict import Status, StepVerdict, Verdict
from models import Operation
from tests.gallery import stories
from tests.gallery.stories import STORIES
from tests.kit import PRODUCTS, taking
from tests.kit import Move as Taken

__all__ = ["HOSTILE", "RIGHT", "finding", "verdict"]

RIGHT = functools.partial(plug_in, "simulator", "reference")
HOSTILE = "</title></svg></pre><script>alert(1)</script><img src=x onerror=alert(2)>&\"'"
"""What somebody may call themselves, or a product."""


def verdict(*, name: str = "A story", status: Status = Status.FAILED) -> Verdict:
    """A scenario in which everything went wrong."""
    steps = (
        _step(1, "fault on=create_booking, kind=answer_lost, times=3", result="done"),
        _step(
            2,
            "book",
            result="silent",
            calls=("create_booking (no answer)", "get_booking (refused)", "get_quotes"),
            failures=("offers was to be 1, and is 2",),
        ),
        _step(3, "attempt cancel_booking", result="accepted"),
    )
    return Verdict(
        name=name,
        file="book/story.yaml",
        line=5,
        tags=("smoke",),
        status=status,
        seed=7,
        state="collected",
        steps=steps,
        failures=("status was to be X, and is Y",),
        breaches=(Breach(promise="one_policy_for_one_purchase", step=2, detail="two of them"),),
        rows=("open_portal: browsing -> at_portal",),
        expected_at="book/story.yaml:30",
        reason="why it ended",
        seconds=1.5,
    )


def _step(
    number: int,
    label: str,
    *,
    result: str,
    calls: tuple[str, ...] = (),
    failures: tuple[str, ...] = (),
) -> StepVerdict:
    return StepVerdict(
        number=number,
        label=label,
        file="book/story.yaml",
        line=8 + number,
        result=result,
        state="collected",
        calls=calls,
        failures=failures,
        seconds=0.25 * number,
    )


def finding(name: str, *, fault: FaultKind | None = None, called: str = "") -> Finding:
    """The gallery's own story of a defect, investigated but not shrunk.

    Args:
        fault: strikes the first quote, too.
        called: what shopper and products are called.
    """
    told = STORIES[name]
    moves = [_move(one) for one in told.moves]
    if fault is not None:
        moves.insert(0, Move(fault=Fault(operation=Operation.CREATE_QUOTES, kind=fault)))
    shopper, products = told.shopper or Shopper(), dict(PRODUCTS)
    if called:
        shopper = shopper.model_copy(update={"first_name": called})
        products = {sku: _renamed(product, called) for sku, product in products.items()}
    story = Story(
        shopper=shopper, products=products, payment=told.payment, moves=tuple(moves), seed=1
    )
    trouble = Trouble(code=told.broken[0], detail="seen", step=len(moves))
    plugs = plugs_of(find(name))
    return investigate(story, trouble, plugs, journey=7, right=RIGHT(), is_late=lambda: True)


def _renamed(product: Product, name: str) -> Product:
    return product.model_copy(update={"name": name})


def _move(one: Taken | stories.Wait | stories.Fail | stories.Twice | stories.Beside) -> Move:
    match one:
        case stories.Wait(time=time):
            return Move(wait=time)
        case stories.Fail(operation=operation, kind=kind, times=times):
            return Move(fault=Fault(operation=operation, kind=kind, times=times))
        case stories.Twice(move=move, turns=turns):
            return Move(at_once=AtOnce(taking(move), taking(move), turns))
        case stories.Beside(move=move):
            return replace(_move(move), order=SECOND)
        case _:
            taken = taking(one)
            return Move(trigger=taken.trigger, act=taken.act)
