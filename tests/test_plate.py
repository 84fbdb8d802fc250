"""The learnt room: it settles what is doubtful, and claims to know no more than it does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from softfocus.models.segmenter import Mask
from softfocus.realtime.frame import Size
from softfocus.realtime.kernel.evidence import Codes
from softfocus.realtime.matting.denoised import smoothed
from softfocus.realtime.matting.plate import Plate

SIZE = Size(160, 90)
SHAPE = (90, 160)


class Scene:
    """A room of coloured patches with sensor noise; `index` counts frames at 30 fps."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        patches = rng.integers(50, 200, (3, 9, 16))
        self.room: npt.NDArray[np.float64] = np.kron(patches, np.ones((1, 10, 10)))
        self.noise = rng

    def planes(self, person: npt.NDArray[np.bool_] | None = None, gain: float = 1.0) -> Codes:
        seen = self.room + self.noise.normal(0, 1.5, self.room.shape)
        if person is not None:
            seen[:, person] = np.array([120.0, 90.0, 170.0])[:, None]
        seen[0] *= gain
        return smoothed(list(np.clip(np.rint(seen), 0, 255).astype(np.uint8)))


def nobody() -> Mask:
    return np.zeros(SHAPE, np.float32)


def seen(plate: Plate, scene: Scene, seconds: float, start: float = 0.0, mask: Mask | None = None) -> None:
    for i in range(round(seconds * 30)):
        plate(nobody() if mask is None else mask, scene.planes(), start + i / 30)


def doubtful(level: float = 0.4) -> Mask:
    mask = nobody()
    mask[30:60, 60:100] = level
    return mask


def test_an_unseen_room_changes_nothing() -> None:
    assert np.allclose(Plate(SIZE)(doubtful(), Scene().planes(), 0.0), doubtful(), atol=1e-5)


def test_what_looks_like_the_room_is_doubted() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    assert plate.known == 1
    assert np.all(plate(doubtful(), scene.planes(), 2.0)[32:58, 62:98] < 0.1)


def test_what_looks_like_no_room_is_believed_more() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    person = doubtful() > 0
    assert np.median(plate(doubtful(), scene.planes(person), 2.0)[person]) > 0.6


def test_a_person_of_the_rooms_own_colour_is_not_cut_out() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    assert np.all(plate(doubtful(0.999), scene.planes(), 2.0)[32:58, 62:98] > 0.9)


def test_a_thing_that_was_not_there_before_is_no_person_by_that() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    assert np.all(plate(nobody(), scene.planes(doubtful() > 0), 2.0) == 0)


def test_exposure_may_change() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    corrected = plate(doubtful(), scene.planes(gain=0.8), 2.0)
    assert np.all(corrected[32:58, 62:98] < 0.1)


def test_another_room_is_learnt_from_nothing() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    for i in range(30):
        plate(nobody(), Scene(seed=1).planes(), 2 + i / 30)
        if plate.known == 0:
            break
    assert plate.known == 0


def test_people_are_not_learnt() -> None:
    plate, scene = Plate(SIZE), Scene()
    mask = doubtful(1.0)
    for i in range(90):
        plate(mask, scene.planes(mask > 0), i / 30)
    assert plate.known < 0.92, "the person takes 8.3 % of the picture"
    assert np.all(plate(mask, scene.planes(mask > 0), 3.0)[32:58, 62:98] > 0.99)


def test_what_is_hardly_claimed_and_never_moves_is_room_after_a_while() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 4, mask=doubtful(0.3))
    assert np.all(plate(doubtful(0.3), scene.planes(), 4.0)[32:58, 62:98] < 0.1)


def test_a_capture_learns_beside_people_too() -> None:
    mask = doubtful(1.0)
    at_rest, captured = Plate(SIZE), Plate(SIZE)
    captured.capture(0.0)
    for i in range(15):
        for plate in (at_rest, captured):
            plate(mask, Scene().planes(mask > 0), i / 30)
    assert captured.known > at_rest.known


def test_after_a_reset_the_room_is_forgotten() -> None:
    plate, scene = Plate(SIZE), Scene()
    seen(plate, scene, 2)
    plate.reset()
    assert plate.known == 0
    assert np.allclose(plate(doubtful(), scene.planes(), 2.0), doubtful(), atol=1e-5)
