"""A patch with the room's colours is no person, however sure the model; a single place may be one."""

from __future__ import annotations

import cv2
import numpy as np

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Planes, Size
from softfocus.realtime.kernel.evidence import Floats
from softfocus.realtime.kernel.histogram import COLOURS
from softfocus.realtime.matting.denoised import Denoised
from softfocus.realtime.matting.gaps import without_gaps
from softfocus.realtime.matting.palette import Palette
from softfocus.realtime.scale import half

SIZE = Size(160, 90)
PERSON, ROOM = (90.0, 110.0, 160.0), (140.0, 135.0, 120.0)
GAP = np.s_[40:52, 70:82]  # in the person, through which the room is seen
INNER = np.s_[41:51, 71:81]


def person() -> Mask:
    """What the model sees: nothing of the gap."""
    drawn = np.zeros((SIZE.height, SIZE.width), np.float32)
    drawn[20:, 50:110] = 1
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 1.5) * np.float32(0.998), np.float32)


def seen(gap: tuple[slice, slice]) -> Denoised:
    """The frame, with sensor noise."""
    rng = np.random.default_rng(3)
    there = person() > 0.5
    there[gap] = False
    codes = [np.where(there, p, r) + rng.normal(0, 2, there.shape) for p, r in zip(PERSON, ROOM, strict=True)]
    coarse = [np.clip(np.rint(code), 0, 255).astype(np.uint8) for code in codes]
    return Denoised(Planes(*coarse), Planes(*map(half, coarse)))


def learnt(picture: Denoised) -> Floats:
    palette = Palette()
    palette(person(), picture.whole, 0.0)
    return palette.evidence


def test_a_gap_that_the_model_is_sure_of_is_emptied_and_the_person_around_it_stays() -> None:
    picture = seen(GAP)
    emptied = without_gaps(person(), picture.halved, learnt(picture))
    assert emptied[INNER].max() < 0.1
    around = person() > 0.95
    around[38:54, 68:84] = False
    assert emptied[around].min() > 0.94


def test_at_the_edge_of_the_person_only_the_middle_of_a_patch_is_emptied() -> None:
    beside = np.s_[30:80, 40:56]
    picture = seen(beside)
    emptied = without_gaps(person(), picture.halved, learnt(picture))
    assert emptied[34:76, 48:52].max() < 0.1
    assert emptied[34:76, 54:56].min() > 0.95


def test_a_strand_of_the_rooms_colour_stays() -> None:
    strand = np.s_[30:70, 75:78]
    picture = seen(strand)
    assert without_gaps(person(), picture.halved, learnt(picture))[strand].min() > 0.95


def test_where_no_colour_tells_anything_the_mask_stays_what_it_is() -> None:
    mask = without_gaps(person(), seen(GAP).halved, np.zeros(COLOURS, np.float32))
    assert np.array_equal(mask, person())


def test_nobody_stays_nobody() -> None:
    nobody = np.zeros_like(person())
    assert not without_gaps(nobody, seen(GAP).halved, np.full(COLOURS, -2, np.float32)).any()
