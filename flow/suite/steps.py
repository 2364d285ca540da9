"""The steps of a scenario file: verbs with what they are given and what stands beside them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flow.acts import ACTS, AtOnce, Taking
from flow.errors import ScenarioInvalid
from flow.orders import FIRST, SECOND
from flow.spelling import did_you_mean
from flow.suite.faults import faults_of
from flow.suite.grammar import (
    Attempt,
    Expectation,
    ExpectedRefusal,
    FaultStep,
    ScenarioStep,
    Verb,
    read_duration,
)
from flow.suite.reading import PathKey, Source, read
from flow.table import COMMITS, Trigger

__all__ = ["StepReader"]

M = TypeVar("M", bound=BaseModel)

_STEP_WORDS = ("expect", "refused", "silent", "times", "note", "turns", "order")
_TURNS = re.compile("[12]{1,40}")
_VERBS = [*Trigger, *Verb]
_MOST_TIMES = 100
_MOST_INCLUDES = 20


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads the steps of one source; what is wrong goes to `faults`."""

    source: Source
    variables: Mapping[str, Any]
    faults: list[ScenarioInvalid]
    stack: tuple[Path, ...] = ()
    """Fragments that led here, each inside the one before."""

    def read(self, raw: Any) -> Iterator[ScenarioStep]:
        """The steps of the list under `steps`, those of fragments in place of their include."""
        if not isinstance(raw, list):
            return  # the header's check says so
        for index, entry in enumerate(raw):
            try:
                yield from self._step(entry, ("steps", index))
            except ScenarioInvalid as fault:
                self.faults.append(fault)

    def _step(self, entry: Any, path: PathKey) -> Iterator[ScenarioStep]:
        source = self.source
        place = source.place(path)
        if isinstance(entry, str):
            entry = {entry: None}
        if not isinstance(entry, dict):
            raise place.fault("a step is a word, or a mapping with one", "such as 'book'")
        verbs = [key for key in entry if key not in _STEP_WORDS]
        if len(verbs) != 1:
            reason = "a step needs a trigger" if not verbs else "a step has one trigger only"
            wrong = [verb for verb in verbs if verb not in _VERBS]
            hint = did_you_mean(wrong[0], [*_STEP_WORDS, *_VERBS]) if wrong else None
            at = source.key_place((*path, wrong[0])) if wrong else place
            raise at.fault(f"{reason}: {', '.join(verbs)}" if verbs else reason, hint)
        verb = verbs[0]
        where = (*path, verb)
        if verb not in _VERBS:
            raise source.key_place(where).fault(
                f"unknown trigger '{verb}'", did_you_mean(verb, list(_VERBS))
            )
        if verb == Verb.INCLUDE:
            if len(entry) > 1:
                raise place.fault("nothing goes beside an include", "put it under a step")
            yield from self._included(entry[verb], where)
            return
        if verb in (Verb.WAIT, Verb.FAULT) and entry.keys() & {"refused", "silent"}:
            raise place.fault(f"a {verb} is neither refused nor silent")
        if verb in (Verb.WAIT, Verb.FAULT) and "order" in entry:
            raise source.key_place((*path, "order")).fault(f"a {verb} is about both orders")
        if "turns" in entry and verb != Verb.AT_ONCE:
            raise source.key_place((*path, "turns")).fault("turns go with at_once")
        times = entry.get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
            raise source.place((*path, "times")).fault(f"times is 1 to {_MOST_TIMES}")
        yield from [self._read_step(verb, entry, path)] * times

    def _read_step(self, verb: str, entry: dict[str, Any], path: PathKey) -> ScenarioStep:
        source = self.source
        where = (*path, verb)
        place = source.key_place(where)
        value = entry[verb]
        known: dict[str, Any] = {}
        if verb == Verb.WAIT:
            try:
                known["wait"] = read_duration(value)
            except ValueError as error:
                raise source.place(where).fault(str(error)) from None
        elif verb == Verb.FAULT:
            known["fault"] = self._must(FaultStep, value, where)
        elif verb == Verb.ATTEMPT:
            known["attempt"] = self._must(Attempt, _spread(Attempt, value), where)
        elif verb == Verb.AT_ONCE:
            turns = self._turns(entry.get("turns", "12"), (*path, "turns"))
            known["at_once"] = self._at_once(value, where, turns)
        else:
            taking = self._taking(verb, value, where)
            known |= {"trigger": taking.trigger, "act": taking.act}
        beside: tuple[tuple[str, type[BaseModel]], ...] = (
            ("expect", Expectation),
            ("refused", ExpectedRefusal),
        )
        for word, kind in beside:
            if word in entry and entry[word] is None:
                raise source.key_place((*path, word)).fault(f"'{word}' is empty")
            if word in entry:
                known[word] = self._must(kind, _spread(kind, entry[word]), (*path, word))
        if "silent" in entry:
            if not isinstance(entry["silent"], bool):
                raise source.place((*path, "silent")).fault("silent is true or false")
            known["silent"] = entry["silent"]
        label = _label(verb, value)
        if "order" in entry:
            known["order"] = order = self._order(entry["order"], (*path, "order"))
            label += f" (order {order})"
        return ScenarioStep(label=label, place=place, **known)

    def _order(self, value: Any, where: PathKey) -> int:
        if isinstance(value, bool) or value not in (FIRST, SECOND):
            hint = "a customer can have another order beside the first: 'order: 2'"
            raise self.source.place(where).fault("order is 1 or 2", hint)
        return int(value)

    def _taking(self, verb: str, value: Any, where: PathKey) -> Taking:
        model = ACTS[Trigger(verb)]
        return Taking(Trigger(verb), self._must(model, _spread(model, value), where))

    def _at_once(self, value: Any, where: PathKey, turns: str) -> AtOnce:
        """Two triggers, each with what it is given."""
        place = self.source.place(where)
        if not isinstance(value, list) or len(value) != 2:
            raise place.fault("at_once takes a list of two triggers", "such as '[book, book]'")
        takings = []
        for index, one in enumerate(value):
            entry = {one: None} if isinstance(one, str) else one
            if not isinstance(entry, dict) or len(entry) != 1:
                raise self.source.place((*where, index)).fault("one trigger, such as 'book'")
            (verb, given), *_ = entry.items()
            if verb not in COMMITS:
                known: list[str] = sorted(COMMITS)
                reason = f"'{verb}' cannot be made at once with another step"
                hint = did_you_mean(str(verb), known) or f"these can: {', '.join(known)}"
                raise self.source.place((*where, index)).fault(reason, hint)
            takings.append(self._taking(verb, given, (*where, index, verb)))
        return AtOnce(takings[0], takings[1], turns)

    def _turns(self, value: Any, where: PathKey) -> str:
        told = str(value)
        if not _TURNS.fullmatch(told):
            hint = "such as 12, which changes at each call to the insurer"
            raise self.source.place(where).fault("turns are a row of 1 and 2, 40 at most", hint)
        return told

    def _included(self, name: Any, where: PathKey) -> Iterator[ScenarioStep]:
        source = self.source
        place = source.place(where)
        if not isinstance(name, str):
            raise place.fault("include names a file", "such as 'include: buy_laptop.yaml'")
        given = source.path.parent / name
        try:
            target, is_there = Path(os.path.realpath(given)), given.is_file()
        except ValueError:
            raise place.fault(f"'{name[:60]}' is no name of a file") from None
        except OSError as error:
            raise place.fault(f"'{name[:60]}' cannot be read: {error.strerror}") from None
        if target in self.stack or len(self.stack) > _MOST_INCLUDES:
            raise place.fault(f"'{name}' includes itself")
        if not is_there:
            raise place.fault(*_why_missing(given, name))
        fragment = read(target, f"{Path(source.file).parent.as_posix()}/{name}")
        data = fragment.data(self.variables)
        if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
            raise fragment.place(()).fault("a fragment holds a list of steps")
        extra = [key for key in data if key not in ("fragment", "steps")]
        if extra:
            raise fragment.key_place((extra[0],)).fault(f"unknown key '{extra[0]}' in a fragment")
        inside = StepReader(fragment, self.variables, self.faults, (*self.stack, target))
        yield from inside.read(data["steps"])

    def _must(self, model: type[M], data: Any, path: PathKey) -> M:
        try:
            return model.model_validate({} if data is None else data)
        except ValidationError as error:
            raise next(faults_of(model, error, path, self.source)) from None


def _why_missing(given: Path, name: str) -> tuple[str, str | None]:
    if given.exists():
        return f"'{name}' is no file", "such as 'include: buy_laptop.yaml'"
    if given.is_symlink():
        return f"'{name}' is a link that leads nowhere", None
    siblings = [file.name for file in given.parent.glob("*.y*ml")]
    return f"there is no file '{name}'", did_you_mean(given.name, siblings)


def _spread(model: type[BaseModel], value: Any) -> Any:
    """`add_to_cart: LAP-15` for `add_to_cart: {sku: LAP-15}`."""
    short = getattr(model, "short", None)
    if value is None or isinstance(value, dict) or short is None:
        return value
    if short == "items" and isinstance(value, str) and value != "all":
        value = [value]
    return {short: value}


def _label(verb: str, value: Any) -> str:
    """The step as it is told in reports."""
    if value is None:
        return verb
    if isinstance(value, dict):
        return f"{verb} {', '.join(f'{key}={_told(item)}' for key, item in value.items())}"
    return f"{verb} {_told(value)}"


def _told(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(_told(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(_label(key, item) for key, item in value.items())
    return str(value)
