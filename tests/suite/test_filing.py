"""`run --documents`: a folder a scenario, with every paper of it, always the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.cli.main import run_command
from pytest_purchaseflow import PurchaseflowServer
from tests.paper.reading import attached, message_of, text_of
from tests.server.catcher import catching

STORY = """\
scenario: "Cover is cancelled: ../../<b>no markup</b>"
shopper: {country: GB, currency: GBP, first_name: Ελένη, last_name: 山田}
products:
  - {sku: LAP, name: "Laptop <script>", category: computers, price: 1200.00}
steps:
  - add_to_cart: LAP
  - request_quote
  - choose_cover
  - pay: approved
  - collect
  - book
  - receive_documents
  - send_invoice
  - cancel
  - refund
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    path = tmp_path / "story.yaml"
    path.write_text(STORY, encoding="utf-8")
    return path


def _files(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, by its relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _run(story: Path, folder: Path, *options: str) -> dict[str, bytes]:
    assert run_command(["run", str(story), "--documents", str(folder), "--quiet", *options]) == 0
    return _files(folder)


def _named(files: dict[str, bytes], start: str, end: str) -> bytes:
    (found,) = [
        content
        for name, content in files.items()
        if Path(name).name.startswith(start) and name.endswith(end)
    ]
    return found


def test_every_paper_of_a_story_is_in_its_folder(story: Path, tmp_path: Path) -> None:
    files = _run(story, tmp_path / "papers")
    assert len({Path(name).parent for name in files}) == 1
    for start in ("certificate-", "wording-", "confirmation", "INV-", "CN-"):
        assert _named(files, start, ".pdf").startswith(b"%PDF")
        assert b"<script" not in _named(files, start, ".html")
    invoice, credit = (text_of(_named(files, start, ".pdf")) for start in ("INV-", "CN-"))
    assert "£1,300.80" in invoice
    assert "Laptop <script>" in invoice
    assert "Ελένη 山田" in invoice
    assert "£100.80" in credit
    assert "CANCELLED" in text_of(_named(files, "certificate-", ".pdf"))


def test_its_e_mails_are_messages_with_their_papers(story: Path, tmp_path: Path) -> None:
    files = _run(story, tmp_path / "papers")
    subjects = {
        Path(name).name: str(message_of(content)["Subject"])
        for name, content in files.items()
        if name.endswith(".eml")
    }
    assert list(subjects) == [
        "insurer-01-booking-created.eml",
        "insurer-02-booking-cancelled.eml",
        "shop-01.eml",
        "shop-02.eml",
    ]
    assert subjects["shop-02.eml"].startswith("Credit note CN-")
    papers = attached(message_of(_named(files, "shop-01", ".eml")))
    assert papers["confirmation.pdf"] == _named(files, "confirmation", ".pdf")


def test_same_seed_same_bytes_with_any_number_of_workers(story: Path, tmp_path: Path) -> None:
    first = _run(story, tmp_path / "first")
    assert _run(story, tmp_path / "second") == first
    assert _run(story.parent / "story.yaml", tmp_path / "third", "--workers", "2") == first
    assert _run(story, tmp_path / "fourth", "--seed", "2").keys() != first.keys()


def test_a_second_run_replaces_its_own_papers_and_nothing_else(story: Path, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    first = _run(story, folder)
    place = folder / Path(next(iter(first))).parent
    (place / "notes.txt").write_text("mine", encoding="utf-8")
    (place / "INV-OLD.pdf").write_bytes(b"old")
    again = _run(story, folder)
    assert again.keys() - first.keys() == {str(Path(place.name) / "notes.txt")}


def test_over_http_the_e_mails_are_the_same_and_the_shops_papers_too(
    story: Path, tmp_path: Path, purchaseflow_server: PurchaseflowServer
) -> None:
    here = _run(story, tmp_path / "here")
    there = _run(story, tmp_path / "there", "--backend", purchaseflow_server.url)
    assert there == {
        name: content
        for name, content in here.items()
        if not Path(name).name.startswith(("certificate-", "wording-"))
    }


def test_a_folder_that_cannot_be_made_is_told_before_anything_runs(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run_command(["run", str(story), "--documents", str(tmp_path / "file" / "x")]) == 2
    told = capsys.readouterr()
    assert "documents" in told.err
    assert "cannot be made" in told.err
    assert "PASS" not in told.out


def test_a_story_without_an_invoice_has_no_papers_of_the_shop(tmp_path: Path) -> None:
    story = tmp_path / "short.yaml"
    lines = STORY.splitlines(keepends=True)
    story.write_text("".join(lines[: lines.index("  - send_invoice\n")]), encoding="utf-8")
    names = [Path(name).name for name in _run(story, tmp_path / "papers")]
    assert "insurer-01-booking-created.eml" in names
    assert not [name for name in names if name.startswith(("INV", "confirmation", "shop"))]


def test_an_invoice_that_a_plugged_shop_makes_up_is_left_out(
    story: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an adapter reports, the run goes on and judges it."""
    (tmp_path / "odd_shop.py").write_text(
        "from dataclasses import replace\n"
        "from flow.chance import Dice\n"
        "from flow.shops.reference import ReferenceShop\n"
        "class Odd(ReferenceShop):\n"
        "    def send_invoice(self, act):\n"
        "        seen = super().send_invoice(act)\n"
        "        return replace(seen, invoice=replace(seen.invoice, total_tax=None))\n"
        "def make(backend):\n"
        "    return Odd(backend, Dice(1))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    options = ["--documents", str(tmp_path / "papers"), "--shop", "odd_shop:make", "--quiet"]
    run_command(["run", str(story), *options])
    names = [Path(name).name for name in _files(tmp_path / "papers")]
    assert "insurer-02-booking-cancelled.eml" in names
    assert not [name for name in names if name.startswith("INV")]


def test_both_sides_e_mails_are_brought_to_an_smtp_server_as_they_were_saved(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "papers" / "earlier-run"
    other.mkdir(parents=True)
    (other / "shop-01.eml").write_bytes(b"To: someone@else.test\r\n\r\nold")
    with catching() as catcher:
        files = _run(story, tmp_path / "papers", "--smtp", catcher.address)
        saved = [
            content
            for name, content in files.items()
            if name.endswith(".eml") and not name.startswith(other.name)
        ]
        caught = [catcher.next() for _ in saved]
        assert catcher.mails.empty()
    assert [mail.content for mail in caught] == saved
    subjects = [str(mail.message["Subject"]).rsplit(" ", 1)[0] for mail in caught]
    assert subjects == [
        "Your policy documents:",
        "Your policy was cancelled:",
        "Your order",
        "Credit note",
    ]
    assert {mail.sender for mail in caught} == {"cover@xcover.test", "orders@shop.test"}
    assert {to for mail in caught for to in mail.recipients} == {"alex.morgan@shopper.test"}
    assert "e-mails: 4 of 4 brought" in capsys.readouterr().out


def test_an_e_mail_that_is_not_taken_is_told_and_stays_in_its_folder(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story.write_text(
        STORY.replace("country: GB", "email: refused@shop.test, country: GB"), encoding="utf-8"
    )
    folder = tmp_path / "papers"
    with catching() as catcher:
        code = run_command(
            ["run", str(story), "--documents", str(folder), "--smtp", catcher.address]
        )
    told = capsys.readouterr()
    letters = sorted(folder.rglob("*.eml"))
    assert code == 3
    assert "e-mails: 0 of 4 brought" in told.out
    assert [line for line in told.err.splitlines() if line.startswith("undelivered")] == [
        f"undelivered: {letter}: refused: 550 No such person here" for letter in letters
    ]


def test_once_the_server_is_gone_no_more_e_mails_are_tried(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with catching() as catcher:
        catcher.leaves_after = 1
        folder = tmp_path / "papers"
        options = ["--documents", str(folder), "--smtp", catcher.address]
        assert run_command(["run", str(story), *options]) == 3
    told = capsys.readouterr()
    assert "e-mails: 1 of 4 brought" in told.out
    first, second = told.err.splitlines()
    assert first.startswith(f"undelivered: {sorted(folder.rglob('*.eml'))[1]}: ")
    assert second == "undelivered: 2 more, not tried"


def test_an_e_mail_that_was_taken_is_brought_however_the_server_says_goodbye(
    story: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with catching() as catcher:
        catcher.goodbye = "451 not now"
        _run(story, tmp_path / "papers", "--smtp", catcher.address)
    assert "e-mails: 4 of 4 brought" in capsys.readouterr().out


def test_a_failed_scenario_sends_its_e_mails_and_still_fails(story: Path, tmp_path: Path) -> None:
    story.write_text(f"{STORY}expect: {{state: browsing}}\n", encoding="utf-8")
    with catching() as catcher:
        options = ["--documents", str(tmp_path / "papers"), "--smtp", catcher.address]
        assert run_command(["run", str(story), *options]) == 1
        assert [catcher.next() for _ in range(4)]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--smtp", "127.0.0.1:1"], "say where with --documents"),
        (["--smtp", "127.0.0.1:1", "--documents", "papers"], "--smtp 127.0.0.1:1: "),
        (["--smtp", "nowhere", "--documents", "papers"], "no HOST:PORT"),
        (["--smtp", "nowhere"], "no HOST:PORT"),
        (["--smtp", "a..b:25", "--documents", "papers"], "--smtp a..b:25: "),
    ],
)
def test_what_cannot_be_brought_is_refused_before_anything_runs(
    story: Path,
    tmp_path: Path,
    options: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["run", str(story), *options]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert "PASS" not in told.out
    assert not (tmp_path / "papers").exists()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_a_server_of_the_environment_that_is_meant_for_serve_stops_no_run(
    story: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_SMTP", address)
    assert run_command(["run", str(story), "--quiet"]) == 0


def test_each_of_two_orders_has_papers_of_its_own(tmp_path: Path) -> None:
    story = (
        Path(__file__).resolve().parents[2]
        / "scenarios"
        / "at_once"
        / "second_order_beside_the_first.yaml"
    )
    assert run_command(["run", str(story), "--documents", str(tmp_path), "--quiet"]) == 0
    (folder,) = tmp_path.iterdir()
    names = {path.name for path in folder.iterdir()}
    assert {"confirmation.pdf", "order-2-confirmation.pdf"} <= names
    assert {"shop-01.eml", "order-2-shop-01.eml", "order-2-shop-02.eml"} <= names
    numbers = [name for name in names if "INV-" in name and name.endswith(".pdf")]
    assert len(numbers) == 2
    assert len({name.removeprefix("order-2-") for name in numbers}) == 2
