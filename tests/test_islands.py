"""What flashes up beside the person is not believed; the person is, at once."""

from __future__ import annotations

import numpy as np

from softfocus.models.segmenter import Mask
from softfocus.realtime.matting.islands import LASTING, Islands

SHAPE = (90, 160)
PERSON = (20, 90, 60, 100)
CHAIR = (60, 80, 130, 150)


def mask(*parts: tuple[int, int, int, int]) -> Mask:
    """Rectangles of certainty."""
    drawn = np.zeros(SHAPE, np.float32)
    for y0, y1, x0, x1 in parts:
        drawn[y0:y1, x0:x1] = 1
    return drawn


def seen(islands: Islands, *parts: tuple[int, int, int, int], frames: int, start: float = 0.0) -> Mask:
    """The last of so many masks at 30 fps."""
    for i in range(frames):
        last = islands(mask(*parts), start + i / 30)
    return last


def test_what_is_there_at_the_start_is_believed() -> None:
    both = mask(PERSON, CHAIR)
    assert np.array_equal(Islands()(both.copy(), 0.0), both)


def test_a_part_that_flashes_up_is_never_seen() -> None:
    islands = Islands()
    seen(islands, PERSON, frames=5)
    for i in range(2):
        assert np.array_equal(islands(mask(PERSON, CHAIR), 1 + i / 30), mask(PERSON))
    assert np.array_equal(islands(mask(PERSON), 1.1), mask(PERSON))


def test_a_part_that_lasts_is_believed_and_goes_at_once() -> None:
    islands = Islands()
    seen(islands, PERSON, frames=5)
    lasting = seen(islands, PERSON, CHAIR, frames=round(LASTING * 30) + 2, start=1.0)
    assert np.array_equal(lasting, mask(PERSON, CHAIR))
    assert np.array_equal(islands(mask(PERSON), 2.0), mask(PERSON))


def test_the_largest_part_and_what_touches_the_known_are_never_late() -> None:
    islands = Islands()
    seen(islands, CHAIR, frames=5)
    assert np.array_equal(islands(mask(PERSON), 1.0), mask(PERSON))
    hand = (40, 50, 102, 112)
    assert np.array_equal(islands(mask(PERSON, hand), 1.03), mask(PERSON, hand))


def test_after_a_reset_all_is_believed_again() -> None:
    islands = Islands()
    seen(islands, PERSON, frames=5)
    islands.reset()
    assert np.array_equal(islands(mask(PERSON, CHAIR), 1.0), mask(PERSON, CHAIR))
