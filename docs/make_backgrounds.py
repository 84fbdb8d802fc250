"""Makes the pictures of docs/backgrounds.md, the built-in clip before every kind of background, and fills
its table of figures from docs/backdrops.json.

softfocus bench backdrops --json > docs/backdrops.json
python docs/make_backgrounds.py [FOLDER WITH tcmonodepth]

What stands behind, where it is no room, is drawn here. A screen is one of Xvfb's, where that is here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any

import cv2
import numpy as np

from softfocus.realtime.backdrops.blur import LIGHT
from softfocus.realtime.colour import BgrPainter, Picture
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import Size
from softfocus.realtime.live.loop import frames_of
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import Feed, Paint, RunSettings
from softfocus.realtime.sources.demo import Demo

PICTURES = Path(__file__).with_name("pictures")
PAGE, FIGURES = Path(__file__).with_name("backgrounds.md"), Path(__file__).with_name("backdrops.json")
BEGIN = "<!-- numbers: made by docs/make_backgrounds.py from docs/backdrops.json -->\n"
END = "<!-- end of numbers -->"
SIZE = Size(1280, 720)
SMALL = (480, 270)
FRAMES = 60  # by then the matte has settled, the picture is framed, and depth is known


def main() -> None:
    folders = tuple(Path(name) for name in sys.argv[1:])
    with TemporaryDirectory() as folder, screen(Path(folder)):
        for name, settings in wanted_in(Path(folder), RunSettings(model_dirs=folders)).items():
            try:
                picture = composed(settings)
            except BadSetting as error:
                print(f"{name} is left as it is: {error}")
                continue
            small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA)
            cv2.imwrite(str(PICTURES / f"background-{name}.jpg"), small, [cv2.IMWRITE_JPEG_QUALITY, 85])

    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}{table(json.loads(FIGURES.read_text('utf-8')))}{END}{tail}", "utf-8")


def table(report: dict[str, Any]) -> str:
    """Markdown: a row per case, the machine below."""
    rows = [f"| {report['size']} | CPU ms a frame, p50 / p95 | on other threads |", "|---|---|---|"]
    for cost in report["costs"]:
        paint, beside = cost["paint"], cost["beside"]
        told = f"{beside:.1f}" if beside else ""
        rows.append(f"| {cost['name']} | {paint['p50']:.2f} / {paint['p95']:.2f} | {told} |")
    machine, parts = report["machine"], report["versions"]
    kept = ("python", "numpy", "opencv-python", "av", "kernel")
    named = ", ".join(f"{name} {parts[name]}" for name in kept)
    load = f"load {machine['load']} before the measuring"
    where = f"{machine['cpu']}, {machine['cores']} cores, {load}; {named}."
    return "\n".join([*rows, "", where, ""])


def wanted_in(folder: Path, plain: RunSettings) -> dict[str, RunSettings]:
    """The settings of every picture, by its name."""
    hills, film = folder / "hills.png", folder / "film.mp4"
    cv2.imwrite(str(hills), landscape(0.0))
    slides = folder / "slides"
    slides.mkdir()
    cv2.imwrite(str(slides / "1.png"), landscape(0.6))
    cv2.imwrite(str(folder / "dusk.png"), landscape(1.0))
    run(RunSettings(input=str(folder / "dusk.png"), outputs=(str(film),), size=SIZE, background="none"))
    return {
        "blur": plain,
        "bokeh": replace(plain, background="bokeh"),
        "depth": replace(plain, background="depth", blur=LIGHT),
        "grey": replace(plain, background="grey"),
        "picture": replace(plain, background=hills),
        "match": replace(plain, background=hills, match=True),
        "film": replace(plain, background=film),
        "folder": replace(plain, background=slides),
        "screen": replace(plain, background=Feed("screen:")),
        "colour": replace(plain, background=Paint(32, 48, 74)),
        "green": replace(plain, background=Paint(0, 255, 0)),
        "transparent": replace(plain, background="transparent"),
        "framed": replace(plain, frame="close"),
    }


def composed(settings: RunSettings) -> Picture:
    """(H, W, 3) BGR: one frame of the clip. Raises BadSetting."""
    pipeline = FramePath(settings, SIZE).pipeline()
    frames = frames_of(Demo(SIZE))
    for i in range(FRAMES):
        pipeline(next(frames)).release()
        if settings.background == "depth" and i % 15 == 0:
            sleep(0.5)  # for the model, beside
    frame = pipeline(next(frames))
    picture = BgrPainter(SIZE)(frame.planes, frame.colour).copy()
    if frame.alpha is not None:
        nothing, green = 1 - frame.alpha[..., None] / 255, picture[frame.alpha == 0][0].astype(float)
        picture = np.asarray(np.clip(picture + nothing * (checks() - green), 0, 255), np.uint8)
    frame.release()
    pipeline.gate.close_backdrop()
    return picture


@contextmanager
def screen(folder: Path) -> Iterator[None]:
    """A screen with a window on it, until the block ends."""
    if shutil.which("Xvfb") is None:
        yield
        return
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-fbdir", str(folder), "-screen", "0", f"{SIZE}x24"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        os.environ["DISPLAY"] = f":{told.readline().strip()}"
    pixels = SIZE.width * SIZE.height * 4
    memory = folder / "Xvfb_screen0"  # a header, then BGRX
    shape = (SIZE.height, SIZE.width, 4)
    np.memmap(memory, np.uint8, "r+", memory.stat().st_size - pixels, shape)[..., :3] = desktop()
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def desktop() -> Picture:
    """(H, W, 3) BGR: a window with some lines of text, before hills."""
    picture = landscape(0.3)
    cv2.rectangle(picture, (60, 60), (760, 640), (250, 250, 250), cv2.FILLED)
    cv2.rectangle(picture, (60, 60), (760, 100), (120, 90, 60), cv2.FILLED)
    for line in range(14):
        cv2.line(picture, (100, 140 + 34 * line), (500 + 37 * line % 220, 140 + 34 * line), (70, 70, 70), 6)
    return picture


def checks() -> Picture:
    """(H, W, 3) BGR: the squares that stand for nothing."""
    down, across = np.indices((SIZE.height, SIZE.width)) // 40
    return np.asarray(np.repeat(np.where((down + across) % 2, 204, 255)[..., None], 3, axis=2), np.uint8)


def landscape(dusk: float) -> Picture:
    """(H, W, 3) BGR: hills under a sky, by day (0) to dusk (1)."""
    height, width = SIZE.height, SIZE.width
    down = np.linspace(0, 1, height)[:, None, None]
    day, evening = np.array([[235, 190, 120], [245, 235, 215]]), np.array([[120, 60, 50], [90, 150, 245]])
    top, foot = (1 - dusk) * day + dusk * evening
    picture = np.repeat((1 - down) * top + down * foot, width, axis=1)
    columns = np.arange(width)
    for i, (base, swing) in enumerate(((0.55, 0.08), (0.68, 0.06), (0.82, 0.05))):
        ridge = (base + swing * np.sin(columns / (170 - 35 * i) + 2 * i)) * height
        hill = np.array([110 - 30 * i, 150 - 35 * i, 95 - 25 * i]) * (1 - 0.65 * dusk)
        picture[np.arange(height)[:, None] > ridge] = hill
    return np.asarray(cv2.GaussianBlur(picture.astype(np.uint8), (0, 0), 1.5), np.uint8)


if __name__ == "__main__":
    main()
