"""False people: things that look like somebody and are a part of the room, with the room's code on them.

A poster, a face on a television and on a mug, a coat on a chair, a dressmaker's dummy: where one is shown,
the room is recognisable. All are made of the demo's person, mirrored and in other colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from faults.catalogue import Fault
from faults.injected import Shot, Switch
from faults.room import CONTRAST, SEED, SIZE, Truth, cut_out, dilated, furnished

from softfocus.realtime.frame import I420, Plane, Planes, Size
from softfocus.realtime.matte import Box, inside

WHOLE = Box(40, 0, 444, 360)  # of the demo's picture: head and shoulders
HEAD = Box(172, 0, 392, 256)
CHIN = 0.6  # of the figure's height: where its head ends
KNOWN = 3.0  # s after which what never moved against the room is known as a thing
CARRIED = 2.0  # s for which a mask may go on where its witness went away and it stands still


class Thing(NamedTuple):
    """A picture of something: planes, (h, w) and halves of it, and where it is: 0..255, (h, w)."""

    planes: Planes
    alpha: Plane


Array = TypeVar("Array", npt.NDArray[np.uint8], npt.NDArray[np.float32])
Where = Callable[[float], tuple[float, float]]  # from s since it began to x, y of the thing's corner, px


@cache
def figure(height: int, part: Box = WHOLE) -> Thing:
    """Head and shoulders, mirrored, in green."""
    planes, alpha = cut_out()
    width = (part.x1 - part.x0) * height // (part.y1 - part.y0) & ~1
    fine, coarse = inside(part), inside(Box(*(edge // 2 for edge in part)))
    size = Size(width, height)
    half = Size(width // 2, height // 2)
    y, there = (turned(plane[fine], size) for plane in (planes.y, alpha))
    u, v = (turned(plane[coarse], half) for plane in planes[1:])
    if part == WHOLE:
        below = int(CHIN * half.height)
        v[below:] = 255 - v[below:]  # from orange to green
    return Thing(Planes(y, u, v), there)


def turned(plane: Plane, size: Size) -> Plane:
    """Mirrored, at that size."""
    return np.asarray(cv2.resize(plane[:, ::-1], size, interpolation=cv2.INTER_AREA), np.uint8)


def framed(picture: Thing, ground: int, rim: int, *, border: int = 6) -> Thing:
    """On a ground of that lightness, in a frame: all of it is there."""
    share = picture.alpha / np.float32(255)
    y = ground + share * (picture.planes.y - np.float32(ground))
    half = cv2.resize(share, picture.planes.u.shape[::-1], interpolation=cv2.INTER_AREA)
    u, v = (128 + half * (each - np.float32(128)) for each in picture.planes[1:])
    y[:border], y[-border:], y[:, :border], y[:, -border:] = rim, rim, rim, rim
    return Thing(Planes(*(each.astype(np.uint8) for each in (y, u, v))), np.full_like(picture.alpha, 255))


def poster(height: int) -> Thing:
    return framed(figure(height), 180, 60)


def television(height: int) -> Thing:
    """Somebody's face fills it."""
    return framed(figure(height, HEAD), 110, 40, border=8)


def mug(height: int) -> Thing:
    """White and round, with a face on its front."""
    face = framed(figure(height, HEAD), 185, 185, border=2)
    front = np.zeros_like(face.alpha)
    width = front.shape[1]
    cv2.rectangle(front, (width // 12, height // 12), (width - width // 12, height - height // 12), 255, -1)
    return face._replace(alpha=np.asarray(cv2.GaussianBlur(front, (0, 0), 1), np.uint8))


def coat(height: int) -> Thing:
    """What hangs over the back of a chair: the figure's shoulders and no head."""
    worn = figure(height)
    alpha = worn.alpha.copy()
    alpha[: int(CHIN * height)] = 0
    return worn._replace(alpha=alpha)


def dummy(height: int) -> Thing:
    """Dressed, with a head that has no face."""
    worn = figure(height)
    head = slice(0, int(CHIN * height) & ~1)
    y, u, v = (each.copy() for each in worn.planes)
    y[head] = cv2.GaussianBlur(y[head], (0, 0), height / 10)
    for each in (u, v):
        half = slice(0, head.stop // 2)
        each[half] = cv2.GaussianBlur(each[half], (0, 0), height / 20)
    return worn._replace(planes=Planes(y, u, v))


def stays(x: float, y: float) -> Where:
    return lambda seconds: (x, y)


def comes(x: float, y: float, over: float = 0.5) -> Where:
    """From the right, and stays."""
    return lambda seconds: (x + (SIZE.width - x) * max(0.0, 1 - seconds / over), y)


def falls(x: float, y: float) -> Where:
    return lambda seconds: (x, y + 200 * max(0.0, seconds - 0.5) ** 2)


def sways(x: float, y: float) -> Where:
    """As the person does, and a little faster."""
    return lambda seconds: (x + 12 * np.sin(4.5 * seconds), y)


def comes_and_goes(x: float, y: float) -> Where:
    return lambda seconds: (x if seconds % 0.7 < 0.35 else SIZE.width, y)


class Scene:
    """Something happens in each shot, by the time since it began."""

    def __init__(self) -> None:
        self._began = 0

    def __call__(self, switch: Switch, shot: Shot, n: int) -> Shot:
        if n == 0:
            self._began = shot.frame.captured_at
        return self.at((shot.frame.captured_at - self._began) / 1e9, switch, shot)

    def at(self, seconds: float, switch: Switch, shot: Shot) -> Shot:
        raise NotImplementedError


class Stands(Scene):
    """The thing stands behind the person.

    known  s for which it may be taken for somebody; 0: it never may
    """

    def __init__(self, thing: Thing, where: Where, known: float = 0.0) -> None:
        super().__init__()
        self._thing, self._where, self._known = thing, where, known

    def at(self, seconds: float, switch: Switch, shot: Shot) -> Shot:
        place = self._where(seconds)
        seen = drawn(shot, self._thing, place)
        return taken_for_somebody(seen, self._thing, place) if seconds < self._known else seen


class OwnerLeaves(Scene):
    """Somebody in a coat sits there for a second, and is gone; the coat may be theirs for a while."""

    def __init__(self, height: int, place: tuple[float, float], *, stays: float = 1.0) -> None:
        super().__init__()
        self._owner, self._coat, self._place, self._stays = figure(height), coat(height), place, stays

    def at(self, seconds: float, switch: Switch, shot: Shot) -> Shot:
        there = self._owner if seconds < self._stays else self._coat
        seen = drawn(shot, there, self._place, coded=there is self._coat)
        return taken_for_somebody(seen, there, self._place) if seconds < self._stays + CARRIED else seen


class Panned(Scene):
    """The camera turns to and fro, and all that is in the picture goes with it."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene

    def at(self, seconds: float, switch: Switch, shot: Shot) -> Shot:
        by = 2 * round(10 * np.sin(3 * seconds))
        frame, truth = self._scene.at(seconds, switch, shot)
        y, u, v = (
            shifted(plane, step, cv2.BORDER_REPLICATE)
            for plane, step in zip(frame.planes, (by, by // 2, by // 2), strict=True)
        )
        fine, coarse = (shifted(code, step) for code, step in zip(truth.codes, (by, by // 2), strict=True))
        person = shifted(truth.person, by, cv2.BORDER_REPLICATE)
        return Shot(replace(frame, planes=Planes(y, u, v)), Truth((fine, coarse), person))


class Alone(Scene):
    """Nobody is in the room, and so nobody but the thing can be looked for."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene

    def at(self, seconds: float, switch: Switch, shot: Shot) -> Shot:
        frame, truth = shot
        noise = np.random.default_rng(frame.index)
        y, u, v = (
            np.clip(plane + noise.normal(0, 1.5, plane.shape), 16, 235).astype(np.uint8)
            for plane in furnished(SEED, truth.codes)
        )
        empty = replace(truth, person=np.zeros_like(truth.person))
        return self._scene.at(seconds, switch, Shot(replace(frame, planes=Planes(y, u, v)), empty))


def drawn(shot: Shot, thing: Thing, place: tuple[float, float], *, coded: bool = True) -> Shot:
    """The shot with the thing, behind the person and what is near them; with the room's code on it."""
    frame, truth = shot
    x, y = round(place[0]) & ~1, round(place[1]) & ~1
    free = np.where(truth.person > 0, np.uint8(0), np.uint8(255))
    alpha = cv2.min(put(thing.alpha, x, y), free)
    planes = I420(frame.size).planes
    for i, (plane, onto) in enumerate(zip(frame.planes, planes, strict=True)):
        share = (
            alpha if i == 0 else cv2.resize(alpha, plane.shape[::-1], interpolation=cv2.INTER_AREA)
        ) / 255
        over = put(thing.planes[i], *((x, y) if i == 0 else (x // 2, y // 2)), plane.shape)
        level = over.astype(np.float32)
        if coded and i < 2:
            level = (np.clip(level, 50, 190) if i == 0 else level) + CONTRAST * truth.codes[i]
        onto[:] = np.rint(plane + share * (level - plane))
    return Shot(replace(frame, planes=planes), truth)


def taken_for_somebody(shot: Shot, thing: Thing, place: tuple[float, float]) -> Shot:
    """What may be shown of the shot is the thing as well."""
    there = dilated(put(thing.alpha, round(place[0]) & ~1, round(place[1]) & ~1))
    person = np.maximum(shot.truth.person, there)
    return shot._replace(truth=replace(shot.truth, person=person))


def put(part: Plane, x: int, y: int, shape: tuple[int, ...] = (SIZE.height, SIZE.width)) -> Plane:
    """A part at its place in a plane of 0; what lies beside the plane is cut."""
    move = np.array([[1, 0, x], [0, 1, y]], np.float32)
    return np.asarray(cv2.warpAffine(part, move, shape[::-1], flags=cv2.INTER_NEAREST), np.uint8)


def shifted(plane: Array, by: int, border: int = cv2.BORDER_CONSTANT) -> Array:
    """The plane, moved right."""
    move = np.array([[1, 0, by], [0, 1, 0]], np.float32)
    moved = cv2.warpAffine(plane, move, plane.shape[::-1], flags=cv2.INTER_NEAREST, borderMode=border)
    return moved.astype(plane.dtype)


def strangers() -> dict[str, Fault]:
    """All of them by name, made anew: they remember when they began."""
    right, high = (440.0, 20.0), (500.0, 30.0)
    long = KNOWN + 1.0

    def fault(scene: Scene, seconds: float = 1.5) -> Fault:
        return Fault(shot=scene, seconds=seconds)

    return {
        "a poster hangs on the wall": fault(Stands(poster(150), stays(*right), KNOWN), long),
        "a small poster hangs on the wall": fault(Stands(poster(90), stays(*high), KNOWN), long),
        "a poster is hung up": fault(Stands(poster(150), comes(*right), KNOWN), long),
        "a poster falls": fault(Stands(poster(120), falls(*right), KNOWN), long),
        "the camera turns before a poster": fault(Panned(Stands(poster(150), stays(*right), KNOWN)), long),
        "a face is on a television": fault(Stands(television(130), stays(*right), KNOWN), long),
        "the camera turns before a television": fault(
            Panned(Stands(television(130), stays(*right), KNOWN)), long
        ),
        "a face is on a mug": fault(Stands(mug(90), stays(500.0, 250.0), KNOWN), long),
        "a mug with a face is put down": fault(Stands(mug(90), comes(500.0, 250.0), KNOWN), long),
        "a coat is on a chair": fault(Stands(coat(240), stays(440.0, 120.0))),
        "a coat is brought": fault(Stands(coat(240), comes(440.0, 120.0))),
        "a coat swings on its hook": fault(Stands(coat(200), sways(450.0, 20.0))),
        "the camera turns before a coat": fault(Panned(Stands(coat(240), stays(440.0, 120.0)))),
        "a coat stays when its owner leaves": fault(OwnerLeaves(220, (430.0, 140.0)), 1.0 + CARRIED + 1.0),
        "a coat stays when its owner leaves after a moment": fault(
            OwnerLeaves(220, (430.0, 140.0), stays=0.3), 0.3 + CARRIED + 1.0
        ),
        "a dummy stands there": fault(Stands(dummy(200), stays(430.0, 160.0))),
        "a dummy is brought": fault(Stands(dummy(200), comes(430.0, 160.0))),
        "a dummy is moved": fault(Stands(dummy(200), sways(430.0, 160.0))),
        "a dummy comes and goes": fault(Stands(dummy(200), comes_and_goes(430.0, 160.0))),
        "the camera turns before a dummy": fault(Panned(Stands(dummy(200), stays(430.0, 160.0)))),
        "a dummy as large as the person": fault(Stands(dummy(330), stays(400.0, 40.0))),
        "only a poster is there": fault(Alone(Stands(poster(200), stays(*right), KNOWN)), long),
        "only a television is there": fault(Alone(Stands(television(200), stays(*right), KNOWN)), long),
        "only a coat is there": fault(Alone(Stands(coat(330), stays(200.0, 40.0)))),
        "only a dummy is there": fault(Alone(Stands(dummy(330), stays(120.0, 40.0)))),
        "only a dummy is there, and is moved": fault(Alone(Stands(dummy(330), sways(120.0, 40.0)))),
        "the camera turns before a dummy alone": fault(Panned(Alone(Stands(dummy(330), stays(120.0, 40.0))))),
        "only a coat stays when its owner leaves": fault(
            Alone(OwnerLeaves(330, (200.0, 40.0))), 1.0 + CARRIED + 1.0
        ),
        "a dummy is brought where nobody is": fault(Alone(Stands(dummy(330), comes(200.0, 40.0)))),
    }
