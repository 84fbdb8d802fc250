"""A part of the person is blurred, on real photos and a real clip; what is not known for sure is, too."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import photo, small
from played import Collector, until

from softfocus.export.command import export_hair
from softfocus.models.detect.detector import Detection, Detector
from softfocus.models.detect.region import Region
from softfocus.models.errors import ModelFailed
from softfocus.models.host import Host
from softfocus.models.manifest import find_model
from softfocus.models.segmenter import Rgb
from softfocus.models.selfie import Selfie
from softfocus.realtime.colour import BgrPainter
from softfocus.realtime.control.running import Running
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import Frame, Plane, Size
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.matte import Matte
from softfocus.realtime.parts.heads import Face, Part, hidden, people
from softfocus.realtime.parts.open import veil_for
from softfocus.realtime.parts.sight import Sight
from softfocus.realtime.parts.veil import Veil
from softfocus.realtime.pipeline import Pipeline
from softfocus.realtime.reason import Reason
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import Paint, RunSettings
from softfocus.realtime.sources.file import VideoFile
from softfocus.realtime.sources.still import Still

# Left, top and side of the face, px of the photo, as a face detector and the eye see it.
FACES = {
    "0048": (218, 84, 69),
    "0050": (222, 78, 58),
    "0065": (226, 81, 73),
    "0121": (248, 80, 72),
    "0220": (261, 82, 60),
    "0229": (242, 91, 57),
    "0322": (246, 83, 65),
}
pytestmark = pytest.mark.shared


@pytest.fixture(scope="session")
def models(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    export_hair(shared / "weights" / "hair" / "hair_segmentation.tflite", folder)
    return folder


@pytest.fixture
def hair(models: Path) -> Selfie:
    return Selfie(find_model("hair"), Host([models]))


def settings(models: Path, part: Part) -> RunSettings:
    return RunSettings(blur_part=part, background=Paint(32, 48, 64), model_dirs=(models,))


def composed(path: Path, told: RunSettings) -> tuple[Rgb, Rgb]:
    """A photo, and what leaves of it: RGB both."""
    still = Still(path, frames=4)
    pipeline = FramePath(told, still.size).pipeline()
    paint = BgrPainter(still.size)
    for _ in range(4):
        frame = still.read(1)
        assert frame
        out = pipeline(frame)
        before = paint(frame.planes, frame.colour)[..., ::-1].copy()
    assert out.shut is None
    return before, paint(out.planes, out.colour)[..., ::-1].copy()


def detail(picture: Rgb | Plane, box: tuple[int, int, int]) -> float:
    """How much of the picture a wide blur takes away there, codes."""
    left, top, side = box
    there = picture[top : top + side, left : left + side].astype(np.float32)
    return float(np.abs(there - cv2.GaussianBlur(there, (0, 0), 3)).mean())


@pytest.mark.parametrize("name", FACES)
def test_a_face_is_blurred_and_the_clothes_are_not(shared: Path, models: Path, name: str) -> None:
    path = shared / "data" / "stills_mask" / f"{name}.jpg"
    before, after = composed(path, settings(models, "face"))
    assert detail(after, FACES[name]) < detail(before, FACES[name]) / 4
    truth = photo(path.with_name(f"{name}_mask.png"))[: len(before), : before.shape[1], 0]
    deep = cv2.erode(truth, np.ones((9, 9), np.uint8)) > 127
    deep[: FACES[name][1] + 2 * FACES[name][2]] = False  # below the head
    same = np.abs(after.astype(int) - before).max(axis=2) <= 3
    assert same[deep].mean() > 0.6  # long hair lies on some


def test_whose_face_nobody_knows_is_blurred_as_a_whole_and_told_so(
    shared: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame, matte = matted(shared)
    assert len(matte.heads) == 1
    veil = Veil(frame.size, Sight(Detector("face"), "face", waits=True))
    assert veil.hidden(frame, replace(matte, heads=())).all()
    assert caplog.messages == ["no head found, so all of you is blurred"]


def test_hair_is_blurred_and_the_face_below_it_is_not(shared: Path, models: Path) -> None:
    path = shared / "data" / "stills_mask" / "0065.jpg"
    before, after = composed(path, settings(models, "hair"))
    same = np.abs(after.astype(int) - before).max(axis=2) <= 3
    parts = photo(path.with_name("0065_parts.png"))[: len(before), : before.shape[1], 0]
    hair, skin = (cv2.erode((parts == part).view(np.uint8), np.ones((7, 7), np.uint8)) > 0 for part in (1, 2))
    assert same[hair].mean() < 0.1
    assert same[skin].mean() > 0.4  # a fringe falls over some


@pytest.mark.parametrize(("part", "face", "below"), [("body", True, False), ("person", False, False)])
def test_without_the_body_the_face_stays_sharp_and_without_the_person_nothing_does(
    shared: Path, models: Path, part: Part, face: bool, below: bool
) -> None:
    """Whether the face, and what is below, is still sharp."""
    left, top, side = box = FACES["0065"]
    before, after = composed(shared / "data" / "stills_mask" / "0065.jpg", settings(models, part))
    lower = (left, top + 2 * side, side)
    assert (detail(after, box) > detail(before, box) / 2) is face
    assert (detail(after, lower) > detail(before, lower) / 2) is below


def test_of_two_people_who_touch_no_head_is_shown(shared: Path, models: Path) -> None:
    """Only one of them may have hair that is seen: the top of either's true alpha stays hidden."""
    folder = shared / "data" / "video_alpha"
    size = Size(640, 360)
    shot, left, right = (
        VideoFile(str(folder / f"d_two_people{of}"), size=size)
        for of in (".mp4", "_alpha_left.mkv", "_alpha_right.mkv")
    )
    told = settings(models, "face")
    matting, veil = FramePath(told, size).matting(), veil_for(told, size, waits=True)
    assert veil
    for frame, *alphas in zip(frames(shot), frames(left), frames(right), strict=False):
        matte = matting(frame)
        hidden = veil.hidden(frame, matte)
        shown = (matte.alpha > 60) & ~(cv2.resize(hidden.view(np.uint8), size) > 0)
        for alpha in alphas:
            rows = np.flatnonzero((alpha.planes.y > 200).any(axis=1))
            head = slice(rows[0], rows[0] + len(rows) // 5)
            assert np.count_nonzero(shown[head] & (alpha.planes.y[head] > 200)) < 20


def frames(film: VideoFile) -> Iterator[Frame]:
    """Every tenth of the first ninety."""
    for index in range(90):
        frame = film.read(5)
        assert frame
        if index % 10 == 0:
            yield frame


def test_of_a_body_all_that_is_as_high_as_the_face_is_head() -> None:
    body = np.zeros((180, 320), np.bool_)
    body[20:80, 130:170] = body[80:180, 90:210] = True  # a head of 40 px on shoulders
    body[10:100, 200:210] = True  # a hand that is raised
    (one,) = people(body, [Face(135, 35, 165, 70)])
    assert one.head is not None
    assert one.head[:71][body[:71]].all()
    assert not one.head[100:, 90:210].any()


def test_who_has_no_face_has_no_head_and_a_face_beside_them_is_not_theirs() -> None:
    body = np.zeros((180, 320), np.bool_)
    body[20:80, 130:170] = body[80:180, 90:210] = True
    assert [one.head for one in people(body, [])] == [None]
    assert [one.head for one in people(body, [Face(230, 35, 260, 70)])] == [None]


def test_of_two_who_touch_only_whose_face_is_known_has_a_head() -> None:
    bodies = np.zeros((180, 320), np.bool_)
    for x in (60, 180):
        bodies[20:80, x + 40 : x + 80] = bodies[80:180, x : x + 122] = True
    found = people(bodies, [Face(105, 35, 135, 70)])
    assert sorted(one.head is not None for one in found) == [False, True]
    assert hidden(found, bodies.shape, "face")[100:, 200:300].all()


def matted(shared: Path) -> tuple[Frame, Matte]:
    """A photo of somebody, and the third matte of it."""
    still = Still(shared / "data" / "stills_mask" / "0065.jpg", frames=4)
    matting = FramePath(RunSettings(), still.size).matting()
    for _ in range(3):
        frame = still.read(1)
        assert frame
        matte = matting(frame)
    return frame, matte


class Slow:
    """A look that is as old as one wishes."""

    def __init__(self) -> None:
        self._sight = Sight(Detector("face"), "face", waits=True)
        self.later = 0.0

    def __call__(self, frame: Frame, matte: Matte) -> object:
        seen = self._sight(frame, matte)
        return seen and seen._replace(seconds=seen.seconds - self.later)


def test_an_old_look_hides_all_and_a_fresh_one_does_not(shared: Path) -> None:
    frame, matte = matted(shared)
    looks = Slow()
    veil = Veil(frame.size, looks)
    fresh = veil.hidden(frame, matte)
    looks.later = 0.3
    aged = veil.hidden(frame, matte)
    assert 0 < np.count_nonzero(fresh) < np.count_nonzero(aged)  # it may have moved since
    looks.later = 0.7
    assert veil.hidden(frame, matte).all()


def test_a_face_that_is_not_seen_any_more_takes_ever_more_with_it_and_at_last_all(shared: Path) -> None:
    """They have turned away: only where they are still tells where their head may be."""
    frame, matte = matted(shared)
    turned: list[int] = []
    sight = Sight(lambda picture, region=None: (), "face", waits=True)
    veil = Veil(frame.size, sight)
    for later in (0.0, 0.5, 1.5, 2.5):
        now = replace(frame, captured_at=frame.captured_at + round(later * 1e9))
        turned.append(int(np.count_nonzero(veil.hidden(now, matte))))
    assert turned == sorted(set(turned))
    assert turned[-1] == veil.hidden(now, matte).size


def test_who_came_since_the_look_is_hidden(shared: Path) -> None:
    one, matte = matted(shared)
    other = replace(one, captured_at=one.captured_at + 33_000_000)
    veil = Veil(one.size, Sight(Detector("face"), "face", waits=True))
    veil.hidden(one, matte)
    alpha = matte.alpha.copy()
    alpha[200:300, 10:60] = 255  # somebody beside
    hidden = veil.hidden(other, replace(matte, whole=alpha))
    assert hidden[52:73, 5:13].all()


def test_a_model_that_fails_shields_a_recording(shared: Path, models: Path) -> None:
    def fails(picture: Rgb, region: Region | None = None) -> Sequence[Detection]:
        raise ModelFailed(Path("face.onnx"), "out of memory")

    path = shared / "data" / "stills_mask" / "0065.jpg"
    still = Still(path, frames=5)
    told = settings(models, "face")
    frame_path = FramePath(told, still.size)
    gate = frame_path.gate()
    gate._compositor.veil = Veil(still.size, Sight(fails, "face", waits=True))
    pipeline = Pipeline(frame_path.matting(), gate)
    out: Composed | None = None
    for _ in range(5):
        frame = still.read(1)
        assert frame
        out = pipeline(frame)
    assert out
    assert out.shut is Reason.SEGMENTER_FAILED


def test_without_the_model_nothing_begins(tmp_path: Path) -> None:
    told = RunSettings(blur_part="hair", model_dirs=(tmp_path,))
    with pytest.raises(BadSetting, match=r"hair is found by a model: model hair is not here; get hair_seg"):
        veil_for(told, Size(64, 36), waits=True)
    for part in ("face", "body", "person"):
        assert veil_for(replace(told, blur_part=part), Size(64, 36), waits=True)


def test_a_room_that_is_seen_as_it_is_goes_with_no_blurred_part(models: Path) -> None:
    with pytest.raises(BadSetting, match="all is seen as it is"):
        veil_for(replace(settings(models, "face"), background="none"), Size(64, 36), waits=True)
    gate: Gate = FramePath(settings(models, "person"), Size(64, 36)).gate()
    gate.pass_through(True)
    assert not gate.passthrough


@contextmanager
def called(path: Path, told: RunSettings) -> Iterator[tuple[Running, Collector]]:
    """A live run of a photo, as it is reached from outside, and what leaves it."""
    reached: Future[Running] = Future()
    seen = Collector()

    @contextmanager
    def attended(running: Running) -> Generator[None]:
        end = running.watch(seen)
        reached.set_result(running)
        yield
        end()

    live = replace(told, input=str(path), outputs=("null",), realtime=True)
    thread = threading.Thread(target=run, args=(live, attended))
    thread.start()
    try:
        yield reached.result(timeout=30), seen
    finally:
        reached.result().stop()
        thread.join()


def test_another_part_is_hidden_in_a_call_and_all_of_them_until_it_is_found(
    shared: Path, models: Path
) -> None:
    left, top, side = face = FACES["0065"]
    clothes = (left, top + 2 * side, side)
    path = shared / "data" / "stills_mask" / "0065.jpg"
    own = cv2.cvtColor(photo(path), cv2.COLOR_RGB2GRAY)

    def sharp(luma: Plane, box: tuple[int, int, int]) -> bool:
        return detail(luma, box) > detail(own, box) / 2

    with called(path, settings(models, "person")) as (running, seen):
        until(lambda: seen.got and seen.got[-1].shut is None)
        running.set("blur-part", "face")
        until(lambda: sharp(seen.got[-1].luma, clothes))
        assert not any(sharp(got.luma, face) for got in seen.got)
        running.set("blur-part", "body")
        changed = len(seen.got) + 2  # what was on its way
        until(lambda: sharp(seen.got[-1].luma, face))
        assert not any(sharp(got.luma, clothes) for got in seen.got[changed:])
        running.set("blur-part", "none")
        until(lambda: sharp(seen.got[-1].luma, clothes) and sharp(seen.got[-1].luma, face))
        running.set("blur-part", "person")
        until(lambda: not sharp(seen.got[-1].luma, clothes) and not sharp(seen.got[-1].luma, face))
    assert not any(got.raw for got in seen.got)


def test_a_part_that_cannot_be_found_leaves_the_one_before_hidden(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "stills_mask" / "0065.jpg"
    told = RunSettings(blur_part="person", background=Paint(32, 48, 64), model_dirs=(tmp_path,))
    with called(path, told) as (running, seen):
        with pytest.raises(BadSetting, match="blur-part: hair is found by a model: model hair is not here"):
            running.set("blur-part", "hair")
        assert running.settings.blur_part == "person"
        running.change({"background": Paint(0, 0, 0)})  # what else is changed leaves the part alone
        until(lambda: seen.got and seen.got[-1].shut is None and seen.got[-1].luma[0, 0] == 16)
        assert max(detail(got.luma, FACES["0065"]) for got in seen.got) < 4


def test_nothing_of_a_person_is_seen_before_the_first_look(shared: Path) -> None:
    frame, matte = matted(shared)
    look, asked = threading.Event(), threading.Event()

    faces = Detector("face")

    def slow(picture: Rgb, region: Region | None = None) -> Sequence[Detection]:
        asked.set()
        assert look.wait(10)
        return faces(picture, region)

    veil = Veil(frame.size, Sight(slow, "face", waits=False))
    assert veil.hidden(frame, matte).all()
    assert asked.wait(10)
    assert veil.hidden(frame, matte).all()
    look.set()
    until(lambda: not veil.hidden(frame, matte).all())
    veil.close()


def test_the_room_is_not_seen_as_it_is_any_more_once_a_part_is_hidden(models: Path) -> None:
    told, size = settings(models, "person"), Size(64, 36)
    gate: Gate = FramePath(replace(told, blur_part="none"), size).gate()
    gate.pass_through(True)
    assert gate.passthrough
    gate.change_veil(veil_for(told, size, waits=False))
    assert (gate.passthrough, gate.shut) == (False, Reason.SETTINGS_CHANGED)


def test_the_exported_hair_model_agrees_with_litert(shared: Path, hair: Selfie) -> None:
    from ai_edge_litert import interpreter

    weights = shared / "weights" / "hair" / "hair_segmentation.tflite"
    original = interpreter.Interpreter(model_path=str(weights), num_threads=1)
    original.allocate_tensors()
    (into,), (out,) = original.get_input_details(), original.get_output_details()
    for name in FACES:
        picture = small(photo(shared / "data" / "stills_mask" / f"{name}.jpg"), hair.input_size)
        four = np.dstack([picture / np.float32(255), np.zeros(picture.shape[:2], np.float32)])
        original.set_tensor(into["index"], four[np.newaxis])
        original.invoke()
        a, b = np.moveaxis(original.get_tensor(out["index"])[0], 2, 0)
        mask = 1 / (1 + np.exp(np.clip(a - b, -80, 80)))
        assert np.abs(mask - hair(picture)).max() < 0.01
        assert (mask > 0.5).any()
