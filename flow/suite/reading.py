"""YAML with places: plain data, and for every value the file, line and column it stands at.

The only room that knows YAML here. Numbers stay exact, `NO` stays Norway, a key written twice is
an error, and `${name}` is filled in from variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from flow.errors import ScenarioInvalid
from flow.spelling import did_you_mean

__all__ = ["Place", "Source", "read"]

Key = str | int
PathKey = tuple[Key, ...]

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_COLON = "a step that says more needs a colon: '- opt_out:'"
_MOST_DEEP = 50
_MANY_OPENINGS = 5_000
_MOST_VALUES = 100_000
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; line and column count from 1, and are 0 for a path as a whole."""

    file: str
    line: int
    column: int

    def fault(self, reason: str, hint: str | None = None) -> ScenarioInvalid:
        """An error at this place."""
        return ScenarioInvalid(
            file=self.file, line=self.line, column=self.column, reason=reason, hint=hint
        )


@dataclass(slots=True)
class Source:
    """A YAML document that was read but not yet turned into data."""

    file: str
    path: Path
    root: Any
    text: str
    _values: dict[PathKey, Any] = field(default_factory=dict)
    _keys: dict[PathKey, Any] = field(default_factory=dict)
    _data: Any = None

    def holds(self, path: PathKey) -> bool:
        """Whether something stands at this path."""
        return path in self._values

    def variables(self) -> set[str]:
        """Names of variables that its text uses."""
        return set(_VARIABLE.findall(self.text))

    def place(self, path: PathKey) -> Place:
        """Where a value stands, or the nearest thing that holds it."""
        while path and path not in self._values:
            path = path[:-1]
        node = self._values.get(path)
        return Place(self.file, 1, 1) if node is None else _place(self.file, node)

    def key_place(self, path: PathKey) -> Place:
        """Where a key stands, or else its value."""
        node = self._keys.get(path)
        return self.place(path) if node is None else _place(self.file, node)

    def data(self, variables: Mapping[str, Any] | None = None) -> Any:
        """The document as plain data; not to be changed. With variables, without its `examples`.

        Raises:
            ScenarioInvalid: a key twice, or a variable that is not there.
        """
        if self._data is not None and "${" not in self.text and variables is not None:
            return self._data
        self._values.clear()
        self._keys.clear()
        self._data = self._plain(self.root, (), variables)
        return self._data

    def _plain(self, node: Any, path: PathKey, variables: Mapping[str, Any] | None) -> Any:
        self._values[path] = node
        if len(path) > _MOST_DEEP or len(self._values) > _MOST_VALUES:
            place = _place(self.file, node)
            raise place.fault("nests or repeats too much", "an alias may refer to itself")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, variables)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._plain(child, (*path, index), variables)
                for index, child in enumerate(node.value)
            ]
        value = _scalar(node)
        if isinstance(value, str) and variables is not None and "${" in value:
            return self._filled(value, _place(self.file, node), variables)
        return value

    def _mapping(
        self, node: Any, path: PathKey, variables: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _place(self.file, key_node).fault("a key must be a word")
            key = str(key_node.value)
            if key in found:
                place = _place(self.file, key_node)
                raise place.fault(f"the key '{key}' is written twice", "keep one of them")
            self._keys[(*path, key)] = key_node
            if variables is not None and not path and key == "examples":
                found[key] = []  # their rows are the variables: no need to walk them for each
                continue
            found[key] = self._plain(value_node, (*path, key), variables)
        return found

    @staticmethod
    def _filled(text: str, place: Place, variables: Mapping[str, Any]) -> Any:
        """A value with its variables put in; one that is all variable keeps its type."""

        def value(name: str) -> Any:
            if name not in variables:
                raise place.fault(f"there is no variable '{name}'", did_you_mean(name, variables))
            return variables[name]

        whole = _VARIABLE.fullmatch(text)
        if whole:
            return value(whole[1])
        return _VARIABLE.sub(lambda match: str(value(match[1])), text)


def read(path: Path, name: str) -> Source:
    """Read a file; `name` is how errors call it.

    Raises:
        ScenarioInvalid: it cannot be read, or is not YAML.
    """
    start, whole = Place(name, 1, 1), Place(name, 0, 0)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise whole.fault(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise whole.fault("is not UTF-8 text", "save it as UTF-8") from error
    try:
        _refuse_depth(text, start)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name, mark.line + 1, mark.column + 1) if mark else start
        problem = error.problem or error.context or ""
        hint = _COLON if problem.startswith("mapping values are not allowed") else None
        raise place.fault(f"is not YAML: {problem}", hint) from error
    except yaml.YAMLError as error:
        raise start.fault(f"is not YAML: {error}") from error
    if root is None:
        raise start.fault("is empty", "a scenario begins with 'scenario: what it shows'")
    return Source(name, path, root, text)


def _refuse_depth(text: str, start: Place) -> None:
    """Refuse what nests so deeply that composing it would overrun the C stack.

    Only a text with thousands of openings can: others are not looked at twice.
    """
    if text.count("[") + text.count("{") + text.count("- ") < _MANY_OPENINGS:
        return
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_DEEP:
            raise start.fault("nests or repeats too much")


def _place(file: str, node: Any) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


def _scalar(node: Any) -> Any:
    """A plain scalar by its look, as YAML 1.2's core schema has it; a quoted one is a text.

    So `no`, `on` and `12:30` stay words: country NO is Norway. So does `0150`, against that
    schema: a number with a leading zero is a postcode or a code.
    """
    text: str = node.value
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text) if text[0] in _NUMBER_STARTS else None
    if number is None or len(text) > _LONGEST_NUMBER:
        return text
    return Decimal(text) if number[1] or number[2] else int(text)


_WORDS = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*|(?=\.[0-9]))(\.[0-9]*)?([eE][-+]?[0-9]+)?")
_NUMBER_STARTS = frozenset("-+.0123456789")
_LONGEST_NUMBER = 40
