"""Where the documents of played cases go: a folder a case, as PDF, HTML and `.eml`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from flow.backends.base import Backend
from flow.billing.bill import bill_sheet, bills_of
from flow.billing.confirmation import confirmation_sheet
from flow.billing.letters import bill_letter, confirmation_letter
from flow.billing.sale import sale_of
from flow.orders import FIRST
from flow.paper.page import to_html
from flow.paper.pdf import to_pdf
from flow.paper.sheet import Sheet
from flow.suite.folders import make_folder, name_of
from flow.suite.grammar import Case
from flow.trace import History
from models import Mail

__all__ = ["Filing", "Folder"]

_OURS = ("*.pdf", "*.html", "*.eml")


@runtime_checkable
class _PrintsLetters(Protocol):
    """Controls of an insurer whose e-mails can be had as they travel."""

    def keep_letters(self) -> None: ...

    def outbox(self) -> Sequence[Mail]: ...

    def letter(self, number: int) -> bytes: ...


@runtime_checkable
class _ShowsSheets(Protocol):
    """Controls of an insurer in this process."""

    def sheets(self) -> dict[str, Sheet]: ...


class Folder:
    """The documents of one case: begun before its first step, filled after its last.

    Attributes:
        path: where it is to be, and is once it was filled.
    """

    def __init__(self, path: Path, order_number: str, controls: object) -> None:
        self.path = path
        self._order_number = order_number
        self._controls = controls
        if isinstance(controls, _PrintsLetters):
            controls.keep_letters()

    def fill(self, histories: Sequence[History]) -> None:
        """Write what there is; files of an earlier run of the same case are written over."""
        self.path.mkdir(parents=True, exist_ok=True)
        for pattern in _OURS:
            for old in self.path.glob(pattern):
                old.unlink()
        self._file_insurer()
        for number, history in enumerate(histories, start=1):
            if number == FIRST:
                self._file_shop(history, self._order_number)
            else:
                other = f"{self._order_number[:-1]}{number}"
                self._file_shop(history, other, which=f"order-{number}-")

    def _file_insurer(self) -> None:
        """Its e-mails where its outbox can be seen, and documents where it is in this process."""
        if isinstance(self._controls, _ShowsSheets):
            for name, sheet in self._controls.sheets().items():
                self._write_sheet(name, sheet)
        if isinstance(self._controls, _PrintsLetters):
            for number, mail in enumerate(self._controls.outbox(), start=1):
                name = f"insurer-{number:02}-{mail.event.value.lower().replace('_', '-')}.eml"
                (self.path / name).write_bytes(self._controls.letter(number))

    def _file_shop(self, history: History, otherwise: str, *, which: str = "") -> None:
        """Confirmation, invoice, and what follows them; nothing when none was sent."""
        sale = sale_of(history, otherwise)
        if sale is None:
            return
        invoice, *others = bills_of(sale)
        self._write_sheet(f"{which}confirmation", confirmation_sheet(sale))
        for bill in (invoice, *others):
            self._write_sheet(f"{which}{bill.number}", bill_sheet(sale, bill))
        letters = [confirmation_letter(sale, invoice), *(bill_letter(sale, b) for b in others)]
        for number, letter in enumerate(letters, start=1):
            (self.path / f"{which}shop-{number:02}.eml").write_bytes(letter.to_bytes())

    def _write_sheet(self, name: str, sheet: Sheet) -> None:
        (self.path / f"{name}.pdf").write_bytes(to_pdf(sheet))
        (self.path / f"{name}.html").write_text(to_html(sheet), encoding="utf-8")


class Filing:
    """Makes a folder a case, named by its file, name and seed.

    Raises:
        ConfigInvalid: the folder for all of them cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder, "documents")

    def __call__(self, case: Case, seed: int, backend: Backend) -> Folder:
        """A case begins."""
        return Folder(self._folder / name_of(case, seed), f"{seed:016X}"[:8], backend.controls)
