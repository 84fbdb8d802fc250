"""The room is shown only by two keys, one after the other."""

from __future__ import annotations

import pytest

from softfocus.realtime.gate.passthrough import Passthrough


def pressed(*keys: str | None, on: bool = False) -> tuple[list[bool], list[str | None]]:
    """What was wished for, and what was written, after each key."""
    wishes: list[bool] = []
    toggle = Passthrough(wishes.append, on=on)
    return wishes, [toggle(key) for key in keys]


def test_space_asks_and_y_shows_the_room() -> None:
    wishes, notes = pressed(" ", None, "y")
    assert wishes == [True]
    assert notes == ["show the room as it is? y / n"] * 2 + [None]


@pytest.mark.parametrize("answer", ["n", " ", "Y", "q"])
def test_any_other_answer_is_a_no(answer: str) -> None:
    assert pressed(" ", answer, "y") == ([], ["show the room as it is? y / n", None, None])


def test_no_other_key_does_anything() -> None:
    assert pressed("y", "n", "p", "\r") == ([], [None] * 4)


@pytest.mark.parametrize("on", [False, True])
def test_space_blurs_again_without_asking(on: bool) -> None:
    keys = () if on else (" ", "y")
    wishes, notes = pressed(*keys, " ", on=on)
    assert wishes[-1] is False
    assert notes[-1] is None
