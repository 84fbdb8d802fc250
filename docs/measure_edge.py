"""How near the edge before another room comes to the truth: as seen, and cleaned of the old room's colours.

python docs/measure_edge.py ROOM PERSON...

ROOM is a picture. Each PERSON is a cut-out: a picture with alpha, or NAME of the pair NAME_rgb.mp4 and
NAME_alpha.mkv. It sways before the room at 1280x720, is matted as in a call, and set before other rooms; the
truth is the same person set there directly. Prints the mean error of R, G and B, in codes, over the band
within 20 px of the edge and over the half-transparent pixels alone, and what cleaning costs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from softfocus.realtime.backdrops.place import USUAL
from softfocus.realtime.backdrops.still import Still, picture, plain
from softfocus.realtime.colour import Picture, from_rgb, to_rgb
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.compose.fringe import Fringe
from softfocus.realtime.frame import I420, Colour, Frame, Planes, Size
from softfocus.realtime.kernel import choice
from softfocus.realtime.matte import Matte, cut, shares
from softfocus.realtime.matting.open import open_matting
from softfocus.realtime.scale import resized

Floats = npt.NDArray[np.float32]

SIZE = Size(1280, 720)
FRAMES, SETTLED, EVERY = 60, 15, 5
HEIGHT, SWAY = 0.92, 50  # of the frame's height; px
NOISE = 2.0  # codes
BAND = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (41, 41))
ROOMS = {"green": (60, 170, 60), "dark": (30, 30, 30), "white": (235, 235, 235)}


def main(room: Path, people: list[str]) -> None:
    cv2.setNumThreads(1)
    print("| person | before | band: as seen | cleaned | half-transparent: as seen | cleaned | CPU ms |")
    print("|" + "---|" * 7)
    old = picture(room, SIZE, USUAL)
    rooms = {name: plain(rgb, SIZE) for name, rgb in ROOMS.items()}
    rooms["the room mirrored"] = np.ascontiguousarray(old[:, ::-1])
    for person in people:
        for name, errors in measured(person, old, rooms).items():
            figures = " | ".join(f"{error:.2f}" for error in np.mean(errors, axis=0))
            print(f"| {Path(person).stem} | {name} | {figures} |")


def measured(person: str, old: Picture, rooms: dict[str, Picture]) -> dict[str, list[list[float]]]:
    """Per room the four errors of every judged frame, and the time."""
    errors: dict[str, list[list[float]]] = {name: [] for name in rooms}
    matting = open_matting(SIZE)
    compositors = {name: Compositor(Still(room), SIZE) for name, room in rooms.items()}
    noise = np.random.default_rng(0)
    for i, (colour, alpha) in enumerate(posed(person)):
        seen = colour + (1 - alpha) * old + noise.normal(0, NOISE, colour.shape)
        frame = Frame(planes(seen), i, i * 33_333_333, Colour())
        matte = matting(frame)
        if i < SETTLED or i % EVERY:
            continue
        for name, room in rooms.items():
            truth = rgb(planes(colour + (1 - alpha) * room))
            cleaned = I420(SIZE).planes
            compositors[name](frame, matte, cleaned)
            spent = cleaning(frame, matte)
            off = [np.abs(rgb(each) - truth).mean(2) for each in (as_seen(frame, matte, room), cleaned)]
            soft = ((alpha > 0.03) & (alpha < 0.97))[..., 0]
            band = cv2.dilate(soft.view(np.uint8), BAND) > 0
            errors[name].append([*(float(each[at].mean()) for at in (band, soft) for each in off), spent])
    return errors


def cleaning(frame: Frame, matte: Matte) -> float:
    """CPU ms that it takes, the median of ten."""
    fringe, times = Fringe(SIZE), []
    for _ in range(10):
        fresh = replace(frame), replace(matte)  # nobody has halved them
        start = time.thread_time()
        fringe(*fresh)
        times.append(1000 * (time.thread_time() - start))
    return float(np.median(times))


def as_seen(frame: Frame, matte: Matte, room: Picture) -> Planes:
    """The frame blended over the room as it is."""
    onto, box = from_rgb(room, frame.colour).planes, matte.box
    for plane, share, target in zip(cut(frame.planes, box), shares(matte), cut(onto, box), strict=True):
        choice.kernel.blend(plane, share, target)
    return onto


def posed(person: str) -> Iterator[tuple[Floats, Floats]]:
    """Colour times alpha (H, W, 3) in RGB, and alpha (H, W, 1) in 0..1; at the bottom, swaying."""
    pictures = cut_outs(person)
    for i in range(FRAMES):
        drawn = pictures[i % len(pictures)].astype(np.float32)
        drawn[..., :3] *= drawn[..., 3:] / 255
        height, width = drawn.shape[:2]
        scale = HEIGHT * SIZE.height / height
        drawn = cv2.GaussianBlur(drawn, (0, 0), max(0.6, 0.5 / scale))
        left = (SIZE.width - scale * width) / 2 + SWAY * np.sin(i / 12)
        where = np.array([[scale, 0, left], [0, scale, SIZE.height * (1 - HEIGHT)]], np.float32)
        drawn = np.asarray(cv2.warpAffine(drawn, where, SIZE), np.float32)
        yield drawn[..., :3], drawn[..., 3:] / 255


def cut_outs(person: str) -> list[Picture]:
    """(H, W, 4) RGB and alpha, one or several."""
    if Path(person).is_file():
        return [
            np.asarray(cv2.cvtColor(cv2.imread(person, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA), np.uint8)
        ]
    with av.open(f"{person}_rgb.mp4") as film, av.open(f"{person}_alpha.mkv") as mattes:
        pairs = zip(film.decode(video=0), mattes.decode(video=0), range(FRAMES), strict=False)
        return [np.dstack([a.to_ndarray(format="rgb24"), b.to_ndarray(format="gray")]) for a, b, _ in pairs]


def planes(seen: Floats) -> Planes:
    return from_rgb(np.asarray(np.clip(np.rint(seen), 0, 255), np.uint8), Colour()).planes


def rgb(of: Planes) -> Floats:
    height, width = of.y.shape
    whole = Planes(of.y, *(resized(each, (width, height)) for each in of[1:]))
    return to_rgb(whole, Colour()).astype(np.float32)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
