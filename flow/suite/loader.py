"""A scenario file to cases that can be run; every fault with file, line, column and a hint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flow.acts import ACTS
from flow.errors import ScenarioInvalid
from flow.shopper import Product
from flow.suite.grammar import (
    Attempt,
    Case,
    Expectation,
    ExpectedRefusal,
    FaultStep,
    Header,
    ScenarioStep,
    Verb,
    read_duration,
)
from flow.suite.reading import PathKey, Source, did_you_mean, read
from flow.suite.rehearsal import rehearse
from flow.table import Trigger
from models.money import Money

__all__ = ["Loaded", "find_files", "load", "load_file"]

M = TypeVar("M", bound=BaseModel)

_STEP_WORDS = ("expect", "refused", "silent", "times", "note")
_MOST_TIMES = 100
_MOST_EXAMPLES = 1000
_MOST_STEPS = 500
_VERBS = [*Trigger, *Verb]
_SUFFIXES = {".yaml", ".yml"}


@dataclass(slots=True)
class Loaded:
    """What was found: cases to run, and faults that keep them from running."""

    cases: list[Case] = field(default_factory=list)
    faults: list[ScenarioInvalid] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Scenario files under the paths, sorted, each with its name for reports.

    Raises:
        ScenarioInvalid: a path does not exist.
    """
    for path in paths:
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.suffix in _SUFFIXES and file.is_file():
                    # An absolute folder (the shipped one) is called by its name alone, so that
                    # reports do not depend on where it lies.
                    below = file.relative_to(path)
                    named = Path(path.name) / below if path.is_absolute() else path / below
                    yield file, named.as_posix()
        elif path.is_file():
            yield path, path.as_posix()
        else:
            raise ScenarioInvalid(
                file=str(path), line=1, column=1, reason="there is no such file or folder"
            )


def load(paths: Iterable[Path]) -> Loaded:
    """Read all scenario files under the paths; fragments are only read where included."""
    loaded = Loaded()
    try:
        files = list(find_files(paths))
    except ScenarioInvalid as fault:
        loaded.faults.append(fault)
        return loaded
    for path, name in files:
        one = load_file(path, name)
        loaded.cases += one.cases
        loaded.faults += one.faults
    return loaded


def load_file(path: Path, name: str | None = None) -> Loaded:
    """Read one scenario file."""
    loaded = Loaded()
    try:
        source = read(path, name or path.as_posix())
        if _is_fragment(source):
            return loaded
        _Reader(source, loaded).run()
    except ScenarioInvalid as fault:
        loaded.faults.append(fault)
    return loaded


def _is_fragment(source: Source) -> bool:
    keys = [key.value for key, _ in source.root.value] if source.root.id == "mapping" else []
    return "fragment" in keys and "scenario" not in keys


class _Reader:
    """Turns one source into cases, collecting faults as it goes."""

    def __init__(self, source: Source, loaded: Loaded) -> None:
        self.source = source
        self.loaded = loaded

    def run(self) -> None:
        raw = self.source.data()
        if not isinstance(raw, dict):
            place = self.source.place(())
            raise place.fault("a scenario is a mapping", "begin with 'scenario: what it shows'")
        variables = raw.get("vars") if isinstance(raw.get("vars"), dict) else {}
        examples = raw.get("examples") if isinstance(raw.get("examples"), list) else []
        rows = [row for row in examples or [] if isinstance(row, dict)]
        self._check_examples(rows, variables or {})
        for number, row in enumerate(rows or [{}], start=1 if rows else 0):
            case = self._case({**(variables or {}), **row}, number)
            if case is None:
                return  # the faults of one row are those of all
            self.loaded.cases.append(case)

    def _check_examples(self, rows: list[dict[str, Any]], variables: dict[str, Any]) -> None:
        """Not too many, and each column is used somewhere."""
        if len(rows) > _MOST_EXAMPLES:
            reason = f"{len(rows)} examples are too many, {_MOST_EXAMPLES} at most"
            raise self.source.key_place(("examples",)).fault(reason, "make several files of them")
        if Verb.INCLUDE in self.source.text:
            return  # a fragment may use them
        used = self.source.variables()
        for index, row in enumerate(rows):
            for name in row:
                if name not in used and name not in variables:
                    raise self.source.key_place(("examples", index, name)).fault(
                        f"nothing uses the variable '{name}'", did_you_mean(name, sorted(used))
                    )

    def _case(self, variables: Mapping[str, Any], number: int) -> Case | None:
        before = len(self.loaded.faults)
        source = self.source
        data = source.data(variables)
        header = self._read(Header, data, (), source)
        steps = list(self._steps(data.get("steps"), source, ("steps",), variables, ()))
        if header is None or len(self.loaded.faults) > before:
            return None
        # Includes are read from sources of their own: places of this one are still right.
        products = {product.sku: product for product in header.products}
        for index, product in enumerate(header.products):
            self._check_price(product, header.shopper.currency, ("products", index, "price"))
        for step in steps:
            self._check_skus(step, products)
        if len(steps) > _MOST_STEPS:
            reason = f"{len(steps)} steps are too many, {_MOST_STEPS} at most"
            self.loaded.faults.append(source.key_place(("steps",)).fault(reason))
        if len(self.loaded.faults) == before:
            self.loaded.faults += rehearse(steps)
        if len(self.loaded.faults) > before:
            return None
        name = header.scenario
        if number and not _mentions_variable(source):
            name = f"{name} [{number}]"
        return Case(
            name=name,
            file=source.file,
            line=source.key_place(("scenario",)).line,
            about=header.about,
            tags=tuple(header.tags),
            shopper=header.shopper,
            payment=header.payment,
            products=products,
            steps=tuple(steps),
            expect=header.expect,
            expect_place=source.key_place(("expect",)),
            number=number,
        )

    def _steps(
        self,
        raw: Any,
        source: Source,
        path: PathKey,
        variables: Mapping[str, Any],
        stack: tuple[Path, ...],
    ) -> Iterator[ScenarioStep]:
        if not isinstance(raw, list):
            return  # the header's check says so
        for index, entry in enumerate(raw):
            try:
                yield from self._step(entry, source, (*path, index), variables, stack)
            except ScenarioInvalid as fault:
                self.loaded.faults.append(fault)

    def _step(
        self,
        entry: Any,
        source: Source,
        path: PathKey,
        variables: Mapping[str, Any],
        stack: tuple[Path, ...],
    ) -> Iterator[ScenarioStep]:
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
            yield from self._included(entry[verb], source, where, variables, stack)
            return
        if verb in (Verb.WAIT, Verb.FAULT) and entry.keys() & {"refused", "silent"}:
            raise place.fault(f"a {verb} is neither refused nor silent")
        times = entry.get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= _MOST_TIMES:
            raise source.place((*path, "times")).fault(f"times is 1 to {_MOST_TIMES}")
        yield from [self._read_step(verb, entry, source, path)] * times

    def _read_step(
        self, verb: str, entry: dict[str, Any], source: Source, path: PathKey
    ) -> ScenarioStep:
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
            known["fault"] = self._must(FaultStep, value, where, source)
        elif verb == Verb.ATTEMPT:
            known["attempt"] = self._must(Attempt, _spread(Attempt, value), where, source)
        else:
            model = ACTS[Trigger(verb)]
            known["trigger"] = Trigger(verb)
            known["act"] = self._must(model, _spread(model, value), where, source)
        beside: tuple[tuple[str, type[BaseModel]], ...] = (
            ("expect", Expectation),
            ("refused", ExpectedRefusal),
        )
        for word, kind in beside:
            if word in entry and entry[word] is None:
                raise source.key_place((*path, word)).fault(f"'{word}' is empty")
            if word in entry:
                known[word] = self._must(kind, _spread(kind, entry[word]), (*path, word), source)
        if "silent" in entry:
            if not isinstance(entry["silent"], bool):
                raise source.place((*path, "silent")).fault("silent is true or false")
            known["silent"] = entry["silent"]
        return ScenarioStep(label=_label(verb, value), place=place, **known)

    def _included(
        self,
        name: Any,
        source: Source,
        where: PathKey,
        variables: Mapping[str, Any],
        stack: tuple[Path, ...],
    ) -> Iterator[ScenarioStep]:
        """The steps of a fragment, in place of the include."""
        place = source.place(where)
        if not isinstance(name, str):
            raise place.fault("include names a file", "such as 'include: buy_laptop.yaml'")
        try:
            target = (source.path.parent / name).resolve()
            is_there = target.is_file()
        except (OSError, ValueError, RuntimeError):
            raise place.fault(f"'{name[:60]}' is no name of a file") from None
        if target in stack or len(stack) > 20:
            raise place.fault(f"'{name}' includes itself")
        if not is_there:
            siblings = [file.name for file in source.path.parent.glob("*.y*ml")]
            raise place.fault(f"there is no file '{name}'", did_you_mean(name, siblings))
        fragment = read(target, f"{Path(source.file).parent.as_posix()}/{name}")
        data = fragment.data(variables)
        if not isinstance(data, dict) or not isinstance(data.get("steps"), list):
            raise fragment.place(()).fault("a fragment holds a list of steps")
        extra = [key for key in data if key not in ("fragment", "steps")]
        if extra:
            raise fragment.key_place((extra[0],)).fault(f"unknown key '{extra[0]}' in a fragment")
        yield from self._steps(data["steps"], fragment, ("steps",), variables, (*stack, target))

    def _must(self, model: type[M], data: Any, path: PathKey, source: Source) -> M:
        try:
            return model.model_validate({} if data is None else data)
        except ValidationError as error:
            raise next(_faults(model, error, path, source)) from None

    def _read(self, model: type[M], data: Any, path: PathKey, source: Source) -> M | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.loaded.faults += _faults(model, error, path, source)
            return None

    def _check_price(self, product: Product, currency: str, path: PathKey) -> None:
        if not Money(product.price, currency).is_rounded:
            fault = self.source.place(path).fault(
                f"{product.price} is no amount of {currency}",
                f"write {Money.of(product.price, currency).amount}",
            )
            self.loaded.faults.append(fault)

    def _check_skus(self, step: ScenarioStep, products: Mapping[str, Product]) -> None:
        """Products named by a step are on sale."""
        if step.refused is not None:
            return
        named: list[str] = []
        for giver in (step.act, step.attempt):
            sku, items = getattr(giver, "sku", None), getattr(giver, "items", None)
            named += [sku] if isinstance(sku, str) else []
            named += items if isinstance(items, list) else []
        for sku in named:
            if sku not in products:
                self.loaded.faults.append(
                    step.place.fault(
                        f"there is no product '{sku}'", did_you_mean(sku, list(products))
                    )
                )


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
    return str(value)


def _mentions_variable(source: Source) -> bool:
    """Whether the scenario's own name tells its examples apart."""
    return any(key.value == "scenario" and "${" in value.value for key, value in source.root.value)


def _faults(
    model: type[BaseModel], error: ValidationError, path: PathKey, source: Source
) -> Iterator[ScenarioInvalid]:
    """Pydantic's errors at their places, in plain words; a misspelt key is not missing as well."""
    meant: set[str] = set()
    faults = error.errors(include_url=False)
    for fault in sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden"):
        loc = tuple(part for part in fault["loc"] if isinstance(part, str | int))
        where = (*path, *loc)
        # Unions put their branch into the location: drop what is no place of the file.
        while where != path and not source.holds(where) and fault["type"] != "missing":
            where = where[:-1]
        name = loc[-1] if loc else ""
        if fault["type"] == "extra_forbidden":
            hint = did_you_mean(str(name), _words(model, loc[:-1]))
            meant |= {word for word in _words(model, loc[:-1]) if hint and f"'{word}'" in hint}
            yield source.key_place((*path, *loc)).fault(f"unknown key '{name}'", hint)
        elif fault["type"] == "missing":
            if name in meant:
                continue
            yield source.place(where[:-1] if where != path else path).fault(f"'{name}' is missing")
        elif fault["type"] in ("enum", "literal_error"):
            given = str(fault["input"])
            words = _choices(fault)
            hint = did_you_mean(given, words) or f"one of: {', '.join(words)}"
            yield source.place(where).fault(f"{name}: '{given}' is not known", hint)
        else:
            yield source.place(where).fault(_plain_words(str(name), fault))


def _plain_words(name: str, fault: Any) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = fault["input"]
    shown = given if isinstance(given, Decimal) else repr(given)
    told = "" if isinstance(given, dict | list) else f" (given: {shown})"
    return f"{name}: {message}{told}" if name else f"{message}{told}"


def _choices(fault: Any) -> list[str]:
    expected = str(fault.get("ctx", {}).get("expected", ""))
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",") if word.strip()]


def _words(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys that are known at a place inside a model."""
    current: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        field_info = current.model_fields.get(part) if hasattr(current, "model_fields") else None
        if field_info is None:
            return []
        current = _model_in(field_info.annotation)
        if current is None:
            return []
    return list(current.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
