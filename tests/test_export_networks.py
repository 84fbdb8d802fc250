"""Networks made smaller, and networks written from PyTorch: what comes out computes what went in."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from typer.testing import CliRunner

from softfocus.export.cli import app
from softfocus.export.errors import (
    CheckpointWrong,
    NotOnnx,
    OpenSize,
    ParityLost,
    SourceMissing,
    UnreadablePhoto,
)
from softfocus.export.network.command import export_half, export_int8, export_simplified
from softfocus.export.network.compare import compare
from softfocus.export.network.feed import Inputs, fed, slots
from softfocus.export.network.graph import load, simplified
from softfocus.export.network.half import half
from softfocus.export.network.int8 import int8
from softfocus.export.tensorrt import build_engine
from softfocus.export.upstream.command import export
from softfocus.export.upstream.source import checkpoint, code, fill
from softfocus.export.upstream.trace import Network, agreement, module, random, to_onnx
from softfocus.models.errors import SoftfocusError
from softfocus.models.manifest import DEFAULT_MODEL, find_model
from softfocus.models.runtime import import_runtime
from softfocus.models.store import BUNDLED

LANDSCAPE = BUNDLED / "selfie_landscape.onnx"
ASTRONAUT = Path(__file__).parents[1] / "realtime" / "sources" / "astronaut.jpg"
WORDY = """
<ir_version: 8, opset_import: ["" : 17]>
wordy (float[1, 3, 8, 8] picture) => (float[1, 2, 8, 8] mask)
{
    twice = Add(one, one)
    scaled = Mul(picture, twice)
    same = Identity(scaled)
    mixed = Conv(same, weights)
    mask = BatchNormalization(mixed, gain, bias, mean, variance)
}
"""


@pytest.fixture
def wordy() -> onnx.ModelProto:
    """A network that says more than it has to."""
    numbers = np.random.default_rng(0)
    constants = {
        "one": np.float32(1),
        "weights": numbers.normal(size=(2, 3, 1, 1)).astype(np.float32),
        **{name: numbers.random(2, np.float32) + 0.5 for name in ("gain", "bias", "mean", "variance")},
    }
    model = onnx.parser.parse_model(WORDY)
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    return model


@pytest.fixture(scope="module")
def landscape() -> onnx.ModelProto:
    return load(LANDSCAPE)


@pytest.fixture(scope="module")
def astronaut(landscape: onnx.ModelProto) -> list[Inputs]:
    return list(fed(landscape, find_model(DEFAULT_MODEL), [ASTRONAUT]))


def run(model: onnx.ModelProto, inputs: Inputs) -> np.ndarray:
    session = import_runtime().InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, dict(inputs))[0]


def test_what_need_not_be_said_is_gone_and_the_result_the_same(wordy: onnx.ModelProto) -> None:
    after = simplified(wordy)
    assert [node.op_type for node in after.graph.node] == ["Mul", "Conv"]
    picture = {"picture": np.random.default_rng(1).random((1, 3, 8, 8), np.float32)}
    np.testing.assert_allclose(run(after, picture), run(wordy, picture), rtol=1e-5, atol=1e-6)


def test_a_network_that_says_no_more_than_it_has_to_stays(landscape: onnx.ModelProto) -> None:
    assert len(simplified(landscape).graph.node) <= len(landscape.graph.node)


def test_sixteen_bits_are_half_the_size_and_nearly_the_same_mask(
    landscape: onnx.ModelProto, astronaut: list[Inputs]
) -> None:
    after = half(landscape)
    assert after.ByteSize() < 0.65 * landscape.ByteSize()
    found = compare(landscape, after, astronaut, "mask", 0)
    assert 0 < found.mean < 0.005
    assert found.iou > 0.98
    assert [(port.name, port.shape) for port in slots(after)] == [("picture", (1, 144, 256, 3))]


def test_eight_bits_are_smaller_still_and_lose_more(
    landscape: onnx.ModelProto, astronaut: list[Inputs]
) -> None:
    after = int8(landscape, astronaut)
    kinds = {node.op_type for node in after.graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds
    assert after.ByteSize() < landscape.ByteSize()
    found = compare(landscape, after, astronaut, "mask", 0)
    assert 0 < found.mean < 0.1
    assert found.before > 0
    assert found.after > 0


def test_a_network_beside_itself_has_lost_nothing(
    landscape: onnx.ModelProto, astronaut: list[Inputs]
) -> None:
    found = compare(landscape, landscape, astronaut, "mask", 0)
    assert (found.largest, found.mean, found.iou, found.pictures) == (0, 0, 1, 1)


@pytest.mark.shared
def test_pictures_come_as_the_manifest_says_and_memories_as_zeros(shared: Path) -> None:
    network = load(shared / "weights/rvm/rvm_mobilenetv3_256x144.onnx")
    (inputs,) = fed(network, find_model("rvm-256x144"), [ASTRONAUT])
    assert inputs["src"].shape == (1, 3, 144, 256)
    assert 0 <= inputs["src"].min() < inputs["src"].max() <= 1
    assert inputs["r1i"].shape == (1, 16, 72, 128)
    assert not any(inputs[name].any() for name in ("r1i", "r2i", "r3i", "r4i"))


def test_what_is_written_opens_and_the_loss_is_told(tmp_path: Path) -> None:
    line = export_half(LANDSCAPE, tmp_path / "half.onnx", DEFAULT_MODEL, [ASTRONAUT])
    assert "on 1 pictures the mask differs by" in line
    assert load(tmp_path / "half.onnx").graph.input[0].name == "picture"
    assert "nodes of" in export_simplified(LANDSCAPE, tmp_path / "simple.onnx")


def test_what_cannot_be_changed_is_named(tmp_path: Path, wordy: onnx.ModelProto) -> None:
    (nonsense := tmp_path / "nonsense.onnx").write_bytes(b"no network")
    with pytest.raises(NotOnnx, match=r"nonsense\.onnx"):
        export_simplified(nonsense, tmp_path / "out.onnx")
    with pytest.raises(NotOnnx, match=r"absent\.onnx"):
        export_half(tmp_path / "absent.onnx", tmp_path / "out.onnx", DEFAULT_MODEL, [])
    (no_photo := tmp_path / "no.jpg").write_text("none")
    with pytest.raises(UnreadablePhoto, match=r"no\.jpg"):
        export_int8(LANDSCAPE, tmp_path / "out.onnx", DEFAULT_MODEL, [no_photo], [])
    memory = onnx.helper.make_tensor_value_info("memory", onnx.TensorProto.FLOAT, [1, "open"])
    wordy.graph.input.append(memory)
    with pytest.raises(OpenSize, match=r"memory is open.*--size"):
        list(fed(wordy, find_model("u2netp"), [ASTRONAUT]))


def test_an_engine_cannot_be_built_without_tensorrt() -> None:
    with pytest.raises(SoftfocusError, match="tensorrt"):
        build_engine(DEFAULT_MODEL)


def test_code_that_is_not_here_is_named_with_where_it_is() -> None:
    with pytest.raises(SourceMissing, match=r"no_such_network cannot be imported.*get it from its makers"):
        code("no_such_network", None, "it from its makers")


def test_the_command_line_lists_every_exporter() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for name in ("selfie", "rvm", "modnet", "mobile-sam", "efficient-sam", "cartoon", "int8", "tensorrt"):
        assert name in shown


needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is missing: pip install 'softfocus[export-torch]'",
)


@pytest.fixture
def convolution() -> Network:
    """A network of one layer that takes any size."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(3, 2, 3, padding=1)
    axes = {2: "height", 3: "width"}
    return Network(
        "tiny",
        module(lambda picture: layer(picture).sigmoid(), layer=layer),
        {"picture": random(1, 3, 8, 12)},
        ("mask",),
        open={"picture": axes, "mask": axes},
        others=[{"picture": random(1, 3, 6, 4, seed=1)}],
    )


@needs_torch
class TestFromPyTorch:
    def test_an_export_computes_what_pytorch_does_in_every_size(
        self, convolution: Network, tmp_path: Path
    ) -> None:
        (line,) = export([convolution], tmp_path)
        assert "from PyTorch" in line
        found = agreement(convolution, (tmp_path / "tiny.onnx").read_bytes())
        assert found.holds
        assert found.inputs == 2

    def test_another_networks_export_is_refused(
        self, convolution: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = to_onnx(convolution)
        with pytest.importorskip("torch").no_grad():
            convolution.module.layer.bias += 0.1
        assert not agreement(convolution, content).holds
        monkeypatch.setattr("softfocus.export.upstream.command.to_onnx", lambda _: content)
        with pytest.raises(ParityLost, match=r"tiny\.onnx differs"):
            list(export([convolution], tmp_path))
        assert not (tmp_path / "tiny.onnx").exists()

    def test_a_checkpoint_that_is_none_or_anothers_is_named(
        self, convolution: Network, tmp_path: Path
    ) -> None:
        torch = pytest.importorskip("torch")
        layer, path = convolution.module.layer, tmp_path / "weights.pth"
        for content in (b"", b"nonsense"):
            path.write_bytes(content)
            with pytest.raises(CheckpointWrong, match=r"weights\.pth"):
                checkpoint(path)
        with pytest.raises(CheckpointWrong, match="No such file"):
            checkpoint(tmp_path / "absent.pth")
        torch.save({f"module.{name}": value for name, value in layer.state_dict().items()}, path)
        fill(layer, checkpoint(path), path)
        torch.save({"other": torch.zeros(1)}, path)
        with pytest.raises(CheckpointWrong, match="Missing key"):
            fill(layer, checkpoint(path), path)

    def test_a_checkpoint_that_runs_code_is_not_read_unless_trusted(self, tmp_path: Path) -> None:
        torch = pytest.importorskip("torch")
        torch.save({"path": tmp_path}, path := tmp_path / "weights.pth")
        with pytest.raises(CheckpointWrong, match="--trust"):
            checkpoint(path)
        assert checkpoint(path, trusted=True) == {"path": tmp_path}
