"""Makes docs/pictures/privacy.jpg, writing through the blurs and what can be made of it, and fills the
table of docs/backgrounds.md from docs/privacy.json.

softfocus bench privacy --json > docs/privacy.json
python docs/make_privacy.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from softfocus.bench.privacy import HEIGHTS, SIZE, painted
from softfocus.bench.reading import Judge
from softfocus.bench.undo import attempts
from softfocus.bench.writing import WORDS
from softfocus.realtime.backdrops.backdrop import Backdrop
from softfocus.realtime.backdrops.blur import LIGHT, STRONG, Blur
from softfocus.realtime.backdrops.bokeh import SOFT, Bokeh, confusion
from softfocus.realtime.frame import Plane

HERE = Path(__file__).parent
PAGE, FIGURES = HERE / "backgrounds.md", HERE / "privacy.json"
BEGIN = "<!-- hidden: made by docs/make_privacy.py from docs/privacy.json -->\n"
END = "<!-- end of hidden -->"
CELL = (300, 84)  # px
ROWS = (
    ("blur 8", 8.0, (40, 60)),
    ("light", LIGHT, (60, 140)),
    ("strong", STRONG, (140, 200)),
    ("f/1.8", 0, (60, 200)),
)


def main() -> None:
    rows = [np.hstack([shown(name, sigma, height) for height in heights]) for name, sigma, heights in ROWS]
    sheet = np.vstack(rows)
    cv2.imwrite(str(HERE / "pictures" / "privacy.jpg"), sheet, [cv2.IMWRITE_JPEG_QUALITY, 80])
    head, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{BEGIN}{table(json.loads(FIGURES.read_text('utf-8')))}{END}{tail}", "utf-8")


def shown(name: str, sigma: float, height: int) -> Plane:
    """Both scripts in one size: as it is, and the best that comes of undoing it."""
    across = 0.0 if sigma else confusion(1.8) * SIZE.width
    backdrop: Backdrop = Blur(SIZE, sigma) if sigma else Bokeh(SIZE, 1.8)
    cells: list[Plane] = []
    for words in WORDS.values():
        judge = Judge(words, height, SIZE, None)
        plane = painted(backdrop, judge.page.luma)
        seen, *others = [each for _, each in attempts(plane, judge.page.place, sigma or SOFT, across)]
        best = max(others, key=judge.likeness)
        cells.append(np.vstack([cell(seen, f"{name}, {height} px"), cell(best, "undone")]))
    return np.hstack(cells)


def cell(part: Plane, label: str) -> Plane:
    """A part in the whole range of codes, with what it is."""
    picture = cv2.normalize(cv2.resize(part, CELL), np.zeros((1, 1), np.uint8), 0, 255, cv2.NORM_MINMAX)
    for colour, thick in ((255, 3), (0, 1)):
        cv2.putText(picture, label, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (colour,), thick, cv2.LINE_AA)
    return np.asarray(cv2.copyMakeBorder(picture, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(255,)), np.uint8)


def table(report: dict[str, Any]) -> str:
    """Markdown: a row per backdrop."""
    lines = ["| 1280x720 | Latin, as it is | undone | Japanese, as it is | undone |", "|---|---|---|---|---|"]
    rows: dict[str, list[str]] = {}
    for each in report["hidden"]:
        rows.setdefault(each["backdrop"], []).extend(told(each[key]) for key in ("seen", "undone"))
    lines += [f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items()]
    by = "RapidOCR and by correlation" if report["ocr"] else "correlation"
    return "\n".join([*lines, "", f"Smallest height of letters that is read, px; read by {by}.", ""])


def told(height: int | None) -> str:
    return str(height) if height else f"> {HEIGHTS[-1]}"


if __name__ == "__main__":
    main()
