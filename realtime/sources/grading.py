"""Films of high dynamic range (HLG, PQ) and of wide gamut, brought to BT.709, for which all else is made.

The formulas are those of ITU-R BT.2100-2, and of FFmpeg's own tone mapping (zscale and tonemap=hable), whose
picture this is, within a few codes: HLG's light is raised to 1.2 per channel and 100 cd/m² are white, Hable's
curve (J. Hable, Uncharted 2: HDR Lighting, GDC 2010) takes what is brighter, up to 1000 cd/m², from the
brightest channel, so that hues stay, and what BT.709 has no colour for is cut off. PyAV's FFmpeg has neither
zscale nor libplacebo, and its tonemap wants float pictures; a table of 33³ colours gives the same for all, in
FFmpeg's lut3d, at 25 ms of one core a 1080p frame. No other source pays for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
import numpy.typing as npt
from av.filter import Graph
from av.video.reformatter import VideoReformatter

Light = npt.NDArray[np.float64]  # (..., 3) RGB, 1 = white

BT709, BT2020, P3 = 1, 9, (11, 12)  # primaries, as H.273 numbers them; DCI's and Display P3
PQ, HLG = 16, 18  # transfers
FULL, LIMITED = 2, 1
SWSCALE = {1: 1, 7: 7, 9: 9, 10: 9}  # its names for H.273's matrices; 5 for all others
SIDE = 33  # colours of the table along each axis
PEAK = 10.0  # times white, the brightest that is told apart
DEEP = "gbrp16le"


class Grade(NamedTuple):
    """What has to be done to a film's colours."""

    wide: str  # "bt2020", "p3" or "": the gamut is BT.709's already
    high: str  # "pq", "hlg" or "": the range is an ordinary one


def grade_of(picture: av.VideoFrame) -> Grade | None:
    """None for nearly all films."""
    high = {PQ: "pq", HLG: "hlg"}.get(picture.color_trc, "")
    wide = "bt2020" if picture.color_primaries == BT2020 or high else ""
    wide = "p3" if picture.color_primaries in P3 else wide
    return Grade(wide, high) if wide else None


class Grader:
    """Turns the pictures of one film into R'G'B' of BT.709, 16 bits deep."""

    def __init__(self, grade: Grade) -> None:
        self._grade = grade
        self._deepen = VideoReformatter()
        self._graph: Graph | None = None
        self._size = (0, 0)

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        """FFmpeg's memory; raises FFmpegError."""
        deep = self._deepen.reformat(
            picture,
            format=DEEP,
            src_colorspace=SWSCALE.get(picture.colorspace, 5),
            src_color_range=FULL if is_full(picture) else LIMITED,
            dst_color_range=FULL,
        )
        if self._graph is None or self._size != (deep.width, deep.height):
            self._size = (deep.width, deep.height)
            self._graph = graph(self._grade, *self._size)
        deep.pts = None
        self._graph.push(deep)
        graded = self._graph.pull()
        assert isinstance(graded, av.VideoFrame)
        return graded


def graph(grade: Grade, width: int, height: int) -> Graph:
    """The table, at work on pictures of that size."""
    made = Graph()
    source = made.add_buffer(
        width=width, height=height, format=av.VideoFormat(DEEP), time_base=Fraction(1, 1000)
    )
    with tempfile.TemporaryDirectory(prefix="softfocus-") as folder:  # lut3d reads files only
        table = Path(folder) / "table.cube"
        table.write_text(cube(grade), "ascii")
        escaped = str(table).replace("\\", "/").replace(":", r"\:")
        mapped = made.add("lut3d", f"file='{escaped}':interp=tetrahedral")
    sink = made.add("buffersink")
    source.link_to(mapped)
    mapped.link_to(sink)
    made.configure()
    return made


@cache
def cube(grade: Grade) -> str:
    """The table in Adobe's text, red fastest."""
    steps = np.linspace(0, 1, SIDE)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    colours = graded(np.stack([red, green, blue], axis=-1).reshape(-1, 3), grade)
    return f"LUT_3D_SIZE {SIDE}\n" + "\n".join(" ".join(f"{level:.5f}" for level in row) for row in colours)


def graded(signal: Light, grade: Grade) -> Light:
    """R'G'B' of the film in, of BT.709 out, 0..1 both."""
    light = LIGHT[grade.high](signal) @ TO_BT709[grade.wide].T
    if grade.high:
        brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
        light = light * (hable(brightest) / hable(np.array(PEAK)) / brightest)
    return np.clip(light, 0, 1) ** (1 / 2.4)  # BT.1886, a screen's


def from_screen(signal: Light) -> Light:
    return signal**2.4


def from_hlg(signal: Light) -> Light:
    """BT.2100 table 5: the scene's light, then a screen's of 1000 cd/m²."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal * signal / 3, (np.exp((signal - c) / a) + b) / 12)
    return PEAK * scene**1.2


def from_pq(signal: Light) -> Light:
    """BT.2100 table 4, up to 10000 cd/m²."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = signal ** (1 / m2)
    return 100 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


def hable(light: Light) -> Light:
    """((x(Ax + CB) + DE) / (x(Ax + B) + DF)) − E/F"""
    a, b, c, d, e, f = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
    return (light * (a * light + c * b) + d * e) / (light * (a * light + b) + d * f) - e / f


def is_full(picture: av.VideoFrame) -> bool:
    """Whether 0 is black and 255 is white."""
    return picture.format.is_rgb or picture.format.name.startswith("yuvj") or picture.color_range == FULL


def to_bt709(*primaries: tuple[float, float]) -> Light:
    """(3, 3): from linear RGB of these chromaticities, white D65, to BT.709's."""
    ours = xyz((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
    return np.linalg.inv(ours) @ xyz(*primaries)


def xyz(*primaries: tuple[float, float]) -> Light:
    """(3, 3): from linear RGB to CIE XYZ (SMPTE RP 177)."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    white = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
    return columns * np.linalg.solve(columns, white)


LIGHT: dict[str, Callable[[Light], Light]] = {"": from_screen, "hlg": from_hlg, "pq": from_pq}
TO_BT709 = {
    "bt2020": to_bt709((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "p3": to_bt709((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
