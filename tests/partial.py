"""Composes twelve clips whose chosen person is at first seen in part only, with exact alphas of all people.

    python tests/partial.py FOLDER

Writes NAME.mp4, NAME_alpha_left.mkv or NAME_alpha_right.mkv (the chosen one, by that phrase) and
NAME_alpha_others.mkv, for `softfocus bench subjects --clips FOLDER`. The people and rooms are those of the
development material. Of three clips each, the chosen one rises from chest-up, stands behind a table that goes
away, comes in from outside of the picture, or turns around.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Literal, NamedTuple

import av
import numpy as np
from composed import SIZE, Floats, Pose, Table, cover, placed, posed, table

from softfocus.realtime.backdrops.place import USUAL
from softfocus.realtime.backdrops.still import picture

Side = Literal["left", "right"]

RATE, FRAMES = 30, 75
BEGIN, END = 20, 45  # frames between which what hides the chosen one gives way
NOISE = 2.0  # codes


Move = Callable[[float, int], Pose]  # from how far it has come, 0..1, and the frame's index


class Person(NamedTuple):
    """Who, and how they move. Later ones stand in front."""

    name: str
    move: Move


class Clip(NamedTuple):
    """chosen: the index of the person; side: what is said of them."""

    room: str
    people: Sequence[Person]
    chosen: int
    side: Side = "left"
    table: Table | None = None


def stays(x: float, height: float = 0.85, y: float = 1.03) -> Move:
    return lambda done, i: Pose(x + 0.006 * np.sin(i / 9 + 7 * x), y, height)


def comes(begin: Pose, end: Pose) -> Move:
    """From one pose to the other, and a little swaying on the way."""

    def move(done: float, i: int) -> Pose:
        between = Pose(*(a + (b - a) * done for a, b in zip(begin, end, strict=True)))
        return between._replace(x=between.x + 0.004 * np.sin(i / 7))

    return move


def still_of(number: str) -> str:
    return f"data/stills_mask/{number}"


def walker(number: str) -> str:
    return f"train/people/ccp_{number}"


DANCER = "data/person_rgba/dancer_shotA_f0700"
CURLY = "data/person_rgba/p_015cd10e"
GAUDY = "data/person_rgba/p_07141906"
CLIPS: dict[str, Clip] = {
    "chest_coat": Clip(
        "data/backgrounds/meet_4.jpg",
        (
            Person(still_of("0097"), stays(0.74)),
            Person(still_of("0060"), comes(Pose(0.3, 1.5, 0.9), Pose(0.3, 1.02, 0.9))),
        ),
        chosen=1,
    ),
    "chest_dress": Clip(
        "data/backgrounds/meet_7.jpg",
        (
            Person(walker("0529"), stays(0.3, 0.9, 1.0)),
            Person(walker("0045"), comes(Pose(0.68, 2.3, 1.9), Pose(0.66, 1.0, 0.9))),
        ),
        chosen=1,
        side="right",
    ),
    "chest_dancer": Clip(
        "data/backgrounds/kz_1.jpg",
        (
            Person(still_of("0297"), stays(0.8)),
            Person(DANCER, comes(Pose(0.3, 1.45, 0.9), Pose(0.3, 1.02, 0.9))),
        ),
        chosen=1,
    ),
    "table_aside": Clip(
        "data/backgrounds/meet_1.jpg",
        (Person(walker("0273"), stays(0.72, 0.92, 0.99)), Person(walker("0687"), stays(0.3, 0.92, 0.99))),
        chosen=1,
        table=Table(0.1, 0.5, 0.36, to=-0.6),
    ),
    "table_down": Clip(
        "data/backgrounds/kz_3.jpg",
        (Person(still_of("0220"), stays(0.28)), Person(GAUDY, stays(0.7, 0.95))),
        chosen=1,
        side="right",
        table=Table(0.5, 0.95, 0.42),
    ),
    "table_for_two": Clip(
        "data/backgrounds/meet_2.jpg",
        (Person(still_of("0155"), stays(0.68)), Person(still_of("0148"), stays(0.34))),
        chosen=1,
        table=Table(0.0, 1.0, 0.55),
    ),
    "half_from_left": Clip(
        "data/backgrounds/kz_2.jpg",
        (
            Person(still_of("0048"), stays(0.72)),
            Person(still_of("0429"), comes(Pose(0.01), Pose(0.28))),
        ),
        chosen=1,
    ),
    "half_from_right": Clip(
        "data/backgrounds/kz_4.jpg",
        (
            Person(DANCER, stays(0.3)),
            Person(walker("0032"), comes(Pose(0.98, 1.0, 0.95), Pose(0.74, 1.0, 0.95))),
        ),
        chosen=1,
        side="right",
    ),
    "half_near_of_three": Clip(
        "data/backgrounds/simpl_room.jpg",
        (
            Person(still_of("0211"), stays(0.58, 0.7)),
            Person(still_of("0307"), stays(0.84, 0.75)),
            Person(still_of("0121"), comes(Pose(0.0, 1.35, 1.1), Pose(0.25, 1.05, 0.9))),
        ),
        chosen=2,
    ),
    "turned_dancer": Clip(
        "data/backgrounds/meet_7.jpg",
        (Person(still_of("0075"), stays(0.78)), Person(f"{DANCER}@55", stays(0.3, 0.95))),
        chosen=1,
    ),
    "turned_profile": Clip(
        "data/backgrounds/meet_4.jpg",
        (
            Person(still_of("0051"), stays(0.25, 0.8)),
            Person(still_of("0407"), comes(Pose(0.7, 1.2, 0.95, 0.55), Pose(0.7, 1.03, 0.95, 1.0))),
        ),
        chosen=1,
        side="right",
    ),
    "turned_curls": Clip(
        "data/backgrounds/kz_1.jpg",
        (
            Person(still_of("0332"), stays(0.76, 0.8)),
            Person(CURLY, comes(Pose(0.22, 1.25, 0.85, 0.7), Pose(0.28, 1.0, 0.85, 1.0))),
        ),
        chosen=1,
    ),
}


def compose(
    shared: Path, clip: Clip, frames: Sequence[int] = range(FRAMES)
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Per frame the picture (H, W, 3) RGB 0..255, the alpha of the chosen one and that of the others (H, W)
    0..1, as much of each as is seen.
    """
    room = np.asarray(picture(shared / clip.room, SIZE, USUAL), np.float32)
    grain = np.random.default_rng(0).normal(0, NOISE, (*room.shape[:2], 1)).astype(np.float32)
    for i in frames:
        done = float(np.clip((i - BEGIN) / (END - BEGIN), 0, 1))
        done *= done * (3 - 2 * done)
        seen, alphas = room.copy(), [np.zeros(room.shape[:2], np.float32) for _ in clip.people]
        for which, person in enumerate(clip.people):
            drawn = placed(posed(shared / person.name, i), person.move(done, i))
            cover(seen, alphas, drawn[..., :3], drawn[..., 3])
            alphas[which] = drawn[..., 3]
        if clip.table:
            wood, there = table(clip.table, done)
            cover(seen, alphas, wood * there[..., None], there)
        others = [alpha for which, alpha in enumerate(alphas) if which != clip.chosen]
        seen += np.roll(grain, 7919 * i)  # all of it, row after row
        yield seen, alphas[clip.chosen], np.minimum(np.sum(others, axis=0), 1)


def write(shared: Path, name: str, folder: Path) -> Path:
    """The clip and its alphas; gives the clip's path."""
    clip = CLIPS[name]
    paths = [folder / f"{name}{end}" for end in (".mp4", f"_alpha_{clip.side}.mkv", "_alpha_others.mkv")]
    with ExitStack() as stack:
        files = [stack.enter_context(av.open(str(path), "w")) for path in paths]
        streams = [
            files[0].add_stream("libx264", rate=Fraction(RATE), options={"crf": "14", "preset": "veryfast"})
        ]
        streams += [file.add_stream("ffv1", rate=Fraction(RATE)) for file in files[1:]]
        for stream, pixels in zip(streams, ("yuv420p", "gray", "gray"), strict=True):
            stream.width, stream.height, stream.pix_fmt = *SIZE, pixels
        for seen, *alphas in compose(shared, clip):
            levels = [seen, *(255 * alpha for alpha in alphas)]
            for file, stream, each, pixels in zip(
                files, streams, levels, ("rgb24", "gray", "gray"), strict=True
            ):
                packed = np.clip(np.rint(each), 0, 255).astype(np.uint8)
                file.mux(stream.encode(av.VideoFrame.from_ndarray(packed, pixels)))
        for file, stream in zip(files, streams, strict=True):
            file.mux(stream.encode(None))
    return paths[0]


def main(folder: Path) -> None:
    shared = Path(__file__).resolve().parents[2] / "shared"
    folder.mkdir(parents=True, exist_ok=True)
    for name in CLIPS:
        print(write(shared, name, folder))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
