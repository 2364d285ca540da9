"""A scenario file to cases that can be run; every fault with file, line, column and a hint."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flow.errors import ScenarioInvalid
from flow.shopper import Product
from flow.spelling import did_you_mean
from flow.suite.faults import faults_of
from flow.suite.grammar import Case, Header, ScenarioStep, Verb
from flow.suite.reading import PathKey, Place, Source, read
from flow.suite.rehearsal import rehearse
from flow.suite.steps import StepReader
from models.money import Money

__all__ = ["Loaded", "find_files", "load", "load_file"]

_MOST_EXAMPLES = 1000
_MOST_STEPS = 500
_SUFFIXES = {".yaml", ".yml"}


@dataclass(slots=True)
class Loaded:
    """What was found: cases to run, and faults that keep them from running."""

    cases: list[Case] = field(default_factory=list)
    faults: list[ScenarioInvalid] = field(default_factory=list)


def find_files(paths: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Scenario files under the paths, sorted, each with its name for reports.

    Raises:
        ScenarioInvalid: a path does not exist, or a folder cannot be read.
    """
    for path in paths:
        if _is_folder(path):
            for file in sorted(_below(path)):
                if file.suffix in _SUFFIXES and file.is_file():
                    # An absolute folder (the shipped one) is called by its name alone, so that
                    # reports do not depend on where it lies.
                    below = file.relative_to(path)
                    named = Path(path.name) / below if path.is_absolute() else path / below
                    yield file, named.as_posix()
        elif path.is_file():
            yield path, path.as_posix()
        else:
            raise Place(str(path), 0, 0).fault(_why_nothing_is_at(path))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:  # its name is too long, or a folder above it is shut
        raise Place(str(path), 0, 0).fault(f"cannot be read: {error.strerror}") from error


def _why_nothing_is_at(path: Path) -> str:
    if path.exists():
        return "is neither a file nor a folder"
    return (
        "is a link that leads nowhere" if path.is_symlink() else "there is no such file or folder"
    )


def _below(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        name = str(error.filename or folder)
        raise Place(name, 0, 0).fault(f"cannot be read: {error.strerror}") from error

    for parent, _, names in os.walk(folder, onerror=refuse):
        yield from (Path(parent, name) for name in names)


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
    if loaded.faults:
        loaded.cases.clear()  # a file is wrong or right, never both
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
        # What is no mapping or no list is told by the header's check.
        given, examples = raw.get("vars"), raw.get("examples")
        variables = given if isinstance(given, dict) else {}
        listed = examples if isinstance(examples, list) else []
        rows = [row for row in listed if isinstance(row, dict)]
        self._check_examples(rows, variables)
        for number, row in enumerate(rows or [{}], start=1 if rows else 0):
            case = self._case({**variables, **row}, number)
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
        header = self._header(data)
        steps = list(StepReader(source, variables, self.loaded.faults).read(data.get("steps")))
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

    def _header(self, data: Any) -> Header | None:
        try:
            return Header.model_validate(data)
        except ValidationError as error:
            self.loaded.faults += faults_of(Header, error, (), self.source)
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
        for giver in (*step.acts, step.attempt):
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


def _mentions_variable(source: Source) -> bool:
    """Whether the scenario's own name tells its examples apart."""
    return any(key.value == "scenario" and "${" in value.value for key, value in source.root.value)
