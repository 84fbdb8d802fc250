"""The light models in our own C: what they compute, what they refuse, and who takes their place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import exact
import numpy as np
import pytest

from softfocus.models import native
from softfocus.models.errors import RuntimeMissing
from softfocus.models.host import Host
from softfocus.models.manifest import DEFAULT_MODEL, find_model
from softfocus.models.native import network
from softfocus.models.native.fuse import fuse
from softfocus.models.native.network import Network, open_network
from softfocus.models.native.onnx_file import NotReadable, read_onnx
from softfocus.models.native.plan import Plan, lay_out
from softfocus.models.native.steps import NotFused
from softfocus.models.segmenter import InputSize, Mask, Rgb
from softfocus.models.selfie import Selfie
from softfocus.models.session import Port, Session
from softfocus.models.store import BUNDLED
from softfocus.realtime.sources import demo

MODELS = ["selfie-landscape", "selfie-square"]
PHOTO = Path(demo.__file__).with_name("astronaut.jpg")
FORMS = network.forms()
compiled = pytest.mark.skipif(not FORMS, reason="it was not compiled here")


def content_of(name: str) -> bytes:
    return (BUNDLED / find_model(name).files[0].name).read_bytes()


def plan_of(name: str) -> Plan:
    return lay_out(fuse(read_onnx(content_of(name)), "picture", "mask"), ["features"])


def every_form(name: str) -> list[Network]:
    plan, size = plan_of(name), find_model(name).input_size
    return [Network(plan, size, form) for form in range(len(FORMS))]


def onnx_runtime(name: str) -> Session:
    path = BUNDLED / find_model(name).files[0].name
    width, height = find_model(name).input_size
    outputs = {"mask": (1, 1, height, width), "features": (1, 16, height // 2, width // 2)}
    return Session(
        path,
        path.read_bytes(),
        inputs={"picture": Port((1, height, width, 3), np.uint8)},
        outputs={output: Port(shape, np.float32) for output, shape in outputs.items()},
    )


def found_by(session: Network | Session, picture: Rgb) -> tuple[Mask, Mask]:
    """The mask and the features."""
    session.inputs["picture"][0] = picture
    session.run()
    return session.outputs["mask"][0, 0].copy(), session.outputs["features"][0].copy()


def scaled(photo: Path, size: InputSize) -> Rgb:
    picture = cv2.resize(cv2.imread(str(photo)), size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


def extremes(size: InputSize) -> list[Rgb]:
    shape = size.height, size.width, 3
    noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    board = (np.indices(shape).sum(0) % 2 * 255).astype(np.uint8)
    return [np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise, board]


def test_what_ci_tests_is_compiled() -> None:
    if os.environ.get("CI") == "true":
        assert FORMS
    assert not FORMS or FORMS[-1] == "plain"


@compiled
@pytest.mark.shared
@pytest.mark.parametrize("name", MODELS)
def test_every_form_finds_in_photos_what_onnx_runtime_finds(shared: Path, name: str) -> None:
    """Each rounds in an order of its own: on the worst photo, ONNX Runtime is 1.2e-4 off exact arithmetic."""
    runtime, forms = onnx_runtime(name), every_form(name)
    photos = sorted((shared / "data" / "stills_mask").glob("*.jpg"))
    assert len(photos) >= 20
    differences = []
    for photo in photos:
        picture = scaled(photo, find_model(name).input_size)
        mask, features = found_by(runtime, picture)
        for each in forms:
            ours, its = found_by(each, picture)
            differences.append(np.abs(ours - mask).max())
            np.testing.assert_allclose(its, features, atol=1e-4 * np.abs(features).max())
    assert max(differences) < 2e-4
    assert np.median(differences) < 5e-5


@compiled
@pytest.mark.parametrize("name", MODELS)
def test_every_form_is_within_a_ten_thousandth_of_exact_arithmetic(name: str) -> None:
    size = find_model(name).input_size
    graph, forms = read_onnx(content_of(name)), every_form(name)
    for picture in [scaled(PHOTO, size), *extremes(size)]:
        values = exact.compute(graph, picture)
        for each in forms:
            mask, features = found_by(each, picture)
            np.testing.assert_allclose(mask, values["mask"][0], atol=1e-4)
            scale = np.abs(values["features"]).max()
            np.testing.assert_allclose(features, values["features"], atol=1e-4 * scale)


@compiled
@pytest.mark.parametrize("name", MODELS)
def test_nothing_of_a_picture_is_left_for_the_next(name: str) -> None:
    for each in every_form(name):
        dark, light, noise, _ = extremes(find_model(name).input_size)
        first = found_by(each, noise)
        found_by(each, light)
        found_by(each, dark)
        np.testing.assert_array_equal(found_by(each, noise)[0], first[0])
        np.testing.assert_array_equal(found_by(each, noise)[1], first[1])


@compiled
def test_two_that_run_at_once_do_not_disturb_each_other() -> None:
    pairs = [
        (each, picture)
        for name in MODELS
        for each, picture in zip(every_form(name), extremes(find_model(name).input_size)[1:], strict=False)
    ]
    alone = [found_by(each, picture)[0] for each, picture in pairs]

    def many_times(pair: tuple[Network, Rgb]) -> Sequence[Mask]:
        return [found_by(*pair)[0] for _ in range(10)]

    with ThreadPoolExecutor(len(pairs)) as pool:
        for masks, mask in zip(pool.map(many_times, pairs), alone, strict=True):
            for each in masks:
                np.testing.assert_array_equal(each, mask)


@compiled
@pytest.mark.skipif(not network.quick(), reason="ONNX Runtime is quicker here")
def test_the_bundled_models_do_without_onnx_runtime() -> None:
    code = (
        "import sys, numpy; from softfocus.models.open import open_segmenter\n"
        "for name in sys.argv[1:]:\n"
        "    model = open_segmenter(name); width, height = model.input_size\n"
        "    assert model(numpy.zeros((height, width, 3), numpy.uint8)).max() < 0.5\n"
        "    assert list(model.providers) == ['cpu']\n"
        "print('onnxruntime' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, *MODELS], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr


def test_onnx_runtime_takes_its_place_where_nothing_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = scaled(PHOTO, find_model(DEFAULT_MODEL).input_size)
    first = Selfie(find_model(DEFAULT_MODEL))(photo)
    monkeypatch.delattr(native, "_compiled", raising=False)
    monkeypatch.setitem(sys.modules, "softfocus.models.native._compiled", None)
    assert network.forms() == ()
    assert open_network(content_of(DEFAULT_MODEL), InputSize(256, 144)) is None
    np.testing.assert_allclose(Selfie(find_model(DEFAULT_MODEL))(photo), first, atol=2e-4)


@pytest.mark.parametrize("compiled_too", [True, False], ids=["compiled", "nothing compiled"])
def test_alone_the_bundled_models_find_the_same(monkeypatch: pytest.MonkeyPatch, compiled_too: bool) -> None:
    photo = scaled(PHOTO, find_model(DEFAULT_MODEL).input_size)
    first = Selfie(find_model(DEFAULT_MODEL), features=True)
    mask, features = first(photo).copy(), first.features.copy()
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    if not compiled_too:
        monkeypatch.delattr(native, "_compiled", raising=False)
        monkeypatch.setitem(sys.modules, "softfocus.models.native._compiled", None)
    np.testing.assert_allclose(Selfie(find_model(DEFAULT_MODEL))(photo), mask, atol=2e-4)
    for threads in (1, 2):
        alone = Selfie(find_model(DEFAULT_MODEL), Host(threads=threads), features=True)
        np.testing.assert_allclose(alone(photo), mask, atol=2e-4)
        np.testing.assert_allclose(alone.features, features, atol=1e-4 * np.abs(features).max())
        assert list(alone.providers) == ["cpu"]


@compiled
def test_a_processor_without_avx2_runs_the_plain_form_if_it_must(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(network, "forms", lambda: ("plain",))
    monkeypatch.setattr(network, "_ARM", set())
    assert open_network(content_of(DEFAULT_MODEL), InputSize(256, 144)) is None
    assert open_network(content_of(DEFAULT_MODEL), InputSize(256, 144), alone=True)


def test_other_models_say_which_command_brings_onnx_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(RuntimeMissing, match=r"run: pip install 'softfocus\[onnx\]'"):
        Session(Path("rvm.onnx"), b"", inputs={}, outputs={})


def test_more_threads_are_onnx_runtimes() -> None:
    photo = scaled(PHOTO, find_model(DEFAULT_MODEL).input_size)
    one, two = Selfie(find_model(DEFAULT_MODEL)), Selfie(find_model(DEFAULT_MODEL), Host(threads=2))
    np.testing.assert_allclose(one(photo), two(photo), atol=2e-4)


@pytest.mark.parametrize("kept", [0, 5, 1_000, 223_000, 437_000])
def test_a_file_that_is_cut_off_is_left_to_onnx_runtime(kept: int) -> None:
    assert open_network(content_of(DEFAULT_MODEL)[:kept], InputSize(256, 144)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"HardSwish", b"Softplus\x00"),
        (b"half_pixel", b"asymmetric"),
        (b"linear", b"cubic\x00"),
        (b"Sigmoid", b"Softmax"),
        (b"picture", b"drawing"),
        (b"kernel_shape", b"kernel_shade"),  # a window that is given nowhere
    ],
)
def test_a_graph_with_anything_else_in_it_is_left_to_onnx_runtime(old: bytes, new: bytes) -> None:
    content = content_of(DEFAULT_MODEL)
    assert old in content
    assert open_network(content.replace(old, new), InputSize(256, 144)) is None


def test_noise_is_read_as_no_graph() -> None:
    generator = np.random.default_rng(0)
    for length in range(200):
        with pytest.raises(NotReadable):
            read_onnx(generator.bytes(length))


def test_an_output_that_the_graph_lacks_is_said() -> None:
    with pytest.raises(NotFused, match="depth"):
        lay_out(fuse(read_onnx(content_of(DEFAULT_MODEL)), "picture", "mask"), ["depth"])


@compiled
def test_a_plan_that_reaches_beyond_its_memory_is_refused_or_harmless() -> None:
    """Whatever stands in a plan: what runs at all stays inside, and leaves what lies around as it was."""
    plan, size, generator = plan_of(DEFAULT_MODEL), InputSize(256, 144), np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        changed = plan._replace(steps=plan.steps.copy(), images=plan.images.copy())
        numbers = changed.steps if generator.random() < 0.6 else changed.images
        place = tuple(generator.integers(0, numbers.shape))
        numbers[place] = generator.choice([-1, 0, 1, 3, 16, 48, 1 << 20, -(1 << 31), (1 << 31) - 1])
        try:
            Network(changed, size, int(generator.integers(len(FORMS)))).run()
        except ValueError:
            refused += 1
    assert refused > 200


@compiled
def test_buffers_of_another_size_or_type_are_refused() -> None:
    from softfocus.models.native import _compiled

    plan = plan_of(DEFAULT_MODEL)
    memory = np.zeros(plan.memory + 16, np.float32)
    begin = -memory.ctypes.data // 4 % 16
    place = memory[begin : begin + plan.memory]
    arrays = [plan.steps, plan.images, place, place]
    picture, mask = np.zeros((144, 256, 3), np.uint8), np.zeros((144, 256), np.float32)
    with pytest.raises(ValueError, match="sizes differ"):
        _compiled.run(0, *arrays, picture[1:], mask)
    with pytest.raises(ValueError, match="64 bytes"):
        _compiled.run(0, *arrays[:3], memory[begin + 1 :], picture, mask)
    with pytest.raises(ValueError, match="no form 9"):
        _compiled.run(9, *arrays, picture, mask)
    with pytest.raises(TypeError, match="buffer 5"):
        _compiled.run(0, *arrays, picture.astype(np.float32), mask)
