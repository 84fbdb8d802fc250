"""Who is there: detectors say so, and nobody else is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from softfocus.bench.stills import filmed
from softfocus.models.detect.body import Body
from softfocus.models.detect.detector import Box, Detection
from softfocus.models.detect.region import Region
from softfocus.models.native.network import Workspace
from softfocus.models.segmenter import Mask, Rgb
from softfocus.realtime.colour import Picture
from softfocus.realtime.frame import Frame, Size
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.sources.demo import Demo
from softfocus.realtime.sources.picture import read_picture
from softfocus.realtime.witnesses.claims import LOST, Claim, Claims, paired
from softfocus.realtime.witnesses.inquiry import AtOnce, Beside
from softfocus.realtime.witnesses.open import Lazy, open_senses
from softfocus.realtime.witnesses.senses import Rect, Senses
from softfocus.realtime.witnesses.senses import Testimony as Told
from softfocus.realtime.witnesses.standing import APART, STILL, Standing
from softfocus.realtime.witnesses.witness import Witness

COARSE = Size(320, 180)
LUMA = np.full((COARSE.height, COARSE.width), 90, np.uint8)
HEAD, OTHER = Rect(60, 40, 90, 70), Rect(220, 40, 250, 70)


def claim(head: Rect, seen: float = 0.0) -> Claim:
    return Claim(1, "face", head, Rect(head.x0 - 30, head.y0 - 20, head.x1 + 30, 180), seen, seen)


def people(*heads: Rect) -> Mask:
    """Somebody as wide as three heads below each."""
    mask = np.zeros((COARSE.height, COARSE.width), np.float32)
    for head in heads:
        mask[int(head.y0) :, int(head.x0) - 30 : int(head.x1) + 30] = 1
    return mask


def shown(mask: Mask, head: Rect) -> bool:
    return bool(mask[150, int(head.x0)] > 0.5)


def test_a_part_without_a_head_is_taken_out_and_the_other_stays_as_it_is() -> None:
    mask = people(HEAD, OTHER)
    Standing()(mask, LUMA, [claim(HEAD)], 0.0)
    assert np.array_equal(mask, people(HEAD))


def test_a_part_that_was_shown_goes_on_without_a_testimony_for_as_long_as_it_moves() -> None:
    standing = Standing()
    standing(people(HEAD), LUMA, [claim(HEAD)], 0.0)
    for n in range(1, 60):
        mask = people(HEAD)
        standing(mask, np.roll(noisy(n), n, axis=0), [], n / 2)
        assert shown(mask, HEAD), n


def noisy(seed: int) -> np.ndarray:
    some = np.random.default_rng(seed).integers(0, 255, (9, 16), dtype=np.uint8)
    return np.kron(some, np.ones((20, 20), np.uint8))


def test_a_part_that_stands_still_ends_without_a_testimony() -> None:
    standing = Standing()
    standing(people(HEAD), LUMA, [claim(HEAD)], 0.0)
    for seconds in np.arange(0.5, STILL + 1, 0.5):
        mask = people(HEAD)
        standing(mask, LUMA, [], float(seconds))
    assert not shown(mask, HEAD)


def test_a_coat_that_its_owner_has_left_ends_sooner() -> None:
    standing = Standing()
    both = people(HEAD, OTHER)
    both[160:, :] = 1  # joined below
    standing(both, LUMA, [claim(HEAD)], 0.0)
    for seconds in np.arange(0.5, APART + 1, 0.5):
        mask = people(HEAD, OTHER)
        standing(mask, LUMA, [claim(HEAD, float(seconds))], float(seconds))
    assert shown(mask, HEAD)
    assert not shown(mask, OTHER)


def test_heads_that_moved_are_still_whose_they_were() -> None:
    moved = [Rect(h.x0 + 28, h.y0, h.x1 + 28, h.y1) for h in (HEAD, OTHER)]
    assert paired(moved[::-1], [HEAD, OTHER]) == {0: 1, 1: 0}
    far = Rect(HEAD.x0 + 100, HEAD.y0, HEAD.x1 + 100, HEAD.y1)
    assert paired([far], [HEAD]) == {}


def body(presence: float) -> Body:
    there = Region(160, 90, 100, 100)
    mask = np.full((256, 256), 0.9, np.float32)
    return Body(presence, np.zeros((33, 2), np.float32), np.zeros(33, np.float32), mask, there, there)


def told(score: float, head: Rect = HEAD) -> Told:
    return Told("face", score, head, Region(75, 150, 280, 280))


def test_a_face_without_a_body_is_nobody() -> None:
    claims = Claims(COARSE)
    claims.hear([(told(0.9), (body(0.1), body(0.9)))], 0.0)
    assert not claims.known
    assert [head for _, head in claims.refuted] == [HEAD]


def test_a_faint_face_is_believed_when_it_is_seen_in_a_second_frame() -> None:
    claims = Claims(COARSE)
    for seconds, known in ((0.0, 0), (0.0, 0), (0.3, 1)):
        claims.hear([(told(0.45), (body(0.99), body(0.99)))], seconds)
        assert len(claims.known) == known


@pytest.mark.parametrize("presence", [float("nan"), float("inf"), -1.0])
def test_a_body_that_is_no_number_is_no_body(presence: float) -> None:
    claims = Claims(COARSE)
    claims.hear([(told(0.9), (body(presence),))], 0.0)
    assert not claims.known


def test_who_is_in_no_mask_and_not_testified_for_is_forgotten() -> None:
    claims = Claims(COARSE)
    claims.hear([(told(0.9), (body(0.99),))], 0.0)
    claims.expire([], LOST)
    assert claims.known
    claims.expire([], LOST + 0.1)
    assert not claims.known


def empty() -> Picture:
    """A room: floor, wall, a picture on it."""
    room = np.full((360, 640, 3), 150, np.uint8)
    room[250:] = (60, 80, 120)
    room[60:140, 400:520] = (40, 90, 200)
    return room


def everybody(picture: Rgb) -> Sequence[Detection]:
    """A face in every place."""
    side = picture.shape[0] / 4
    boxes = [Box(x * side, y * side, (x + 1) * side, (y + 1) * side) for x in range(6) for y in range(3)]
    return [Detection("face", box, 0.99, np.zeros((6, 2), np.float32)) for box in boxes]


def nobody(picture: Rgb) -> Sequence[Detection]:
    return ()


def not_a_number(picture: Rgb) -> Sequence[Detection]:
    box = Box(float("nan"), 0.0, float("inf"), 1.0)
    return [Detection("face", box, float("nan"), np.full((6, 2), np.nan, np.float32))]


def beyond(picture: Rgb) -> Sequence[Detection]:
    return [Detection("face", Box(-900.0, -900.0, -800.0, -700.0), 0.99, np.zeros((6, 2), np.float32))]


def senses(face: object) -> Senses:
    real = open_senses()
    return Senses(face=face, pose=nobody, palm=nobody, body=real._body)  # type: ignore[arg-type]


def demo(count: int) -> list[Frame]:
    source = Demo(Size(640, 360))
    frames = [source.read(0) for _ in range(count)]
    return [frame for frame in frames if frame]


@pytest.mark.parametrize("lie", [everybody, not_a_number, beyond])
def test_in_an_empty_room_no_lie_of_a_detector_shows_anything(lie: object) -> None:
    matting = open_matting(Size(640, 360), inquiry=AtOnce(senses(lie)))
    assert not any(matting(frame).alpha.any() for frame in list(filmed(empty()))[:6])


@pytest.mark.parametrize("lie", [nobody, not_a_number, beyond])
def test_nobody_is_shown_for_whom_nobody_testifies(lie: object) -> None:
    frames = demo(3)
    matting = open_matting(frames[0].size, inquiry=AtOnce(senses(lie)))
    assert not any(matting(frame).alpha.any() for frame in frames)


def test_who_is_there_is_in_the_first_mask_also_beside_a_call() -> None:
    inquiry = Beside(open_senses())
    frame = demo(1)[0]
    try:
        alpha = open_matting(frame.size, inquiry=inquiry)(frame).alpha
    finally:
        inquiry.close()
    assert np.mean(alpha > 127) > 0.1


def test_senses_that_fail_beside_a_call_end_nothing() -> None:
    def fails(picture: Rgb) -> Sequence[Detection]:
        raise RuntimeError("broken")

    inquiry = Beside(senses(nobody))
    frames = demo(40)
    witness = Witness(inquiry, COARSE)
    try:
        planes = frames[0].planes
        fine = type(planes)(planes.y, *(np.repeat(np.repeat(p, 2, 0), 2, 1) for p in planes[1:]))
        witness.look(fine, frames[0].colour, 0.0)
        inquiry.senses = senses(fails)
        for n in range(1, 20):
            witness.look(fine, frames[0].colour, n / 5)
        assert not witness.known
    finally:
        inquiry.close()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["e612_bears", "e599_cat_chair", "k0632"])
def test_a_room_without_anybody_shows_nothing(name: str, shared: Path) -> None:
    frames = list(filmed(read_picture(shared / "data" / "stills_world" / f"{name}.jpg")))
    matting = open_matting(frames[0].size)
    assert not any(matting(frame).alpha.any() for frame in frames[:12])


@pytest.mark.shared
def test_two_people_are_found_at_once(shared: Path) -> None:
    frame = next(filmed(read_picture(shared / "data" / "stills_world" / "c113_two_cake.jpg")))
    matting = open_matting(frame.size)
    matting(frame)
    witness = matting._witness
    assert witness
    assert len(witness.known) == 2
    assert not witness.newcomers


def test_a_detector_that_cannot_be_opened_now_finds_nobody_and_is_opened_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    resource = pytest.importorskip("resource", reason="Windows bounds no open files")
    palm, picture = Lazy("palm", Workspace()), np.zeros((192, 192, 3), np.uint8)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        assert palm(picture) == ()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert "cannot be opened" in caplog.text
    caplog.clear()
    palm(picture)
    assert not caplog.text
