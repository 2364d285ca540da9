"""A page of the portal as a program reads it: its forms, its marks, its words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Form", "Page", "read_page"]


@dataclass(slots=True)
class Form:
    """A form: where it is sent, and its fields as they stand.

    `choices` holds the values of each select and each group of radio buttons.
    """

    id: str
    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Page:
    """What a page shows. `marks` are its elements with `data-` attributes, in order."""

    forms: dict[str, Form] = field(default_factory=dict)
    marks: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def marked(self, name: str) -> Iterator[dict[str, str]]:
        """Elements with that mark."""
        return (mark for mark in self.marks if name in mark)

    def mark(self, name: str) -> str:
        """The value of the first such mark; empty where there is none."""
        return next((mark[name] for mark in self.marked(name)), "")


def read_page(html: str) -> Page:
    """Read a page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Collects forms and marks; the words of a notice go to its mark, those of faults apart."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._form: Form | None = None
        self._select = ""
        self._listening: tuple[str, list[str]] | None = None
        self._notice: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        marks = {name[5:]: value for name, value in given.items() if name.startswith("data-")}
        if marks:
            self.page.marks.append(marks)
        if "trouble" in marks:
            self._notice = marks
        if tag == "p" and (self._notice is not None or given.get("class") == "fault"):
            self._listening = ("trouble" if self._notice else "fault", [])
        if tag == "form":
            self._form = Form(given.get("id", ""), given.get("action", ""))
            self.page.forms[self._form.id] = self._form
        if self._form is not None:
            self._take_field(self._form, tag, given)

    def _take_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "select":
            self._select = name
            form.fields[name] = []
        elif tag == "option":
            form.choices.setdefault(self._select, []).append(value)
            if "selected" in given or not form.fields[self._select]:
                form.fields[self._select] = [value]
        elif tag == "input" and given.get("type") in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(value)
            if "checked" in given:
                form.fields.setdefault(name, []).append(value)
        elif tag == "input":
            form.fields[name] = [value]

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag == "form":
            self._form = None
        if tag == "p" and self._listening is not None:
            kind, parts = self._listening
            text = " ".join("".join(parts).split())
            if kind == "trouble" and self._notice is not None:
                self._notice["text"] = text
            else:
                self.page.faults.append(text.removeprefix("▲ "))
            self._listening = self._notice = None

    def handle_data(self, data: str) -> None:
        """Text."""
        if self._listening is not None:
            self._listening[1].append(data)
