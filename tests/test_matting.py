"""The matte path with the real models: the demo's portrait, and clips with exact alpha."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from drawn import PERIOD

from softfocus.bench.metrics import Truth, cut, iou, leak
from softfocus.models.open import open_segmenter
from softfocus.realtime.frame import I420, Colour, Frame, Plane, Planes, Size
from softfocus.realtime.matting.lookout import WATCH, Lookout
from softfocus.realtime.matting.matting import MatteSettings, Matting
from softfocus.realtime.sources.demo import Demo

HD = Size(1280, 720)


def matting(size: Size = HD, settings: MatteSettings | None = None) -> Matting:
    return Matting(
        open_segmenter("selfie-landscape"), size, close=open_segmenter("selfie-square"), settings=settings
    )


def portrait(index: int, size: Size = HD) -> Frame:
    """Frame `index` of the demo clip."""
    demo = Demo(size)
    for _ in range(index):
        demo.read(0)
    frame = demo.read(0)
    assert frame
    return frame


def placed(persons: list[tuple[float, float]], index: int = 0, size: Size = HD) -> Frame:
    """The portrait, scaled, at places of a plain room; each is (x, height) in parts of the frame."""
    source = portrait(0, size)
    alpha = matting(size)(source).alpha
    canvas = I420(size)
    for plane, code in zip(canvas.planes, (110, 118, 134), strict=True):
        plane[:] = code
    for x, height in persons:
        for plane, onto in zip(source.planes, canvas.planes, strict=True):
            h, w = onto.shape
            move = np.array([[height, 0, w * (x - height / 2)], [0, height, h * (1 - height)]])
            person = cv2.warpAffine(plane, move, (w, h), flags=cv2.INTER_AREA)
            share = cv2.warpAffine(cv2.resize(alpha, (w, h)), move, (w, h), flags=cv2.INTER_AREA) / 255
            onto[:] = np.rint(person * share + onto * (1 - share))
    return Frame(canvas.planes, index, index * PERIOD, Colour())


def shares(alpha: Plane, persons: list[tuple[float, float]]) -> list[float]:
    """How much of the alpha around each place is a person's."""
    height, width = alpha.shape
    return [
        float(
            np.mean(
                alpha[round(height * (1 - 0.5 * high)) :, round(width * (x - 0.1 * high)) :][
                    :, : round(0.2 * high * width)
                ]
                > 127
            )
        )
        for x, high in persons
    ]


def test_the_matte_is_of_the_frame_it_was_given() -> None:
    frame = portrait(3)
    made = matting()(frame)
    assert (made.index, made.captured_at) == (frame.index, frame.captured_at)
    assert made.alpha.shape == frame.planes.y.shape


def test_no_frame_bears_two_things_that_are_done_now_and_then() -> None:
    path, demo = matting(Size(640, 360)), Demo(Size(640, 360))
    done: list[list[bool]] = []
    for _ in range(60):
        frame = demo.read(0)
        assert frame
        path(frame)
        done.append([path._look.watched, path._plate.taught, path._palette.taught])
    assert max(map(sum, done)) == 1
    assert min(map(sum, zip(*done, strict=True))) >= 6, "each has its turn"


def test_alpha_is_0_outside_of_its_box_even_when_the_person_leaves() -> None:
    path = matting()
    for i in range(3):
        path(placed([(0.3, 0.8)], i))
    for i in range(3, 30):
        made = path(placed([(0.7, 0.5)], i))
        outside = made.alpha.copy()
        outside[made.box.y0 : made.box.y1, made.box.x0 : made.box.x1] = 0
        assert not outside.any()


@pytest.mark.parametrize("size", [Size(640, 360), Size(640, 480), Size(1920, 1080)])
def test_a_person_is_found_in_the_first_frame_at_any_size(size: Size) -> None:
    alpha = matting(size)(portrait(0, size)).alpha
    assert 0.2 < np.mean(alpha > 127) < 0.8


def test_a_small_person_is_found_whom_the_whole_frame_model_sees_poorly() -> None:
    person = [(0.25, 0.15)]
    frame = placed(person)
    alone = Matting(open_segmenter("selfie-landscape"), HD)
    assert shares(matting()(frame).alpha, person)[0] > 1.25 * shares(alone(frame).alpha, person)[0]


def test_a_newcomer_is_found_within_half_a_second() -> None:
    path, both = matting(), [(0.2, 0.7), (0.8, 0.7)]
    for i in range(15):
        path(placed(both[:1], i))
    for i in range(15, 30):
        alpha = path(placed(both, i)).alpha
    assert all(share > 0.6 for share in shares(alpha, both))


def test_an_empty_room_has_no_matte() -> None:
    path = matting()
    for i in range(8):
        made = path(placed([], i))
        assert not made.alpha.any()
        assert made.box.x0 == made.box.x1


def test_the_half_that_comes_with_a_matte_is_its_half() -> None:
    make = matting()
    for index in (0, 20):
        matte = make(portrait(index))
        away = cv2.absdiff(matte.halves[2], cv2.resize(matte.alpha, (640, 360), interpolation=cv2.INTER_AREA))
        assert away.max() <= 64
        assert away.mean() < 0.5


def test_the_alpha_buffer_is_used_again() -> None:
    path = matting()
    assert path(portrait(0)).alpha is path(portrait(1)).alpha


def test_after_a_reset_the_first_matte_is_that_of_a_new_scene() -> None:
    path = matting()
    for i in range(5):
        path(placed([(0.3, 0.8)], i))
    path.reset()
    frame = placed([(0.7, 0.8)], 5)
    assert np.array_equal(path(frame).alpha, matting()(frame).alpha)


def test_two_looks_a_frame_are_the_most_that_people_cost() -> None:
    calls = 0
    close = open_segmenter("selfie-square")

    class Counted:
        name, input_size = close.name, close.input_size

        def __call__(self, picture: np.ndarray) -> np.ndarray:
            nonlocal calls
            calls += 1
            return close(picture)

        def reset(self) -> None:
            close.reset()

    path = Matting(open_segmenter("selfie-landscape"), HD, close=Counted())
    crowd = [(0.12, 0.5), (0.37, 0.5), (0.62, 0.5), (0.88, 0.5)]
    path(placed(crowd))
    calls = 0
    for i in range(1, 16):
        path(placed(crowd, i))
    assert calls <= 15 * 2 + 3, "and one for each look at a possible newcomer"
    assert WATCH <= 0.25


def test_a_higher_low_shows_less_of_the_room() -> None:
    frame = portrait(0)
    strict = matting(settings=MatteSettings(low=0.6, high=0.95))(frame).alpha
    lax = matting(settings=MatteSettings(low=0.05, high=0.5))(frame).alpha
    assert np.all(strict <= lax)
    assert np.mean(strict) < np.mean(lax)


def test_a_person_may_be_grown_and_feathered() -> None:
    frame = placed([(0.5, 0.7)])
    plain, more, soft = (
        matting(settings=wanted)(frame)
        for wanted in (MatteSettings(), MatteSettings(grow=8), MatteSettings(feather=12))
    )
    assert np.mean(more.alpha > 127) > 1.03 * np.mean(plain.alpha > 127)
    assert np.mean(soft.alpha == 255) < np.mean(plain.alpha == 255)
    assert not np.any(soft.alpha > plain.alpha.astype(int) + 2)
    outside = more.alpha.copy()
    outside[more.box.y0 : more.box.y1, more.box.x0 : more.box.x1] = 0
    assert not outside.any()


def clip(shared: Path, name: str) -> tuple[list[Plane], list[Plane]]:
    """Every frame of a clip as I420, and its exact alphas."""
    folder = shared / "data" / "video_alpha"
    with av.open(str(folder / f"{name}.mp4")) as film, av.open(str(folder / f"{name}_alpha.mkv")) as truth:
        return (
            [frame.to_ndarray() for frame in film.decode(video=0)],
            [frame.to_ndarray(format="gray") for frame in truth.decode(video=0)],
        )


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "least_iou", "most_leak"),
    [("d_man_lowlight", 0.72, 0.6), ("d_two_people", 0.95, 1.0), ("d_dancer_office", 0.93, 0.6)],
)
def test_mattes_hold_their_figures(shared: Path, name: str, least_iou: float, most_leak: float) -> None:
    pictures, alphas = clip(shared, name)
    height, width = alphas[0].shape
    path = matting(Size(width, height))
    figures: list[tuple[float, float, float]] = []
    for i, (picture, alpha) in enumerate(zip(pictures[:60], alphas, strict=False)):
        buffer = I420(Size(width, height))
        buffer.data[:] = picture
        made = path(Frame(buffer.planes, i, i * PERIOD, Colour())).alpha
        if i >= 10:
            truth = Truth.of(alpha)
            figures.append((iou(made, truth), leak(made, truth), cut(made, truth)))
    overlap, leaked, _ = np.mean(figures, axis=0)
    assert overlap > least_iou
    assert leaked < most_leak


def test_the_lookout_gives_masks_of_its_own_size() -> None:
    look = Lookout(open_segmenter("selfie-landscape"), open_segmenter("selfie-square"), Size(320, 180))
    frame = portrait(0)
    small = [cv2.resize(plane, (640, 360)) for plane in frame.planes]
    coarse = [cv2.resize(plane, (320, 180)) for plane in frame.planes]
    mask = look(Planes(*small), Planes(*coarse), Colour(), 0.0)
    assert mask.shape == (180, 320)
    assert 0 <= mask.min() <= mask.max() <= 1
