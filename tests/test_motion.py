"""When a mask may serve another frame: never when anything moved, came or went."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from drawn import PERIOD, disc, frame, matte

from softfocus.models.open import open_segmenter
from softfocus.models.segmenter import InputSize, Mask, Rgb, Segmenter
from softfocus.realtime.backdrops.blur import Blur
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.frame import I420, Frame, Planes, Size
from softfocus.realtime.gate.gate import Gate
from softfocus.realtime.matting.denoised import Denoised
from softfocus.realtime.matting.effort import LADDER, Effort, Rung
from softfocus.realtime.matting.matting import Matting
from softfocus.realtime.matting.motion import LONGEST, Motion, Watch
from softfocus.realtime.matting.proof import EVERY, Proven
from softfocus.realtime.reason import Reason
from softfocus.realtime.scale import resized
from softfocus.realtime.sources.demo import Demo

SIZE = Size(640, 360)
NOISY = np.random.default_rng(7)


class Counted:
    """A model that counts its looks."""

    def __init__(self, inner: Segmenter) -> None:
        self.inner = inner
        self.name = inner.name
        self.input_size: InputSize = inner.input_size
        self.looks = 0

    def __call__(self, picture: Rgb) -> Mask:
        self.looks += 1
        return self.inner(picture)

    def reset(self) -> None:
        self.inner.reset()


def filmed(index: int, change: float = 0.0, noise: float = 4.0) -> Frame:
    """The demo's first frame again, as a camera that stands still sees it: with noise of its own.

    change  codes by which a patch of 40x40 px of the wall differs
    """
    first = Demo(SIZE).read(0)
    assert first
    planes = I420(SIZE).planes
    for plane, target, share in zip(first.planes, planes, (1, 0.5, 0.5), strict=True):
        target[:] = np.clip(plane + NOISY.normal(0, share * noise, plane.shape), 0, 255)
    planes.y[20:60, 20:60] = np.clip(planes.y[20:60, 20:60] + change, 0, 255)
    return Frame(planes, index, index * PERIOD, first.colour)


def path(effort: Effort | None = None) -> tuple[Matting, Counted]:
    """The matte path, and its close model."""
    close = Counted(open_segmenter("selfie-square"))
    return Matting(open_segmenter("selfie-landscape"), SIZE, close=Proven(close), effort=effort), close


def test_the_whole_frame_is_looked_at_in_frames_that_need_no_closer_look() -> None:
    demo = Demo(SIZE)
    wide, close = Counted(open_segmenter("selfie-landscape")), Counted(open_segmenter("selfie-square"))
    made = Matting(wide, SIZE, close=close, effort=LADDER[0].effort)
    looks: list[tuple[int, int]] = []
    for _ in range(60):
        frame, before = demo.read(0), (wide.looks, close.looks)
        assert frame
        made(frame)
        looks.append((wide.looks - before[0], close.looks - before[1]))
    later = looks[10:]
    assert sum(at_all for at_all, _ in later) >= 7, "five times a second, or nearly so"
    assert max(sum(each) for each in later) == 1
    assert 0.4 < np.mean([at_people for _, at_people in later]) < 0.7


def settled() -> tuple[Matting, Counted, int]:
    """After ten frames of a still picture; and the number of the next one."""
    made, close = path()
    for i in range(10):
        made(filmed(i))
    return made, close, 10


def test_a_still_picture_is_looked_at_a_few_times_a_second_only() -> None:
    made, close, start = settled()
    close.looks = 0
    mattes = [made(filmed(i)) for i in range(start, start + 30)]
    assert close.looks <= 30 / 5 + 30 / EVERY, "one in five or six, and the proofs"
    ages = [(start + i) * PERIOD - each.captured_at for i, each in enumerate(mattes)]
    assert 0 <= min(ages) <= max(ages) <= LONGEST * 1e9
    assert [each.again for each in mattes] == [age > 0 for age in ages]


def test_proofs_come_as_often_in_a_still_picture() -> None:
    made, close, start = settled()
    proofs = 0
    for i in range(start, start + 4 * EVERY):
        before = close.looks
        again = made(filmed(i)).again
        proofs += close.looks - before - (not again)  # in a frame that is looked at, or in one that is not
    assert proofs >= 3


@pytest.mark.parametrize("change", [-30.0, 12.0])
def test_what_changes_at_one_place_is_looked_at_in_the_same_frame(change: float) -> None:
    made, _, start = settled()
    assert made(filmed(start)).again or made(filmed(start + 1)).again, "it had been skipping"
    assert not made(filmed(start + 2, change)).again


def test_somebody_who_comes_in_ends_the_skipping_at_once() -> None:
    empty = frame(size=SIZE, alpha=np.zeros((360, 640), np.uint8))
    made, _ = path()
    for i in range(20):
        last = made(replace(empty, index=i, captured_at=i * PERIOD))
    assert last.again
    edge = np.zeros((360, 640), np.uint8)
    cv2.circle(edge, (0, 180), 12, 255, cv2.FILLED)
    assert not made(frame(20, edge, SIZE)).again


def test_slow_movement_adds_up() -> None:
    watch = Watch()
    seen = [watch_of(watch, x / 640) for x in range(320, 340)]
    assert seen[0] is Motion.NONE
    assert seen.index(Motion.SMALL) < seen.index(Motion.SOME)
    assert set(seen[12:]) == {Motion.SOME}


def watch_of(watch: Watch, x: float) -> Motion:
    """What it says of the drawn person at that place; it remembers the first."""
    picture = frame(alpha=disc(SIZE, x), size=SIZE).planes
    coarse, quarter = (
        Planes(*(resized(plane, size, interpolation=cv2.INTER_AREA) for plane in picture))
        for size in ((320, 180), (160, 90))
    )
    if watch._seen is None:
        watch.remember(Denoised(coarse, quarter), 0.0)
    return watch(Denoised(coarse, quarter), 0.01)


def test_a_stride_looks_again_at_what_moves_far_and_bounds_the_age() -> None:
    made, close = path(Effort(stride=3))
    demo = Demo(SIZE)
    for _ in range(12):
        slow = demo.read(0)
        assert slow
        made(slow)
    assert close.looks < 12, "the demo's camera sways by less than a pixel of the mask a frame"
    jumped = Planes(*(np.roll(plane, 24, axis=1) for plane in slow.planes))
    assert not made(replace(slow, planes=jumped, index=12, captured_at=12 * PERIOD)).again


@pytest.mark.parametrize("rung", LADDER, ids=lambda rung: rung.name)
def test_every_rung_finds_the_person_and_proves_the_masks(rung: Rung) -> None:
    made, _ = path(LADDER[0].effort)
    made.adjust(rung.effort)
    demo = Demo(SIZE, frames=12)
    for _ in range(12):
        shown = demo.read(0)
        assert shown
        alpha = made(shown).alpha
        assert 0.2 < np.mean(alpha > 127) < 0.8


def test_a_mask_that_serves_again_opens_no_gate() -> None:
    gate = Gate(Compositor(Blur(SIZE), SIZE), SIZE)
    shown = frame(size=SIZE)
    for i in range(6):
        gate(shown, replace(matte(shown), again=i > 0)).release()
        assert gate.shut is Reason.START
    for _ in range(2):
        gate(shown, matte(shown)).release()
    assert gate.shut is None
