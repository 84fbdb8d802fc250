"""Whether a segmenter looks at the picture that it is given.

A model may hang on to an old mask, to another scene's, or add to each mask what is not there. Each such
mask looks like a person's. But a picture that is mirrored and moved must give the mask, mirrored and
moved; what does not follow the picture stays behind, and shows.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ..models.segmenter import Mask, Rgb, Segmenter
from .reason import MaskRefused, Reason

EVERY = 15  # masks between two proofs: half a second
STRIDE = 4  # px: of two pictures or masks, so many are compared to know them as the same
ASTRAY = 0.05  # of the picture that may be a person's in the mask and not in the moved picture's


class Proven:
    """A segmenter whose masks are proven to follow the picture: the first ones, and from time to time.

    every  masks between two proofs that succeed; the one after a failure is proven again
    """

    def __init__(self, segmenter: Segmenter, *, every: int = EVERY) -> None:
        self.inner = segmenter
        self.name = segmenter.name
        self.input_size = segmenter.input_size
        self._every = every
        self._unproven = every
        self._last: tuple[Rgb, Mask] | None = None

    def __call__(self, picture: Rgb) -> Mask:
        """As the segmenter's own. Raises MaskRefused for a mask that has nothing to do with the picture."""
        self._unproven += 1
        mask = self._prove(picture) if self._unproven > self._every else self.inner(picture)
        self._notice_freezing(picture, mask)
        return mask

    def reset(self) -> None:
        """A new scene begins, and with it a new proof."""
        self.inner.reset()
        self._unproven = self._every
        self._last = None

    def _prove(self, picture: Rgb) -> Mask:
        """The mask; it is proven once, and only if that fails a second time with another move."""
        shift = self.input_size.width // 6
        for by in (shift, -shift):
            followed = moved(self.inner(moved(picture, by)), by)
            mask = self.inner(picture)
            if astray(mask, followed, by) < ASTRAY:
                self._unproven = 0
                return mask
        raise MaskRefused(Reason.BLIND)

    def _notice_freezing(self, picture: Rgb, mask: Mask) -> None:
        """No camera gives the same picture twice, and no model the same mask for two pictures."""
        some = picture[::STRIDE, ::STRIDE].copy(), mask[::STRIDE, ::STRIDE].copy()
        last, self._last = self._last, some
        if last is None or not np.any(some[1] > 0.5):
            return
        if np.array_equal(some[1], last[1]) and not np.array_equal(some[0], last[0]):
            raise MaskRefused(Reason.BLIND)


def moved(image: Rgb | Mask, by: int) -> Any:
    """Mirrored, then moved right by `by` px (left if negative); moved once more it is back where it was.

    What comes in at the side repeats the last column.
    """
    mirrored = cv2.flip(image, 1)
    width = image.shape[1]
    if by > 0:
        return cv2.copyMakeBorder(mirrored[:, : width - by], 0, 0, by, 0, cv2.BORDER_REPLICATE)
    return cv2.copyMakeBorder(mirrored[:, -by:], 0, 0, 0, -by, cv2.BORDER_REPLICATE)


def astray(mask: Mask, followed: Mask, by: int) -> float:
    """The share of the picture that the mask claims for a person and its proof does not.

    Only where the moved picture had content is looked at.
    """
    inside = np.s_[:, by:] if by > 0 else np.s_[:, :by]
    return float(np.mean((mask[inside] > 0.5) & (followed[inside] < 0.3)))
