"""What is transparent, laid over a plain grey."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..colour import Picture

PLAIN = 128  # the level of grey: black and white lettering is legible on it
STRIP = 256  # rows that are composed at once


def over(picture: npt.NDArray[np.uint8], plain: int = PLAIN) -> Picture:
    """(H, W, 4) BGRA as it looks over a plain grey, (H, W, 3): what is hidden under alpha 0 stays hidden."""
    composed = np.empty((*picture.shape[:2], 3), np.uint8)
    for top in range(0, len(picture), STRIP):
        strip = picture[top : top + STRIP]
        alpha = strip[..., 3:].astype(np.uint16)
        composed[top : top + STRIP] = (strip[..., :3] * alpha + plain * (255 - alpha) + 127) // 255
    return composed
