"""The joint between threads."""

from __future__ import annotations

import threading

from softfocus.realtime.slot import Latest


def test_a_newer_thing_replaces_an_unread_one_and_the_loss_is_counted() -> None:
    gone: list[int] = []
    slot: Latest[int] = Latest(discard=gone.append)
    slot.put(1)
    slot.put(2)
    assert slot.take(timeout=0) == 2
    assert (slot.dropped, gone) == (1, [1])


def test_an_empty_slot_gives_none_after_the_timeout() -> None:
    assert Latest[int]().take(timeout=0.01) is None


def test_what_is_inside_at_closing_is_still_handed_out_once() -> None:
    slot: Latest[int] = Latest()
    slot.put(1)
    slot.close()
    assert [slot.take(), slot.take()] == [1, None]


def test_a_closed_slot_discards_what_is_put() -> None:
    gone: list[int] = []
    slot: Latest[int] = Latest(discard=gone.append)
    slot.close()
    slot.put(1)
    slot.put_when_empty(2)
    assert gone == [1, 2]
    assert slot.take() is None


def test_waiting_puts_lose_nothing_to_a_slow_reader() -> None:
    slot: Latest[int] = Latest()
    seen: list[int] = []

    def read() -> None:
        while (thing := slot.take()) is not None:
            seen.append(thing)

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(1, 200):
        slot.put_when_empty(i)
    slot.close()
    reader.join()
    assert seen == list(range(1, 200))
    assert slot.dropped == 0


def test_closing_wakes_a_waiting_reader() -> None:
    slot: Latest[int] = Latest()
    woken: list[int | None] = []
    reader = threading.Thread(target=lambda: woken.append(slot.take()))
    reader.start()
    slot.close()
    reader.join(timeout=5)
    assert woken == [None]
