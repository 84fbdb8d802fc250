"""How fast a camera really is."""

from __future__ import annotations

from ..sources.source import Source

PATIENCE = 5.0  # s until the first picture; some webcams take two
SAMPLE = 1.0  # s
ENOUGH = 0.8  # of the rate that was promised


def rate_of(camera: Source) -> float | None:
    """Frames per second as they come; None when none comes."""
    first = camera.read(PATIENCE)
    last = first
    while first and last and last.captured_at - first.captured_at < SAMPLE * 1e9:
        if (frame := camera.read(SAMPLE)) is None:
            break
        last = frame
    if not first or not last or last.index == first.index:
        return None
    return (last.index - first.index) / (last.seconds - first.seconds)
