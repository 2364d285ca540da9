"""Explores: many journeys, each from a seed of its own; what fails is kept once, shrunk, told.

Journeys are drawn in portions, and some portions make a generation. A portion depends on its
number and on the generations before the last one, so the same seed finds the same, in the same
order, with any number of workers, up to four of which never wait for one another; and what starves
in one generation attracts in the next but one.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial

from flow.chance import derive_seed
from flow.coverage import Coverage
from flow.deadline import deadline
from flow.errors import WorkerDied
from flow.explorer.findings import Finding, investigate
from flow.explorer.pace import Pace, Timed
from flow.explorer.personas import PERSONAS, Persona
from flow.explorer.stage import Stage, Trouble
from flow.explorer.story import Move, Story
from flow.explorer.walker import Walker
from flow.orders import Orders
from flow.suite.runner import Plugs
from flow.table import ROWS, State
from flow.workers import end_workers, leave_interruptions_to_the_parent

__all__ = ["PORTION", "Exploration", "Options", "Sighting", "Walked", "explore", "walk"]

PORTION = 25
"""Journeys drawn together."""
GENERATION = 4
"""Portions after which it is looked at what starves."""
_SELDOM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to explore.

    Attributes:
        faults: how likely the wire fails in a step that calls the insurer.
        at_once: whether shoppers do two things at once now and then, in threads.
        max_time: seconds after which no new portion is begun.
        max_failures: distinct findings after which it ends.
        until: percent of transitions taken after which it ends.
    """

    journeys: int = 1000
    max_steps: int = 40
    seed: int = 1
    workers: int = 1
    faults: float = 0.1
    at_once: bool = True
    personas: tuple[Persona, ...] = PERSONAS
    max_time: float | None = None
    max_failures: int | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The first journey of a portion that showed a kind of trouble."""

    journey: int
    trouble: Trouble
    story: Story


@dataclass(slots=True, kw_only=True)
class Exploration:
    """What was explored so far; when `is_interrupted`, more was wanted."""

    seed: int
    is_interrupted: bool = False
    journeys: int = 0
    steps: int = 0
    seconds: float = 0.0
    rows: list[tuple[str, ...]] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    personas: Counter[str] = field(default_factory=Counter)
    known_ways: dict[str, set[str]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)

    @property
    def unexamined(self) -> list[Sighting]:
        """What was seen, and no finding was made of yet."""
        known = {finding.code for finding in self.findings}
        return [sighting for code, sighting in self.sightings.items() if code not in known]

    @property
    def missed_rows(self) -> list[str]:
        """Transitions that no journey took."""
        return [row.name for row in ROWS if not self.taken[row.name]]

    @property
    def missed_states(self) -> list[State]:
        """States that no journey reached."""
        reached = {row.dest for row in ROWS if self.taken[row.name]} | {State.BROWSING}
        return [state for state in State if state not in reached]

    @property
    def share(self) -> float:
        """Percent of transitions taken."""
        return 100 * (len(ROWS) - len(self.missed_rows)) / len(ROWS)


@dataclass(slots=True, kw_only=True)
class _Portion:
    """What a portion of journeys came to."""

    journeys: int = 0
    steps: int = 0
    rows: list[tuple[str, ...]] = field(default_factory=list)
    personas: Counter[str] = field(default_factory=Counter)
    known_ways: dict[str, set[str]] = field(default_factory=dict)
    coverage: Coverage = field(default_factory=Coverage)
    sightings: dict[str, Sighting] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lead:
    """What the generations before tell one that begins.

    Attributes:
        taken: how often each row was taken.
        odds: of each persona; those who come where few have been are drawn more often.
    """

    taken: Counter[str]
    odds: tuple[float, ...]


def _lead(exploration: Exploration, personas: Sequence[Persona]) -> _Lead:
    taken = exploration.taken
    seldom = {row.name for row in ROWS if 0 < taken[row.name] <= _SELDOM}
    odds = tuple(
        1.0 + 2 * len(seldom & exploration.known_ways.get(persona.name, set()))
        for persona in personas
    )
    return _Lead(taken=Counter(taken), odds=odds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One random journey: what was done, what should not have been, all that was seen."""

    story: Story
    troubles: tuple[Trouble, ...]
    orders: Orders
    times: tuple[Timed, ...]


def walk(plugs: Plugs, walker: Walker, *, seed: int, max_steps: int) -> Walked:
    """Walk one random journey.

    It ends with the first trouble: what comes after is no longer the same journey.

    Raises:
        PlugInvalid: backend or shop cannot be used.
    """
    shopper, payment = walker.shopper(), walker.payment()
    products = walker.products(shopper.currency)
    stage = Stage(plugs, shopper=shopper, products=products, payment=payment, seed=seed)
    made: list[Move] = []
    troubles: list[Trouble] = []
    times: list[Timed] = []
    steps = stage.records
    while len(steps) < max_steps and len(made) < 3 * max_steps and not troubles:
        moves = walker.next_moves(stage)
        if not moves:
            break
        for move in moves:
            begun = time.perf_counter()
            done, _, found = stage.make(move)
            if move.is_step:
                times.append(Timed(move.kind, len(steps), time.perf_counter() - begun))
            made.append(done)
            troubles += found
            if found:
                break
    story = Story(shopper=shopper, products=products, payment=payment, moves=tuple(made), seed=seed)
    return Walked(story=story, troubles=tuple(troubles), orders=stage.orders, times=tuple(times))


def _portion(number: int, plugs: Plugs, options: Options, lead: _Lead) -> _Portion:
    """The journeys of one portion, one after another, up to the first in which something hangs."""
    done = _Portion()
    hangs = deadline.rung
    taken = Counter(lead.taken)
    first = number * PORTION
    for index in range(first, min(first + PORTION, options.journeys)):
        seed = derive_seed(options.seed, "journey", str(index))
        dice = random.Random(seed)
        (persona,) = dice.choices(options.personas, lead.odds)
        walker = Walker(dice, persona, faults=options.faults, taken=taken, at_once=options.at_once)
        with deadline.of(plugs.step_timeout):
            walked = walk(plugs, walker, seed=seed % 2**32, max_steps=options.max_steps)
        rows = walked.orders.rows
        taken.update(rows)
        for journey in walked.orders:
            done.coverage.add_journey(journey.history)
        done.pace.add(index + 1, walked.times)
        done.journeys += 1
        done.steps += walked.orders.steps
        done.rows.append(rows)
        done.personas[persona.name] += 1
        done.known_ways.setdefault(persona.name, set()).update(rows)
        for trouble in walked.troubles:
            sighting = Sighting(journey=index + 1, trouble=trouble, story=walked.story)
            done.sightings.setdefault(trouble.code, sighting)
        if deadline.rung > hangs:  # the rest would hang as well, and keep everybody waiting
            break
    return done


def explore(
    make_plugs: Callable[[], Plugs],
    right: Plugs,
    options: Options,
    hear: Callable[[Exploration], None] = lambda exploration: None,
) -> Exploration:
    """Explore until enough was seen; `hear` is told of every portion, and of its findings.

    Args:
        make_plugs: makes the shop and the insurer to explore; called in every process.
        right: the simulated insurer and the reference shop, to tell whose fault a finding is.

    Raises:
        PlugInvalid: backend or shop cannot be used.
        WorkerDied: a worker process ended by itself.
    """
    begun = time.perf_counter()
    plugs = make_plugs()
    exploration = Exploration(seed=options.seed)
    for done in _portions(make_plugs, plugs, options, exploration):
        _take_in(exploration, done)
        exploration.seconds = time.perf_counter() - begun
        hear(exploration)  # what was seen is known before it is examined, which can take long
        for sighting in exploration.unexamined:
            if options.max_failures is None or len(exploration.findings) < options.max_failures:
                exploration.findings.append(_examined(sighting, plugs, right, options, begun))
        exploration.seconds = time.perf_counter() - begun
        hear(exploration)
        if _is_enough(exploration, options):
            break
    exploration.seconds = time.perf_counter() - begun
    return exploration


def _take_in(exploration: Exploration, done: _Portion) -> None:
    exploration.journeys += done.journeys
    exploration.steps += done.steps
    exploration.rows += done.rows
    exploration.coverage.merge(done.coverage)
    exploration.personas += done.personas
    exploration.pace.merge(done.pace)
    for name, ways in done.known_ways.items():
        exploration.known_ways.setdefault(name, set()).update(ways)
    for rows in done.rows:
        exploration.taken.update(rows)
    for code, sighting in done.sightings.items():
        exploration.sightings.setdefault(code, sighting)


def _examined(
    sighting: Sighting, plugs: Plugs, right: Plugs, options: Options, begun: float
) -> Finding:
    """Make a finding of it; when time is up, what is smallest by then has to do."""

    def is_late() -> bool:
        return options.max_time is not None and time.perf_counter() - begun > options.max_time

    return investigate(
        sighting.story,
        sighting.trouble,
        plugs,
        journey=sighting.journey,
        right=right,
        is_late=is_late,
    )


def _is_enough(exploration: Exploration, options: Options) -> bool:
    late = options.max_time is not None and exploration.seconds > options.max_time
    many = options.max_failures is not None
    failed = many and len(exploration.findings) >= (options.max_failures or 0)
    covered = options.until is not None and exploration.share >= options.until
    return late or failed or covered


def _portions(
    make_plugs: Callable[[], Plugs], plugs: Plugs, options: Options, exploration: Exploration
) -> Iterator[_Portion]:
    """All portions in order, drawn here or in worker processes."""
    numbers = range((options.journeys + PORTION - 1) // PORTION)
    if options.workers == 1 or len(numbers) < 2:
        yield from _led(
            numbers,
            options,
            exploration,
            lambda number, lead: partial(_portion, number, plugs, options, lead),
        )
        return
    with ProcessPoolExecutor(
        options.workers, initializer=_begin_worker, initargs=(make_plugs, options)
    ) as pool:
        try:
            yield from _led(
                numbers,
                options,
                exploration,
                lambda number, lead: pool.submit(_in_worker, number, lead).result,
            )
        except BrokenProcessPool as error:
            raise WorkerDied from error
        except BaseException:
            end_workers(pool)
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _led(
    numbers: Sequence[int],
    options: Options,
    exploration: Exploration,
    begin: Callable[[int, _Lead], Callable[[], _Portion]],
) -> Iterator[_Portion]:
    """Portions in generations, each led by all before it but the last, which is under way."""
    under_way: list[Callable[[], _Portion]] = []
    for at in range(0, len(numbers), GENERATION):
        lead = _lead(exploration, options.personas)
        begun = [begin(number, lead) for number in numbers[at : at + GENERATION]]
        yield from (come() for come in under_way)
        under_way = begun
    yield from (come() for come in under_way)


_WORKER: dict[str, tuple[Plugs, Options]] = {}


def _begin_worker(make_plugs: Callable[[], Plugs], options: Options) -> None:
    leave_interruptions_to_the_parent()
    _WORKER["own"] = (make_plugs(), options)


def _in_worker(number: int, lead: _Lead) -> _Portion:
    plugs, options = _WORKER["own"]
    return _portion(number, plugs, options, lead)
