"""Two pieces of work at once, in an order that can be repeated."""

from __future__ import annotations

import threading

import pytest

from flow.deadline import deadline
from flow.turns import Turns


def _told(order: str, *, first: int, second: int) -> tuple[str, list[int]]:
    """Who did a piece of work when: each does one, and the next after each call."""
    turns = Turns(order)
    log: list[str] = []

    def work(name: str, pieces: int) -> None:
        for piece in range(pieces):
            if piece:
                with turns.call():
                    pass
            log.append(name)

    ended = turns.run(lambda: work("a", first), lambda: work("b", second))
    return "".join(log), ended


@pytest.mark.parametrize(
    ("order", "log", "ended"),
    [
        ("12", "ababab", [0, 1]),
        ("21", "bababa", [1, 0]),
        ("1", "aaabbb", [0, 1]),
        ("2", "bbbaaa", [1, 0]),
        ("112", "aabaabbb"[:2] + "babb", [0, 1]),
    ],
)
def test_turns_are_taken_as_ordered(order: str, log: str, ended: list[int]) -> None:
    assert _told(order, first=3, second=3) == (log, ended)


def test_who_has_ended_is_passed_over() -> None:
    assert _told("12", first=1, second=4) == ("abbbb", [0, 1])


def test_it_comes_out_the_same_every_time() -> None:
    assert len({_told("1122", first=9, second=7)[0] for _ in range(50)}) == 1


def test_who_waits_for_a_lock_of_the_other_is_passed_over_until_it_is_free() -> None:
    """A shop that lets a second tab wait is as right as one that refuses it."""
    turns, lock = Turns("12"), threading.Lock()
    log: list[str] = []

    def work(name: str) -> None:
        with lock:
            for _ in range(2):
                with turns.call():
                    log.append(name)

    assert turns.run(lambda: work("a"), lambda: work("b")) == [0, 1]
    assert "".join(log) == "aabb"


def test_who_was_held_up_takes_turns_again() -> None:
    turns, lock = Turns("12"), threading.Lock()
    log: list[str] = []

    def work(name: str) -> None:
        with lock, turns.call():
            log.append(name)
        for _ in range(2):
            with turns.call():
                log.append(name)

    turns.run(lambda: work("a"), lambda: work("b"))
    assert sorted(log) == list("aaabbb")
    assert log[0] == "a"


def test_two_that_wait_for_each_other_are_ended_by_the_alarm() -> None:
    turns = Turns("12")
    locks = threading.Lock(), threading.Lock()

    def work(number: int) -> None:
        with locks[number], turns.call(), locks[1 - number]:
            pass

    with pytest.raises(TimeoutError, match="no end after"), deadline.of(0.3):
        turns.run(lambda: work(0), lambda: work(1))


def test_what_hangs_beside_the_caller_is_given_up_and_the_caller_ends() -> None:
    turns, forever = Turns("12"), threading.Event()
    log: list[str] = []

    def hang() -> None:
        with turns.call():
            log.append("hangs")
            forever.wait()

    def work() -> None:
        for _ in range(3):
            with turns.call():
                log.append("works")

    with pytest.raises(TimeoutError, match="no end after"), deadline.of(0.3):
        turns.run(work, hang)
    assert log == ["works", "hangs", "works", "works"]
    forever.set()


def test_what_was_given_up_calls_nobody_when_it_goes_on() -> None:
    turns, late, told = Turns("12"), threading.Event(), threading.Event()
    came: list[str] = []

    def hang() -> None:
        late.wait()
        try:
            with turns.call():
                came.append("called")
        except TimeoutError as error:
            came.append(str(error))
        told.set()

    def work() -> None:
        with turns.call():
            pass

    with pytest.raises(TimeoutError), deadline.of(0.3):
        turns.run(work, hang)
    late.set()
    told.wait()
    assert came == ["given up, for it had no end in time"]


def test_work_that_had_no_turn_before_is_done_on_the_callers_thread() -> None:
    """What was never interrupted needs no second thread: a connection may belong to one."""
    threads: list[int] = []
    Turns("12").run(
        lambda: threads.append(threading.get_ident()), lambda: threads.append(threading.get_ident())
    )
    assert threads == [threading.get_ident()] * 2


def test_threads_that_work_begins_by_itself_take_no_turns() -> None:
    """A shop that asks for several packages at the same time, in both of two acts."""
    turns = Turns("12")
    log: list[str] = []

    def call(name: str) -> None:
        with turns.call():
            log.append(name)

    def work(name: str) -> None:
        call(name)
        helpers = [threading.Thread(target=call, args=(name,)) for _ in range(3)]
        for helper in helpers:
            helper.start()
        for helper in helpers:
            helper.join()
        call(name)

    turns.run(lambda: work("a"), lambda: work("b"))
    assert sorted(log) == list("aaaaabbbbb")
