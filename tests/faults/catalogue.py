"""All the faults, by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from faults.injected import Shot, SpoilMask, SpoilSending, SpoilShot, Switch
from faults.room import SIZE, Truth, fitted, scaled

from softfocus.models.errors import ModelFailed
from softfocus.models.segmenter import Mask
from softfocus.realtime.errors import CameraLost, CannotWrite
from softfocus.realtime.frame import I420, Size
from softfocus.realtime.sources.unpack import Jpeg

Change = Literal["blur", "colour", "raw"]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, in one place.

    seconds   how long
    lasting   what is different with the device from its return on
    change    of settings, when the fault begins
    """

    mask: SpoilMask | None = None
    shot: SpoilShot | None = None
    lasting: SpoilShot | None = None
    sending: SpoilSending | None = None
    change: Change | None = None
    seconds: float = 0.6


def fail(error: Exception) -> SpoilMask:
    """Raises instead of giving a mask."""

    def spoil(switch: Switch, mask: Mask, n: int) -> Mask:
        raise error

    return spoil


def every(period: int, first: int, spoil: SpoilMask) -> SpoilMask:
    """Only each `period`-th mask, beginning with the `first`."""
    return lambda switch, mask, n: spoil(switch, mask, n) if n >= first and n % period == 0 else mask


def wait(seconds: float) -> SpoilMask:
    """Late."""

    def spoil(switch: Switch, mask: Mask, n: int) -> Mask:
        switch.over.wait(seconds)
        return mask

    return spoil


def made(change: Callable[[Mask], object]) -> SpoilMask:
    """Another mask in place of the true one."""
    return lambda switch, mask, n: change(mask)


def put(value: float, where: object = ...) -> SpoilMask:
    """A value where no mask has it."""

    def spoil(switch: Switch, mask: Mask, n: int) -> Mask:
        mask[where] = value
        return mask

    return spoil


def noise(mask: Mask) -> Mask:
    return np.random.default_rng().random(mask.shape, np.float32)


def checkerboard(mask: Mask) -> Mask:
    return (np.indices(mask.shape).sum(axis=0) % 2).astype(np.float32)


def shifted(by: float) -> Callable[[Mask], Mask]:
    """Moved right by a share of the width; what comes in repeats the last column."""

    def change(mask: Mask) -> Mask:
        pixels = round(by * mask.shape[1])
        return np.asarray(
            cv2.copyMakeBorder(mask[:, :-pixels], 0, 0, pixels, 0, cv2.BORDER_REPLICATE), np.float32
        )

    return change


def block(mask: Mask) -> Mask:
    """An eighth of the picture is added, where nobody is."""
    height, width = mask.shape
    mask[: height // 2, -width // 4 :] = 1
    return mask


def stripe(mask: Mask) -> Mask:
    mask[:, -mask.shape[1] // 8 :] = 1
    return mask


def grown(mask: Mask, n: int) -> Mask:
    """A little more each frame."""
    return np.asarray(cv2.dilate(mask, np.ones((3, 3), np.uint8), iterations=n + 1), np.float32)


def enlarged(mask: Mask) -> Mask:
    """As seen by somebody who stands twice as near."""
    height, width = mask.shape
    large = cv2.resize(mask, (2 * width, 2 * height))
    return np.asarray(large[height // 2 : height // 2 + height, width // 2 : width // 2 + width], np.float32)


class Frozen:
    """The first mask again and again."""

    def __init__(self) -> None:
        self._first: Mask | None = None

    def __call__(self, switch: Switch, mask: Mask, n: int) -> Mask:
        if n == 0 or self._first is None:
            self._first = mask
        return self._first


class Late:
    """Each mask is the one of so many pictures before."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._past: list[Mask] = []

    def __call__(self, switch: Switch, mask: Mask, n: int) -> Mask:
        if n == 0:
            self._past.clear()
        self._past.append(mask)
        return self._past[max(0, n - self._frames)]


def other_persons(switch: Switch, mask: Mask, n: int) -> Mask:
    """A mask of another scene, in which somebody sits elsewhere and moves, too."""
    height, width = mask.shape
    person = np.zeros_like(mask)
    centre = round(width * (0.7 + 0.05 * np.sin(n / 5))), height // 3
    cv2.circle(person, centre, height // 6, 1.0, cv2.FILLED, cv2.LINE_AA)
    cv2.ellipse(person, (centre[0], height), (height // 3, height // 2), 0, 180, 360, 1.0, cv2.FILLED)
    return np.asarray(cv2.GaussianBlur(person, (0, 0), 1.5), np.float32)


def shot_of(change: Callable[[Shot], Shot | None]) -> SpoilShot:
    return lambda switch, shot, n: change(shot)


def lit(gain: float, offset: float = 0.0) -> Callable[[Shot], Shot]:
    """Another exposure."""

    def change(shot: Shot) -> Shot:
        planes = I420(shot.frame.size).planes
        cv2.convertScaleAbs(shot.frame.planes.y, dst=planes.y, alpha=gain, beta=offset)
        for plane, chroma in zip(planes[1:], shot.frame.planes[1:], strict=True):
            cv2.convertScaleAbs(chroma, dst=plane, alpha=gain, beta=128 * (1 - gain))
        return Shot(replace(shot.frame, planes=planes), shot.truth)

    return change


def sized(size: Size) -> SpoilShot:
    """The device gives another size."""
    known: dict[int, Truth] = {}

    def spoil(switch: Switch, shot: Shot, n: int) -> Shot:
        truth = known.setdefault(id(shot.truth), fitted(shot.truth, size))
        return Shot(replace(scaled(shot.frame, size), captured_at=shot.frame.captured_at), truth)

    return spoil


def turned_away(switch: Switch, shot: Shot, n: int) -> Shot:
    return switch.elsewhere(shot.frame)


class Torn:
    """The upper half of each picture is of half a second before."""

    def __init__(self) -> None:
        self._past: list[Shot] = []

    def __call__(self, switch: Switch, shot: Shot, n: int) -> Shot:
        self._past = [*self._past, shot][-15:]
        before, planes = self._past[0], I420(shot.frame.size).planes
        for plane, above, below in zip(planes, before.frame.planes, shot.frame.planes, strict=True):
            middle = len(plane) // 2
            plane[:middle], plane[middle:] = above[:middle], below[middle:]
        person = np.maximum(before.truth.person, shot.truth.person)
        return Shot(replace(shot.frame, planes=planes), replace(shot.truth, person=person))


class CorruptJpeg:
    """The device gives Motion JPEG, in which bytes are wrong."""

    def __init__(self) -> None:
        self._decode = Jpeg(SIZE)

    def __call__(self, switch: Switch, shot: Shot, n: int) -> Shot | None:
        y, u, v = shot.frame.planes
        data = np.concatenate([y.reshape(-1), u.reshape(-1), v.reshape(-1)]).reshape(-1, SIZE.width)
        packed = cv2.imencode(".jpg", cv2.cvtColor(data, cv2.COLOR_YUV2BGR_I420))[1].reshape(-1)
        packed[np.random.default_rng(n).integers(600, packed.size, 40)] = 255
        if (decoded := self._decode(np.asarray(packed, np.uint8))) is None:
            return None
        return Shot(replace(shot.frame, planes=decoded[0], colour=decoded[1]), shot.truth)


class Repeated:
    """The first picture again and again, as new frames."""

    def __init__(self) -> None:
        self._first: Shot | None = None

    def __call__(self, switch: Switch, shot: Shot, n: int) -> Shot:
        if n == 0 or self._first is None:
            self._first = shot
        return Shot(replace(self._first.frame, captured_at=shot.frame.captured_at), self._first.truth)


def stamped(at: Callable[[int, int], int]) -> SpoilShot:
    """Another time of capture: of the true one, ns, and the count of frames."""
    return lambda switch, shot, n: Shot(
        replace(shot.frame, captured_at=at(shot.frame.captured_at, n)), shot.truth
    )


def lost(switch: Switch, shot: Shot, n: int) -> Shot | None:
    raise CameraLost("test camera")


def confused(switch: Switch, shot: Shot, n: int) -> Shot | None:
    raise RuntimeError("the driver is confused")


def silent(switch: Switch, shot: Shot, n: int) -> Shot | None:
    return None


def slowed(switch: Switch, shot: Shot, n: int) -> Shot | None:
    return shot if n % 6 == 0 else None


def flickering(switch: Switch, shot: Shot, n: int) -> Shot:
    return lit(0.6 if n % 2 else 1.2)(shot)


def cut_each_fifth(switch: Switch, shot: Shot, n: int) -> Shot:
    return switch.elsewhere(shot.frame) if n // 5 % 2 else shot


def no_sending(error: Exception) -> SpoilSending:
    def spoil(switch: Switch) -> None:
        raise error

    return spoil


def late_sending(seconds: float) -> SpoilSending:
    return lambda switch: time.sleep(seconds)


def faults() -> dict[str, Fault]:
    """All of them by name, made anew: some remember, and cases run at the same time."""
    return {
        "the segmenter raises": Fault(fail(ValueError("broken"))),
        "the segmenter raises each second time": Fault(every(2, 0, fail(ValueError("broken")))),
        "the segmenter raises after a few masks": Fault(every(1, 5, fail(ValueError("broken")))),
        "the provider is lost": Fault(fail(ModelFailed(Path("model.onnx"), "device removed")), seconds=1.5),
        "there is no memory": Fault(fail(MemoryError())),
        "the segmenter hangs for half a second": Fault(every(8, 0, wait(0.5)), seconds=1.2),
        "the segmenter hangs for ever": Fault(wait(1000), seconds=2.0),
        "the segmenter is slow": Fault(wait(0.06)),
        "the segmenter is too slow": Fault(wait(0.3), seconds=1.2),
        "the mask is NaN": Fault(put(np.nan)),
        "one value is NaN": Fault(put(np.nan, (3, 3))),
        "one value is infinite": Fault(put(np.inf, (100, 20))),
        "values are negative": Fault(made(lambda mask: mask - 0.3)),
        "values are above one": Fault(made(lambda mask: mask * 255)),
        "the mask has another shape": Fault(made(lambda mask: mask[:-8])),
        "the mask is transposed": Fault(made(lambda mask: mask.T)),
        "the mask has three dimensions": Fault(made(lambda mask: mask[None])),
        "the mask is an empty array": Fault(made(lambda mask: mask[:0])),
        "the mask is nothing": Fault(made(lambda mask: None)),
        "the mask is double": Fault(made(lambda mask: mask.astype(np.float64))),
        "the mask cannot be written": Fault(made(lambda mask: mask.setflags(write=False) or mask)),
        "the mask is of bytes": Fault(made(lambda mask: (mask * 255).astype(np.uint8))),
        "nobody is there": Fault(put(0.0)),
        "everything is a person": Fault(put(1.0)),
        "everything is half a person": Fault(put(0.5)),
        "everything is nearly a person": Fault(put(0.9)),
        "the room is two fifths of a person": Fault(
            made(lambda mask: np.float32(0.4) + mask * np.float32(0.6))
        ),
        "the mask is inverted": Fault(made(lambda mask: 1 - mask)),
        "the mask is a checkerboard": Fault(made(checkerboard)),
        "the mask is noise": Fault(made(noise)),
        "the mask is mixed with noise": Fault(made(lambda mask: 0.5 * mask + 0.5 * noise(mask))),
        "the mask is shifted by a third": Fault(made(shifted(1 / 3))),
        "the mask is mirrored": Fault(made(lambda mask: mask[:, ::-1].copy())),
        "the mask is upside down": Fault(made(lambda mask: mask[::-1].copy())),
        "the mask is twice as large": Fault(made(enlarged)),
        "the mask freezes": Fault(Frozen(), seconds=1.5),
        "the mask is a second late": Fault(Late(30), seconds=1.5),
        "the mask is of another scene": Fault(other_persons),
        "a block is added": Fault(made(block)),
        "a stripe is added": Fault(made(stripe)),
        "a block comes and goes": Fault(every(2, 0, made(block))),
        "the person grows": Fault(lambda switch, mask, n: grown(mask, n), seconds=1.2),
        "every second mask is inverted": Fault(every(2, 0, made(lambda mask: 1 - mask))),
        "full and empty masks take turns": Fault(lambda switch, mask, n: np.full_like(mask, n % 2)),
        "the camera changes its size": Fault(shot=sized(Size(480, 360))),
        "the camera changes its size each fifth frame": Fault(
            shot=lambda switch, shot, n: sized(Size(320, 180))(switch, shot, n) if n // 5 % 2 else shot
        ),
        "another camera gives the pictures": Fault(shot=turned_away),
        "the scene is cut each fifth frame": Fault(shot=cut_each_fifth),
        "pictures are torn": Fault(shot=Torn()),
        "pictures are black": Fault(shot=shot_of(lit(0.0, 16.0))),
        "pictures are white": Fault(shot=shot_of(lit(0.0, 235.0))),
        "exposure jumps": Fault(shot=shot_of(lit(1.5))),
        "exposure flickers": Fault(shot=flickering),
        "pictures are corrupt JPEG": Fault(shot=CorruptJpeg()),
        "pictures repeat": Fault(shot=Repeated()),
        "time goes backwards": Fault(shot=stamped(lambda at, n: at - 40_000_000 * n)),
        "time is the wall clock's": Fault(shot=stamped(lambda at, n: time.time_ns())),
        "time stands still": Fault(shot=stamped(lambda at, n: 5)),
        "numbers jump": Fault(
            shot=lambda switch, shot, n: Shot(replace(shot.frame, index=shot.frame.index * 1000), shot.truth)
        ),
        "the camera falls to five pictures a second": Fault(shot=slowed, seconds=1.5),
        "the camera stalls": Fault(shot=silent, seconds=1.2),
        "the camera stalls until it is reopened": Fault(shot=silent, seconds=2.6),
        "the camera is unplugged": Fault(shot=lost, seconds=1.0),
        "the camera's driver fails": Fault(shot=confused),
        "the camera comes back with another size": Fault(shot=lost, lasting=sized(Size(480, 360))),
        "the camera comes back in another room": Fault(shot=lost, lasting=turned_away),
        "the blur is changed": Fault(change="blur"),
        "the blur becomes a colour": Fault(change="colour"),
        "the room was to be seen and is no more": Fault(change="raw"),
        "a sink raises what it says it raises": Fault(sending=no_sending(CannotWrite("x.mp4", "no space"))),
        "a sink raises what nobody expects": Fault(sending=no_sending(RuntimeError("v4l2 is gone"))),
        "a sink is slow": Fault(sending=late_sending(0.1)),
        "a sink blocks": Fault(sending=late_sending(1.5)),
    }
