"""A folder that shows a quality run: per clip a strip of pictures and a curve over time, and the table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from ..realtime.colour import Picture, yuv_to_bgr
from ..realtime.frame import Frame, Plane, Planes, Size
from ..realtime.matte import Matte
from ..realtime.scale import resized
from .metrics import Truth
from .quality import COLUMNS, PICTURE_COLUMNS, Contender, Quality, Row

SHOWN_AT = 60  # the frame of each clip that is shown
PANEL = Size(480, 270)
CHART = Size(720, 160)
COLOURS = ("#c0392b", "#2980b9", "#27ae60", "#8e44ad", "#e67e22", "#16a085", "#7f8c8d", "#2c3e50")
DRAWN = ("mad", "leak", "flicker")


class Report:
    """Collects strips while a run goes on; `write` makes the page."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, clip: str, contender: Contender, frame: Frame, matte: Matte, truth: Truth) -> None:
        """Keep a strip of the frame that is shown: input, matte, error, output."""
        if frame.index == SHOWN_AT:
            strip = strip_of(frame, matte.alpha, truth.alpha, contender.output(frame, matte))
            cv2.imwrite(str(self.folder / strip_name(clip, contender.name)), strip)

    def write(self, quality: Quality) -> Path:
        """index.html, with everything."""
        page = self.folder / "index.html"
        clips = list(dict.fromkeys(row.clip for row in quality.rows))
        sections = [self._section(clip, [row for row in quality.rows if row.clip == clip]) for clip in clips]
        page.write_text(
            PAGE.format(model=escape(quality.model), sections="\n".join(sections)), encoding="utf-8"
        )
        return page

    def _section(self, clip: str, rows: Sequence[Row]) -> str:
        strips = "".join(
            f"<figure><img src='{escape(strip_name(clip, row.variant))}'><figcaption>{escape(row.variant)}: "
            "input, matte, error (red: room seen, blue: person lost), output</figcaption></figure>"
            for row in rows
            if (self.folder / strip_name(clip, row.variant)).is_file()
        )
        charts = "".join(f"<h3>{name}</h3>{chart(rows, name)}" for name in DRAWN)
        return f"<h2>{escape(clip)}</h2>{html_table(rows)}{charts}{strips}"


def strip_name(clip: str, variant: str) -> str:
    return f"{clip}-{variant.replace(' ', '-')}.jpg"


def strip_of(frame: Frame, alpha: Plane, exact: Plane, output: Planes) -> Picture:
    """Four panels side by side."""
    panels = (bgr(frame, frame.planes), as_grey(alpha), error_picture(alpha, exact), bgr(frame, output))
    return np.hstack([resized(panel, PANEL, interpolation=cv2.INTER_AREA) for panel in panels])


def bgr(frame: Frame, planes: Planes) -> Picture:
    """As a screen shows it."""
    u, v = (resized(plane, frame.size) for plane in planes[1:])
    return np.asarray(cv2.transform(cv2.merge((planes.y, u, v)), yuv_to_bgr(frame.colour)), np.uint8)


def as_grey(alpha: Plane) -> Picture:
    return np.asarray(cv2.cvtColor(alpha, cv2.COLOR_GRAY2BGR), np.uint8)


def error_picture(alpha: Plane, exact: Plane) -> Picture:
    """Red where the room is seen, blue where the person is lost, on a dark person."""
    too_much, too_little = cv2.subtract(alpha, exact), cv2.subtract(exact, alpha)
    person = (exact // 5).astype(np.uint8)
    panel = cv2.merge((cv2.add(person, too_little), person, cv2.add(person, too_much)))
    return np.asarray(panel, np.uint8)


def html_table(rows: Sequence[Row]) -> str:
    """A line per variant."""
    heads = "".join(
        f"<th>{head}</th>" for head in ("variant", *COLUMNS, *PICTURE_COLUMNS, "own ms", "model ms")
    )
    lines = "".join(
        "<tr>"
        + f"<td>{escape(row.variant)}</td>"
        + "".join(f"<td>{row.figures[name]:.3g}</td>" for name in (*COLUMNS, *PICTURE_COLUMNS))
        + f"<td>{row.own_ms:.2f}</td><td>{row.model_ms:.2f}</td></tr>"
        for row in rows
    )
    return f"<table><tr>{heads}</tr>{lines}</table>"


def chart(rows: Sequence[Row], name: str) -> str:
    """One curve per variant over the clip's frames, as SVG."""
    top = max((max(row.series[name], default=0.0) for row in rows), default=0.0) or 1.0
    curves = "".join(
        f"<polyline fill='none' stroke='{colour}' points='{points(row.series[name], top)}'>"
        f"<title>{escape(row.variant)}</title></polyline>"
        for row, colour in zip(rows, COLOURS, strict=False)
    )
    key = "".join(
        f"<tspan dx='10' fill='{colour}'>{escape(row.variant)}</tspan>"
        for row, colour in zip(rows, COLOURS, strict=False)
    )
    width, height = CHART
    return (
        f"<svg viewBox='0 0 {width} {height}' width='{width}' height='{height}'>{curves}"
        f"<text x='0' y='12' font-size='11'>{top:.3g}{key}</text></svg>"
    )


def points(values: Sequence[float], top: float) -> str:
    """For a polyline that fills the chart below its key."""
    width, height = CHART
    step = width / max(1, len(values) - 1)
    return " ".join(
        f"{i * step:.1f},{height - (height - 16) * value / top:.1f}" for i, value in enumerate(values)
    )


PAGE = """<!doctype html>
<meta charset="utf-8">
<title>softfocus: mattes of {model}</title>
<style>
body {{ font: 14px system-ui, sans-serif; margin: 2em; }}
table {{ border-collapse: collapse; }} td, th {{ padding: 2px 8px; text-align: right; }}
td:first-child {{ text-align: left; }}
img {{ max-width: 100%; }} figure {{ margin: 1em 0; }}
</style>
<h1>Mattes of {model}</h1>
{sections}
"""
