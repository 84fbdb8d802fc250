"""Who is there at once, in a picture that stays as it was, is noticed; whoever comes as people do is not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from spoilt import Spoilt

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Frame, Plane, Size
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.matting.open import CLOSE_MODEL
from softfocus.realtime.matting.proof import EVERY, Proven
from softfocus.realtime.matting.sudden import Sudden
from softfocus.realtime.reason import MaskRefused, Reason
from softfocus.realtime.sources.demo import Demo

SIZE = Size(320, 180)


def room() -> Plane:
    return np.random.default_rng(3).integers(60, 180, (SIZE.height, SIZE.width)).astype(np.uint8)


def person(*edges: int) -> Mask:
    """In the box of those edges: x0, y0, x1, y1."""
    x0, y0, x1, y1 = edges
    mask = np.zeros((SIZE.height, SIZE.width), np.float32)
    mask[y0:y1, x0:x1] = 1
    return mask


def test_who_appears_and_changes_nothing_is_noticed_once() -> None:
    sudden, picture = Sudden(), room()
    assert not sudden(person(100, 60, 180, 180), picture), "nothing is known before the first"
    assert not sudden(person(100, 60, 180, 180), picture)
    both = np.maximum(person(100, 60, 180, 180), person(240, 0, 300, 60))
    assert sudden(both, picture)
    assert not sudden(both, picture)
    sudden.reset()
    assert not sudden(person(0, 0, 100, 100), picture)


def test_who_comes_into_the_picture_is_not() -> None:
    sudden, picture = Sudden(), room()
    sudden(person(100, 60, 180, 180), picture)
    changed = picture.copy()
    changed[0:60, 240:300] = 30
    assert not sudden(np.maximum(person(100, 60, 180, 180), person(240, 0, 300, 60)), changed)


def test_an_edge_that_trembles_is_not() -> None:
    sudden, picture = Sudden(), room()
    sudden(person(100, 60, 180, 180), picture)
    assert not sudden(person(94, 54, 186, 180), picture)


def made_up(mask: Mask) -> Mask:
    """A person besides, in the upper right."""
    height, width = mask.shape
    mask[: height // 2, -width // 4 :] = 1
    return mask


def filmed(count: int) -> Iterator[Frame]:
    source = Demo(Size(640, 360))
    for _ in range(count):
        frame = source.read(0)
        assert frame
        yield frame


@pytest.mark.parametrize("closely", [True, False])
@pytest.mark.parametrize("good", [EVERY // 2, EVERY, EVERY + 5])
def test_what_a_model_makes_up_is_refused_however_short_ago_it_was_proven(good: int, closely: bool) -> None:
    wide, close = Spoilt(), Spoilt(real=open_segmenter(CLOSE_MODEL))
    matting = Matting(Proven(wide), Size(640, 360), close=Proven(close) if closely else None)
    frames = filmed(good + 3)
    for _ in range(good):
        matting(next(frames))
    wide.spoil = close.spoil = made_up
    for frame in frames:
        with pytest.raises(MaskRefused) as refused:
            matting(frame)
        assert refused.value.reason is Reason.BLIND
        matting.reset()
