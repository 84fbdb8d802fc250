"""What an installed softfocus makes of the demo: python witness.py MADE.npz [OTHER.npz]

MADE.npz gets frames, the networks' masks of them, and their mattes. With OTHER.npz, made on another machine,
the frames are that one's; how far the two differ is printed, and the status is 1 where that is too far.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from softfocus.models.manifest import find_model
from softfocus.models.native import network
from softfocus.models.selfie import Selfie
from softfocus.realtime.colour import to_rgb
from softfocus.realtime.frame import Colour, Frame, Planes, Size
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.scale import resized
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

Arrays = Mapping[str, npt.NDArray[np.generic]]

SIZE, COUNT, RATE = Size(1280, 720), 12, 30.0
MODELS = ("selfie-landscape", "selfie-square")
MASK = 1e-4  # so far a network's form may be from exact arithmetic
CODES, SHARE = 4, 0.005  # by so many of 255 mattes may differ, and in so many of their pixels


def main(words: Sequence[str]) -> int:
    other: Arrays = np.load(words[1]) if len(words) > 1 else {}
    found = dict(mattes(given(other) if other else filmed()))
    np.savez_compressed(words[0], **found)
    print(f"networks: {network.forms()[0] if network.forms() else 'ONNX Runtime'}")
    return int(bool(other) and not agree(found, other))


def filmed() -> Iterator[Planes]:
    """The first frames of the demo."""
    source = Demo(SIZE, RATE)
    for _ in range(COUNT):
        frame = source.read(1.0)
        assert frame is not None
        yield frame.planes


def given(other: Arrays) -> Iterator[Planes]:
    """The frames that another machine worked on."""
    for y, u, v in zip(other["y"], other["u"], other["v"], strict=True):
        yield Planes(y, u, v)


def mattes(frames: Iterator[Planes]) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """By name the frames, all mattes, and each network's masks."""
    matting = FramePath(RunSettings(), SIZE).matting()
    models = [Selfie(find_model(name)) for name in MODELS]
    kept: dict[str, list[npt.NDArray[np.generic]]] = {}
    for index, planes in enumerate(frames):
        matte = matting(Frame(planes, index, round(index / RATE * 1e9), Colour()))
        made = dict(zip("yuv", planes, strict=True)) | {"matte": matte.alpha}
        made |= {model.name: model(seen(planes, model.input_size)) for model in models}
        for name, array in made.items():
            kept.setdefault(name, []).append(array.copy())
    for name, arrays in kept.items():
        yield name, np.stack(arrays)


def seen(planes: Planes, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A frame as a network sees it whole."""
    return to_rgb(Planes(*(resized(plane, size) for plane in planes)), Colour())


def agree(ours: Arrays, theirs: Arrays) -> bool:
    """Whether both say the same, as far as they have to; prints how far they do."""
    within = True
    for name in MODELS:
        apart = np.abs(ours[name].astype(np.float64) - theirs[name])
        print(f"{name}: masks differ by {apart.max():.1e}, in the mean by {apart.mean():.1e}")
        within &= bool(apart.max() <= MASK)
    codes = np.abs(ours["matte"].astype(np.int16) - theirs["matte"])
    print(f"mattes of the demo differ by {codes.max()} of 255, in {np.mean(codes > 0):.3%} of their pixels")
    return within and bool(codes.max() <= CODES and np.mean(codes > 0) <= SHARE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
