"""Robust Video Matting on real clips; upstream's open signature, by dressing the same weights up in it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from clips import overlap, pictures, truths

from softfocus.models.errors import ModelCorrupt, ModelMissing
from softfocus.models.host import Host
from softfocus.models.manifest import Model, ModelFile, find_model
from softfocus.models.open import open_segmenter
from softfocus.models.rvm import RATIO, Rvm, memory_shapes
from softfocus.models.segmenter import InputSize, Recurrent, Rgb, Segmenter
from softfocus.models.session import Session

FIXED = "rvm-256x144"
SMALL = InputSize(256, 144)


@pytest.fixture
def weights(shared: Path) -> Path:
    return shared / "weights"


@pytest.fixture
def rvm(weights: Path) -> Rvm:
    return Rvm(find_model(FIXED), Host([weights]))


@pytest.fixture
def talk(shared: Path) -> list[Rgb]:
    return list(pictures(shared / "data/video_alpha/d_talker_near.mp4", SMALL, 12))


def upstreams(fixed: Path, target: Path) -> Model:
    """The same network behind upstream's doors: open sizes, memory that may begin as one zero, a ratio."""
    graph = onnx.load(str(fixed))
    inputs = graph.graph.input
    nodes: list[onnx.NodeProto] = []
    for port in inputs:
        shape = [each.dim_value for each in port.type.tensor_type.shape.dim]
        for number, each in enumerate(port.type.tensor_type.shape.dim):
            if number != 1:
                each.dim_param = f"{port.name}_{number}"
        inner = f"{port.name}_inner"
        if port.name == "src":  # the ratio has a part in what comes out, so that it must be right
            nodes += [onnx.helper.make_node("Mul", [port.name, RATIO], [inner])]
        else:
            wanted = onnx.numpy_helper.from_array(np.array(shape, np.int64), f"{port.name}_shape")
            graph.graph.initializer.append(wanted)
            nodes += [onnx.helper.make_node("Expand", [port.name, wanted.name], [inner])]
        for node in graph.graph.node:
            node.input[:] = [inner if name == port.name else name for name in node.input]
    inputs.append(onnx.helper.make_tensor_value_info(RATIO, onnx.TensorProto.FLOAT, [1]))
    every = [*nodes, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(every)
    onnx.save(graph, str(target))
    sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    file = ModelFile(part="", name=target.name, sha256=sha256, url=None)
    return replace(find_model("rvm"), input_size=SMALL, files=(file,))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "clip", "least"),
    [
        (FIXED, "d_talker_near", 0.98),
        (FIXED, "d_dancer_office", 0.91),
        (FIXED, "d_two_people", 0.96),
        ("rvm-512x288", "d_dancer_office", 0.95),
    ],
)
def test_people_are_found_as_well_as_others_measured(
    shared: Path, weights: Path, name: str, clip: str, least: float
) -> None:
    film = shared / "data/video_alpha" / f"{clip}.mp4"
    count = 20 if name == FIXED else 14
    model = open_segmenter(name, model_dirs=[weights])
    masks = (model(picture) for picture in pictures(film, model.input_size, count))
    overlaps = [overlap(mask, truth) for mask, truth in zip(masks, truths(film, count), strict=True)]
    assert len(overlaps) == count
    assert np.mean(overlaps[10:]) > least


@pytest.mark.shared
def test_a_mask_is_between_0_and_1_and_one_buffer(rvm: Rvm, talk: list[Rgb]) -> None:
    masks = [rvm(picture) for picture in talk[:3]]
    assert (masks[0].shape, masks[0].dtype) == ((144, 256), np.float32)
    assert masks[2].min() >= 0
    assert masks[2].max() <= 1
    assert np.shares_memory(masks[0], masks[2])


@pytest.mark.shared
def test_it_remembers_until_a_new_scene(rvm: Rvm, talk: list[Rgb]) -> None:
    first = rvm(talk[0]).copy()
    for picture in talk[1:]:
        rvm(picture)
    assert np.abs(rvm(talk[0]) - first).max() > 0.01
    rvm.reset()
    np.testing.assert_array_equal(rvm(talk[0]), first)


@pytest.mark.shared
def test_a_glance_neither_uses_nor_changes_what_is_remembered(rvm: Rvm, talk: list[Rgb]) -> None:
    assert isinstance(rvm, Recurrent)
    first = rvm(talk[0]).copy()
    second = rvm(talk[1]).copy()
    rvm.reset()
    rvm(talk[0])
    np.testing.assert_array_equal(rvm.glance(talk[0]), first)
    np.testing.assert_array_equal(rvm(talk[1]), second)


@pytest.mark.shared
def test_upstreams_own_signature_gives_the_same(
    rvm: Rvm, weights: Path, talk: list[Rgb], tmp_path: Path
) -> None:
    model = upstreams(weights / "rvm/rvm_mobilenetv3_256x144.onnx", tmp_path / "upstream.onnx")
    theirs = Rvm(model, Host([tmp_path]))
    for picture in talk:
        np.testing.assert_allclose(theirs(picture), rvm(picture), atol=1e-5)
    theirs.reset()
    rvm.reset()
    np.testing.assert_allclose(theirs(talk[0]), rvm(talk[0]), atol=1e-5)


@pytest.mark.shared
def test_upstreams_ratio_is_told_to_the_network(
    rvm: Rvm, weights: Path, talk: list[Rgb], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The disguise multiplies the picture with it: a half makes it darker, as it would not be unread."""
    model = upstreams(weights / "rvm/rvm_mobilenetv3_256x144.onnx", tmp_path / "upstream.onnx")
    monkeypatch.setattr("softfocus.models.rvm.memory_shapes", lambda width, height: memory_shapes(*SMALL))
    theirs = Rvm(model, Host([tmp_path]), downsample=0.5)
    np.testing.assert_allclose(theirs(talk[0]), rvm(talk[0] // 2), atol=0.05)


def test_the_memory_is_as_large_as_upstream_says() -> None:
    """The shapes that upstream's inference notes give for 1080p at a quarter."""
    assert memory_shapes(480, 270) == [
        (1, 16, 135, 240),
        (1, 20, 68, 120),
        (1, 40, 34, 60),
        (1, 64, 17, 30),
    ]


@pytest.mark.shared
def test_a_file_for_another_size_is_refused(weights: Path) -> None:
    wrong = replace(find_model(FIXED), input_size=InputSize(512, 288))
    with pytest.raises(ModelCorrupt, match="input src"):
        Rvm(wrong, Host([weights]))


@pytest.mark.shared
def test_a_picture_of_another_size_is_a_bug(rvm: Rvm, talk: list[Rgb]) -> None:
    with pytest.raises(ValueError, match=r"\(144, 255, 3\) != uint8 \(144, 256, 3\)"):
        rvm(talk[0][:, 1:])


@pytest.mark.shared
def test_it_is_a_segmenter(rvm: Rvm) -> None:
    segmenter: Segmenter = rvm
    assert (segmenter.name, segmenter.input_size) == (FIXED, SMALL)
    assert rvm.providers == ["cpu"]


def test_without_its_file_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("softfocus.models.store.platformdirs.user_data_path", lambda name: tmp_path / name)
    with pytest.raises(ModelMissing, match="softfocus models pull rvm;"):
        open_segmenter("rvm")
    with pytest.raises(ModelMissing, match=r"rvm_mobilenetv3_256x144\.onnx.*softfocus models add"):
        open_segmenter(FIXED)


@pytest.mark.shared
def test_an_input_that_the_adapter_does_not_know_is_refused(weights: Path) -> None:
    path = weights / "rvm/rvm_mobilenetv3_256x144.onnx"
    with pytest.raises(ModelCorrupt, match="it has inputs"):
        Session(path, path.read_bytes(), inputs={}, outputs={})
