"""Detectors: what they find in real pictures beside MediaPipe's answers, and the arithmetic round them."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from softfocus.models.detect.anchors import anchors
from softfocus.models.detect.body import BodyLandmarker, corrected
from softfocus.models.detect.decode import Found, decode, each_once
from softfocus.models.detect.detector import Detection, Detector
from softfocus.models.detect.region import Region, aligned, laid_on, to_picture, view, whole
from softfocus.models.segmenter import Rgb
from softfocus.realtime.sources import demo

ASTRONAUT = Path(demo.__file__).with_name("astronaut.jpg")

# What MediaPipe 0.10.21's own interfaces say of that picture, px.
FACE = [173.4, 67.4, 278.2, 172.2]
FACE_POINTS = [(202.5, 103.2), (248.0, 105.5), (223.9, 131.9), (222.5, 148.5), (178.1, 108.0), (271.8, 112.5)]
BODY_POINTS = {
    0: (223.9, 132.6),
    2: (248.5, 116.2),
    5: (205.6, 108.2),
    11: (305.6, 256.2),
    12: (109.6, 243.4),
}
BODY_AREA = 0.433  # mean of its mask


@pytest.fixture(scope="module")
def faces() -> Detector:
    return Detector("face")


@pytest.fixture(scope="module")
def poses() -> Detector:
    return Detector("pose")


@pytest.fixture(scope="module")
def bodies() -> BodyLandmarker:
    return BodyLandmarker()


def read(path: Path) -> Rgb:
    picture = cv2.imread(str(path))
    assert picture is not None
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def iou(one: Detection, other: Detection) -> float:
    width = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
    height = min(one.box.bottom, other.box.bottom) - max(one.box.top, other.box.top)
    shared = max(width, 0) * max(height, 0)
    areas = [(e.box.right - e.box.left) * (e.box.bottom - e.box.top) for e in (one, other)]
    return shared / (sum(areas) - shared)


def test_the_face_is_where_mediapipe_finds_it(faces: Detector) -> None:
    (face,) = faces(read(ASTRONAUT))
    assert face.kind == "face"
    assert face.score == pytest.approx(0.911, abs=0.01)
    np.testing.assert_allclose(face.box, FACE, atol=1)
    np.testing.assert_allclose(face.keypoints, FACE_POINTS, atol=1)


def test_the_body_is_where_mediapipe_finds_it(poses: Detector, bodies: BodyLandmarker) -> None:
    """Its next region is near to the one that the pose detector gave: the same body is in both."""
    picture = read(ASTRONAUT)
    (pose,) = poses(picture)
    body = bodies(picture, pose.body)
    assert body.presence > 0.9
    for number, point in BODY_POINTS.items():
        np.testing.assert_allclose(body.landmarks[number], point, atol=2.5)
        assert body.visibility[number] > 0.99
    mask = body.on(picture.shape[1], picture.shape[0])
    assert mask.shape == picture.shape[:2]
    assert mask.mean() == pytest.approx(BODY_AREA, abs=0.01)
    assert body.next.side == pytest.approx(pose.body.side, rel=0.1)
    assert math.hypot(body.next.x - pose.body.x, body.next.y - pose.body.y) < 0.05 * pose.body.side


def test_a_face_is_found_in_the_region_that_it_is_looked_for_in(faces: Detector) -> None:
    """Too small for the whole picture, found in a tile of it, and at its place in the picture."""
    picture = read(ASTRONAUT)
    large = np.full((1500, 2700, 3), 127, np.uint8)
    large[700:780, 1900:1980] = cv2.resize(picture, (80, 80), interpolation=cv2.INTER_AREA)
    assert faces(large) == ()
    (face,) = faces(large, Region(1940, 740, 150, 100))
    assert face.box.left == pytest.approx(1900 + FACE[0] * 80 / 512, abs=2)
    assert face.box.bottom == pytest.approx(700 + FACE[3] * 80 / 512, abs=2)


def test_nothing_is_found_where_nothing_is(faces: Detector, poses: Detector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    for picture in (np.zeros((90, 160, 3), np.uint8), noise):
        assert faces(picture) == ()
        assert poses(picture) == ()


def test_what_was_seen_before_leaves_no_trace(faces: Detector) -> None:
    picture = read(ASTRONAUT)
    (first,) = faces(picture)
    faces(np.zeros_like(picture))
    (again,) = faces(picture)
    assert (again.box, again.score) == (first.box, first.score)


def test_an_answer_is_the_callers(faces: Detector, bodies: BodyLandmarker) -> None:
    picture = read(ASTRONAUT)
    (face,), body = faces(picture), bodies(picture, whole(picture))
    points, mask = face.keypoints.copy(), body.mask.copy()
    faces(picture[::-1])
    bodies(picture[::-1], whole(picture))
    np.testing.assert_array_equal(face.keypoints, points)
    np.testing.assert_array_equal(body.mask, mask)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "count"),
    [("c110_woman_child_table", 2), ("c113_two_cake", 2), ("k9590", 5), ("e599_cat_chair", 0)],
)
def test_everybody_in_a_group_is_found(shared: Path, faces: Detector, name: str, count: int) -> None:
    picture = read(shared / "data" / "stills_world" / f"{name}.jpg")
    assert len(faces(picture)) == count


def test_of_two_people_each_has_a_mask_of_their_own(poses: Detector, bodies: BodyLandmarker) -> None:
    picture = np.concatenate([read(ASTRONAUT), read(ASTRONAUT)[:, ::-1]], axis=1)
    for middle, side in ((256, slice(0, 512)), (768, slice(512, 1024))):
        (pose,) = poses(picture, Region(middle, 256, 512, 512))
        mask = bodies(picture, pose.body).on(1024, 512) > 0.5
        assert mask[:, side].sum() > 0.9 * mask.sum()
        assert mask.mean() > 0.8 * BODY_AREA / 2


def test_anchors_are_in_the_middles_of_their_cells() -> None:
    """Two layers: 2x2 cells with one anchor each, and one cell with two."""
    found = anchors(8, [(4, 1), (8, 2)])
    assert found.tolist() == [
        [0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75], [0.5, 0.5], [0.5, 0.5],
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "count"), [("face", 2304), ("pose", 2254), ("palm", 2016)])
def test_every_answer_of_a_network_has_an_anchor(kind: str, count: int) -> None:
    detector = Detector(kind)  # type: ignore[arg-type]
    assert detector(np.zeros((50, 60, 3), np.uint8)) == ()
    assert detector._net.outputs["scores"].shape == (1, count, 1)


def test_boxes_count_from_their_anchors() -> None:
    boxes = np.array([[0, 0, 9, 9, 0, 0], [10, -20, 40, 20, 5, 5]], np.float32)
    middles = np.array([[0.1, 0.1], [0.5, 0.5]], np.float32)
    found = decode(boxes, np.array([-1, 1], np.float32), middles, 100, threshold=0.5)
    assert found.scores == pytest.approx([1 / (1 + math.exp(-1))])
    np.testing.assert_allclose(found.corners, [[[0.4, 0.2], [0.8, 0.4], [0.55, 0.55]]], atol=1e-6)


def test_a_score_beyond_what_a_float_holds_is_a_certainty() -> None:
    found = decode(np.zeros((1, 4), np.float32), np.array([1e30], np.float32), np.zeros((1, 2)), 10, 0.5)
    assert found.scores == pytest.approx([1])


def test_one_thing_is_the_mean_of_its_boxes() -> None:
    """The third is elsewhere; of the first two, which overlap by more than .3, the surer counts thrice."""
    corners = np.array([[[0, 0], [4, 4]], [[0, 0], [8, 4]], [[20, 20], [22, 22]]], np.float32)
    found = each_once(Found(np.array([0.9, 0.3, 0.2], np.float32), corners))
    assert found.scores == pytest.approx([0.9, 0.2])
    np.testing.assert_allclose(found.corners, [[[0, 0], [5, 4]], [[20, 20], [22, 22]]], atol=1e-5)


def test_nothing_stays_nothing() -> None:
    found = each_once(Found(np.zeros(0, np.float32), np.zeros((0, 8, 2), np.float32)))
    assert found.corners.shape == (0, 8, 2)


@pytest.mark.parametrize(
    ("towards", "degrees"), [((0, -10), 0), ((10, 0), 90), ((-10, 0), -90), ((0, 10), 180)]
)
def test_a_body_stands_upright_in_its_region(towards: tuple[int, int], degrees: float) -> None:
    middle = np.array([50, 60], np.float32)
    region = aligned(middle, middle + np.array(towards, np.float32))
    assert (region.x, region.y, region.side) == pytest.approx((50, 60, 25))
    assert abs(math.degrees(region.angle)) == pytest.approx(abs(degrees), abs=1e-4)
    head = to_picture(np.array([[0.5, 0.1]], np.float32), region)
    np.testing.assert_allclose(head[0], middle + np.array(towards), atol=1e-4)


def test_a_region_that_is_no_square_is_not_squeezed() -> None:
    picture = np.zeros((40, 80, 3), np.uint8)
    picture[:, 20:60] = 200
    seen = view(picture, whole(picture), 40)
    assert not seen[:9].any()  # black above and below, where the picture ends
    assert not seen[31:].any()
    assert (seen[12:28, 12:28] == 200).all()


def test_a_mask_lies_where_it_was_looked_at() -> None:
    """A turned region there and back: what is bright in the view is what the mask covers."""
    generator = np.random.default_rng(1)
    picture = cv2.GaussianBlur(generator.integers(0, 256, (90, 120, 3), np.uint8), (0, 0), 6)
    region = Region(60, 45, 50, 50, angle=0.6)
    seen = view(picture, region, 100)[..., 0].astype(np.float32)
    placed = laid_on(seen, region, 120, 90)
    inside = laid_on(np.ones((100, 100), np.float32), region, 120, 90) == 1
    assert inside.sum() > 2000
    np.testing.assert_allclose(placed[inside], picture[..., 0][inside], atol=3)


def test_a_point_moves_to_the_warm_place_near_it_only() -> None:
    heat = np.full((2, 64, 64), -9, np.float32)
    heat[0, 20, 22] = heat[1, 40, 40] = 9
    points = np.array([[0.33, 0.33], [0.33, 0.33]], np.float32)
    moved = corrected(points, heat)
    np.testing.assert_allclose(moved[0], [22 / 64, 20 / 64], atol=2e-3)
    np.testing.assert_array_equal(moved[1], points[1])
