"""Fills the tables of docs/quality.md from docs/quality.json and docs/stills.json, and draws its picture from
the demo clip.

softfocus bench quality --clips DIR --json > docs/quality.json
softfocus bench quality --stills DIR -m rvm-512x288 --model-dir DIR --json > docs/stills.json
python docs/make_quality.py

The numbers of single frames are not kept.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from softfocus.bench.quality import VARIANTS, Contender, Quality, Row
from softfocus.bench.quality_report import as_grey, bgr
from softfocus.bench.stills import StillRow, Stills
from softfocus.models.manifest import DEFAULT_MODEL
from softfocus.realtime.colour import Picture
from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.live.loop import frames_of
from softfocus.realtime.sources.demo import Demo

MARKS = re.compile(r"(<!-- (table|stills) -->\n).*?(<!-- /\2 -->)", re.DOTALL)
SIZE = Size(1280, 720)
FRAMES = 45  # of the demo clip: time for the plate to be learnt
PART = np.s_[40:400, 380:900]  # of the frame: where hair, flag and suit meet
STEPS = ("raw", "only closer look", "no edge", "default")


HERE = Path(__file__).parent


def main() -> None:
    numbers = HERE / "quality.json"
    measured = without_series(json.loads(numbers.read_text("utf-8")))
    numbers.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")
    page = HERE / "quality.md"
    tables = {"table": table_of(measured), "stills": stills().means()}
    text = MARKS.sub(lambda marks: f"{marks[1]}{tables[marks[2]]}\n{marks[3]}", page.read_text("utf-8"))
    page.write_text(text, "utf-8")
    cv2.imwrite(str(HERE / "pictures" / "quality-steps.jpg"), steps(), [cv2.IMWRITE_JPEG_QUALITY, 85])


def without_series(measured: dict[str, Any]) -> dict[str, Any]:
    return {**measured, "rows": [{**row, "series": {}} for row in measured["rows"]]}


def table_of(measured: dict[str, Any]) -> str:
    """As the command prints it."""
    rows = [Row(**row) for row in measured["rows"]]
    return Quality(measured["model"], measured["machine"], measured["versions"], rows).table()


def stills() -> Stills:
    """What was measured on photos."""
    measured = json.loads((HERE / "stills.json").read_text("utf-8"))
    return Stills(**{**measured, "rows": [StillRow(**row) for row in measured["rows"]]})


def steps() -> Picture:
    """The demo's person cut out by each step, side by side; mattes above, the person on green below."""
    columns = [np.vstack(panels(name)) for name in STEPS]
    return np.hstack(columns)


def panels(name: str) -> tuple[Picture, Picture]:
    """One step's matte, and what it cuts out."""
    contender = Contender(name, VARIANTS[name], SIZE, DEFAULT_MODEL)
    demo = Demo(SIZE, frames=FRAMES)
    for frame in frames_of(demo):
        alpha = contender.matte(frame).alpha
        picture = bgr(frame, frame.planes)
    return cut_out(name, picture[PART], alpha[PART])


def cut_out(name: str, picture: Picture, alpha: Plane) -> tuple[Picture, Picture]:
    """The matte, named, and the person on green."""
    share = (alpha / 255)[..., None]
    person = picture * share + np.array([60, 170, 60]) * (1 - share)
    grey = as_grey(alpha)
    cv2.putText(grey, name, (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (80, 200, 255), 2)
    return grey, np.rint(person).astype(np.uint8)


if __name__ == "__main__":
    main()
