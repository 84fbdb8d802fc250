"""What models run on: what is chosen, what is said when it does not work, and whose masks are refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from softfocus.models.device import (
    Device,
    choose,
    compare,
    drawn_person,
    look,
    missing_library,
    open_on,
    proven,
)
from softfocus.models.errors import ProviderMissing, ProviderWrong
from softfocus.models.manifest import DEFAULT_MODEL
from softfocus.models.open import Opened, open_segmenter
from softfocus.models.runtime import import_runtime
from softfocus.models.segmenter import Mask, Rgb
from softfocus.realtime.settings.texts import read_device


class Altered:
    """The default model, whose masks something happens to."""

    def __init__(self, change: Callable[[Mask], Mask]) -> None:
        self._inner = open_segmenter()
        self.name = self._inner.name
        self.input_size = self._inner.input_size
        self._change = change

    def __call__(self, picture: Rgb) -> Mask:
        return self._change(self._inner(picture))

    def reset(self) -> None:
        self._inner.reset()


@pytest.fixture(scope="module")
def reference() -> Opened:
    return open_segmenter()


@pytest.mark.parametrize("name", ["selfie-landscape", "selfie-square"])
def test_the_drawn_person_is_one_to_the_light_models(name: str) -> None:
    segmenter = open_segmenter(name)
    mask = look(segmenter, drawn_person(segmenter.input_size))
    height, width = mask.shape
    assert 0.15 < (mask > 0.5).mean() < 0.5
    assert mask[int(0.45 * height), width // 2] > 0.9
    assert mask[: height // 2, : width // 4].max() < 0.1


@pytest.mark.shared
@pytest.mark.parametrize("name", ["rvm-256x144", "u2netp"])
def test_the_drawn_person_is_one_to_the_others(shared: Path, name: str) -> None:
    segmenter = open_segmenter(name, model_dirs=[shared / "weights"])
    assert 0.15 < (look(segmenter, drawn_person(segmenter.input_size)) > 0.5).mean() < 0.5


@pytest.mark.parametrize(
    "change",
    [
        lambda mask: mask,
        lambda mask: mask.astype(np.float16).astype(np.float32),
        lambda mask: np.clip(mask + np.random.default_rng(0).normal(0, 0.01, mask.shape), 0, 1),
    ],
    ids=["the same", "rounded to 16 bits", "a little noise"],
)
def test_a_mask_like_the_cpus_is_accepted(reference: Opened, change: Callable[[Mask], Mask]) -> None:
    compare("cuda", Altered(change), reference)


@pytest.mark.parametrize(
    "change",
    [
        np.zeros_like,
        np.ones_like,
        lambda mask: 1 - mask,
        lambda mask: np.roll(mask, 12, axis=1),
        lambda mask: np.flipud(mask).copy(),
        lambda mask: np.random.default_rng(0).random(mask.shape, np.float32),
        lambda mask: np.where(mask > 0.99, np.float32(np.nan), mask),
        lambda mask: mask * 0.9,
    ],
    ids=["empty", "full", "inverted", "moved", "upside down", "noise", "not a number", "too low"],
)
def test_a_wrong_mask_is_refused(reference: Opened, change: Callable[[Mask], Mask]) -> None:
    with pytest.raises(ProviderWrong, match=r"cuda gives a wrong mask.*choose cpu"):
        compare("cuda", Altered(change), reference)


def test_what_is_not_there_is_said_and_the_cpu_takes_its_place(caplog: pytest.LogCaptureFixture) -> None:
    there = import_runtime().get_available_providers()
    missing: Device = "coreml" if "CoreMLExecutionProvider" not in there else "directml"
    with caplog.at_level(logging.WARNING):
        segmenter = open_on(missing)
    assert segmenter.name == DEFAULT_MODEL
    assert f"runs on the CPU instead: the installed ONNX Runtime has no provider '{missing}'" in caplog.text


def test_a_wrong_mask_is_said_and_the_cpu_takes_its_place(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(*_: object) -> None:
        raise ProviderWrong("cuda", "0.3 off on average")

    monkeypatch.setattr("softfocus.models.device.proven", wrong)
    with caplog.at_level(logging.WARNING):
        segmenter = open_on("cuda")
    assert "runs on the CPU instead: provider cuda gives a wrong mask (0.3 off" in caplog.text
    assert (look(segmenter, drawn_person(segmenter.input_size)) > 0.5).any()


def test_on_the_cpu_nothing_is_checked_or_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the CPU was compared with itself")

    monkeypatch.setattr("softfocus.models.device.compare", never)
    assert open_on("cpu").name == DEFAULT_MODEL
    assert caplog.text == ""


def test_by_default_light_models_stay_on_the_cpu_and_others_take_what_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("softfocus.models.device.available_providers", lambda: ["tensorrt", "cuda", "cpu"])
    assert choose("auto", "selfie-landscape") == "cpu"
    assert choose("auto", "rvm") == "cuda"
    assert choose("tensorrt", "rvm") == "tensorrt"
    monkeypatch.setattr("softfocus.models.device.available_providers", lambda: ["cpu"])
    assert choose("auto", "rvm") == "cpu"


def test_a_provider_that_onnx_runtime_lacks_is_named() -> None:
    with pytest.raises(ProviderMissing, match="'abacus'"):
        proven("abacus", DEFAULT_MODEL, 1, ())


@pytest.mark.skipif(not Path("/lib/x86_64-linux-gnu").is_dir(), reason="looks at Linux's libraries")
def test_a_library_that_loads_lacks_nothing(tmp_path: Path) -> None:
    assert missing_library(Path("/lib/x86_64-linux-gnu/libm.so.6")) is None
    (broken := tmp_path / "libonnxruntime_providers_cuda.so").write_bytes(b"none")
    assert missing_library(broken) == str(broken)


def test_devices_are_read_from_text() -> None:
    assert read_device("CUDA") == "cuda"
    with pytest.raises(ValueError, match="none of: auto, cpu, cuda, tensorrt"):
        read_device("gpu")
