"""The detectors in our own C: what they compute, what they refuse, and what they share."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from softfocus.models import native
from softfocus.models.detect.detector import FORMS as DETECTORS
from softfocus.models.detect.detector import Detector
from softfocus.models.manifest import find_model
from softfocus.models.native import network
from softfocus.models.native.fuse import fuse
from softfocus.models.native.network import Network, Workspace
from softfocus.models.native.onnx_file import read_onnx
from softfocus.models.native.plan import Plan, lay_out
from softfocus.models.native.steps import Fused, NotFused
from softfocus.models.segmenter import Rgb
from softfocus.models.session import Port, Session
from softfocus.models.store import BUNDLED
from softfocus.realtime.sources import demo

PHOTO = Path(demo.__file__).with_name("astronaut.jpg")
BOXES = ["boxes", "scores"]
MODELS = {
    "face-detection": BOXES,
    "pose-detection": BOXES,
    "palm-detection": BOXES,
    "pose-landmark": ["landmarks", "presence", "heatmap"],
}
FORMS = network.forms()
compiled = pytest.mark.skipif(not FORMS, reason="it was not compiled here")


def path_of(name: str) -> Path:
    return BUNDLED / find_model(name).files[0].name


@cache
def fused(name: str) -> Fused:
    return fuse(read_onnx(path_of(name).read_bytes()), "picture", "mask")


def plan_of(name: str, form: str) -> Plan:
    return lay_out(fused(name), MODELS[name], halves=form != "plain")


def every_form(name: str) -> list[Network]:
    size = find_model(name).input_size
    return [Network(plan_of(name, form), size, number) for number, form in enumerate(FORMS)]


def pictures(name: str) -> list[Rgb]:
    """A photo, noise, black and white."""
    side = find_model(name).input_size.width
    photo = cv2.cvtColor(cv2.resize(cv2.imread(str(PHOTO)), (side, side)), cv2.COLOR_BGR2RGB)
    noise = np.random.default_rng(0).integers(0, 256, photo.shape, np.uint8)
    return [photo, noise, np.zeros_like(photo), np.full_like(photo, 255)]


def found_by(session: Network | Session, picture: Rgb) -> dict[str, np.ndarray]:
    session.inputs["picture"][0] = picture
    session.run()
    return {name: values.copy() for name, values in session.outputs.items()}


@compiled
@pytest.mark.parametrize("name", MODELS)
def test_every_form_computes_what_onnx_runtime_does(name: str) -> None:
    """But for rounding, which the body's mask, with values of -1700 beside 260, shows at single pixels."""
    forms = every_form(name)
    size = find_model(name).input_size
    ports = {output: Port(values.shape, np.float32) for output, values in forms[0].outputs.items()}
    inputs = {"picture": Port((1, *size[::-1], 3), np.uint8)}
    runtime = Session(path_of(name), path_of(name).read_bytes(), inputs=inputs, outputs=ports)
    for picture in pictures(name):
        wanted = found_by(runtime, picture)
        for each in forms:
            for output, values in found_by(each, picture).items():
                apart = np.abs(values - wanted[output]) / max(1, np.abs(wanted[output]).max())
                assert np.quantile(apart, 0.999) < 1e-3
                assert np.median(apart) < 1e-4
                assert output == "mask" or apart.max() < 1e-3


@compiled
@pytest.mark.parametrize("name", MODELS)
def test_nothing_of_a_picture_is_left_for_the_next(name: str) -> None:
    for each in every_form(name):
        photo, noise, _, light = pictures(name)
        first = found_by(each, photo)
        found_by(each, noise)
        found_by(each, light)
        for output, values in found_by(each, photo).items():
            np.testing.assert_array_equal(values, first[output])


@compiled
def test_networks_that_share_a_workspace_do_not_notice() -> None:
    workspace = Workspace()
    alone = [(name, Network(plan_of(name, FORMS[0]), find_model(name).input_size)) for name in MODELS]
    together = [
        Network(plan_of(name, FORMS[0]), find_model(name).input_size, workspace=workspace) for name in MODELS
    ]
    for _ in range(2):
        for (name, one), other in zip(alone, together, strict=True):
            wanted = found_by(one, pictures(name)[0])
            for output, values in found_by(other, pictures(name)[0]).items():
                np.testing.assert_array_equal(values, wanted[output])


def test_a_workspace_has_an_end() -> None:
    with pytest.raises(NotFused, match="works in"):
        Workspace().take(1 << 30)


@compiled
def test_two_that_run_at_once_do_not_disturb_each_other() -> None:
    networks = [(name, Network(plan_of(name, FORMS[0]), find_model(name).input_size)) for name in MODELS]
    alone = [found_by(each, pictures(name)[0]) for name, each in networks]

    def many_times(pair: tuple[str, Network]) -> list[dict[str, np.ndarray]]:
        picture = pictures(pair[0])[0]
        return [found_by(pair[1], picture) for _ in range(5)]

    with ThreadPoolExecutor(len(networks)) as pool:
        for runs, wanted in zip(pool.map(many_times, networks), alone, strict=True):
            for found in runs:
                for output, values in found.items():
                    np.testing.assert_array_equal(values, wanted[output])


@compiled
@pytest.mark.parametrize("name", MODELS)
def test_a_plan_that_reaches_beyond_its_memory_is_refused_or_harmless(name: str) -> None:
    generator, form = np.random.default_rng(0), len(FORMS) - 1
    plans = [(plan_of(name, each), number) for each, number in ((FORMS[0], 0), (FORMS[form], form))]
    refused = 0
    for _ in range(100):
        plan, number = plans[int(generator.integers(2))]
        changed = plan._replace(steps=plan.steps.copy(), images=plan.images.copy())
        numbers = changed.steps if generator.random() < 0.6 else changed.images
        place = tuple(generator.integers(0, numbers.shape))
        numbers[place] = generator.choice([-1, 0, 1, 2, 3, 16, 48, 1 << 20, -(1 << 31), (1 << 31) - 1])
        try:
            Network(changed, find_model(name).input_size, number).run()
        except ValueError:
            refused += 1
    assert refused > 40


@compiled
@pytest.mark.skipif(FORMS[-1:] != ("plain",) or len(FORMS) < 2, reason="there is one form only")
def test_weights_of_16_bits_are_refused_where_nothing_can_read_them() -> None:
    plan, size = plan_of("face-detection", FORMS[0]), find_model("face-detection").input_size
    with pytest.raises(ValueError, match="beyond its memory"):
        Network(plan, size, len(FORMS) - 1).run()


@compiled
@pytest.mark.skipif(not network.quick(), reason="ONNX Runtime is quicker here")
def test_the_detectors_do_without_onnx_runtime() -> None:
    code = (
        "import sys, numpy; from softfocus.models.detect.detector import Detector\n"
        "from softfocus.models.detect.body import BodyLandmarker\n"
        "from softfocus.models.detect.region import whole\n"
        "picture = numpy.zeros((90, 160, 3), numpy.uint8)\n"
        "assert [Detector(kind)(picture) for kind in sys.argv[1:]] == [()] * 3\n"
        "assert BodyLandmarker()(picture, whole(picture)).presence < 0.5\n"
        "print('onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *DETECTORS], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_onnx_runtime_takes_their_place_where_nothing_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = cv2.cvtColor(cv2.imread(str(PHOTO)), cv2.COLOR_BGR2RGB)
    (first,) = Detector("face")(picture)
    monkeypatch.delattr(native, "_compiled", raising=False)
    monkeypatch.setitem(sys.modules, "softfocus.models.native._compiled", None)
    (second,) = Detector("face")(picture)
    np.testing.assert_allclose(second.box, first.box, atol=1e-2)
    np.testing.assert_allclose(second.keypoints, first.keypoints, atol=1e-2)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"DepthToSpace", b"SpaceToDepth"),
        (b"Reshape", b"Flatten"),
        (b"half_pixel", b"asymmetric"),
        (b"Conv", b"Gonv"),
    ],
)
def test_a_graph_with_anything_else_in_it_is_not_run(old: bytes, new: bytes) -> None:
    content = path_of("face-detection").read_bytes()
    assert old in content
    with pytest.raises(NotFused):
        fuse(read_onnx(content.replace(old, new)), "picture", "mask")
