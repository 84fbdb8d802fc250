"""A picture of a comparison."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..models.errors import SoftfocusError

OURS, THEIRS, FLOOR = "#2a6f97", "#b8b8b8", "#c1121f"


class PlotsMissing(SoftfocusError):
    """matplotlib is an extra."""

    def __init__(self) -> None:
        super().__init__("matplotlib is not installed; run: pip install 'softfocus[plots]'")


def draw(report: dict[str, Any], path: Path) -> None:
    """Bars of CPU ms a frame, a panel per size, the floor as a line; `report` is the peers' JSON."""
    if find_spec("matplotlib") is None:
        raise PlotsMissing
    figure_class: Any = importlib.import_module("matplotlib.figure").Figure
    sizes = report["sizes"]
    most = max(len(each["contestants"]) for each in sizes.values())
    figure = figure_class(figsize=(6 * len(sizes), 1.2 + 0.4 * most), layout="constrained")
    panels = figure.subplots(1, len(sizes), squeeze=False)[0]
    for panel, (size, contest) in zip(panels, sizes.items(), strict=True):
        _panel(panel, size, contest)
    machine = report["machine"]
    figure.supxlabel(f"CPU ms a frame, all threads; {machine['cpu']}, {machine['cores']} cores", fontsize=9)
    figure.savefig(path, dpi=150)


def _panel(panel: Any, size: str, contest: dict[str, Any]) -> None:
    contestants = contest["contestants"]
    costs = [each["cpu_ms_per_frame"] for each in contestants.values()]
    colours = [OURS if name.startswith("softfocus") else THEIRS for name in contestants]
    bars = panel.barh(list(contestants), costs, color=colours)
    panel.bar_label(bars, fmt="%.1f", padding=3)
    panel.axvline(contest["floor"]["total_ms"], color=FLOOR, linewidth=1)
    panel.set_xlim(0, 1.15 * max(costs))
    panel.set_title(f"{size}; the line is the floor, {contest['floor']['total_ms']:.2f} ms", fontsize=10)
    panel.invert_yaxis()
    panel.spines[["top", "right"]].set_visible(False)
