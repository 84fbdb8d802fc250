"""A frame's small picture without its noise, as several steps of the matte path want it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..frame import Plane, Planes
from ..kernel import choice
from ..kernel.evidence import Codes


class Denoised:
    """All is made when first asked for, once for all who ask. Nobody may write it.

    coarse, quarter  see `Views`: (h, w), and half of it across and down, which is half of the noise
    """

    def __init__(self, coarse: Planes, quarter: Planes) -> None:
        self._coarse = coarse
        self.quarter = quarter
        self._luma: Plane | None = None
        self._halved: Codes | None = None
        self._whole: Codes | None = None
        self._half: Codes | None = None

    @property
    def whole(self) -> Codes:
        """Y, U and V at the coarse size, each place the mean of 3x3: a third of the noise. (3, h, w)."""
        if self._whole is None:
            self._whole = smoothed(self._coarse)
        return self._whole

    @property
    def luma(self) -> Plane:
        """The first of these planes."""
        if self._whole is not None:
            return np.asarray(self._whole[0])
        if self._luma is None:
            self._luma = np.asarray(smoothed([self._coarse.y])[0])
        return self._luma

    @property
    def halved(self) -> Codes:
        """The quarter's planes in one array, (3, h/2, w/2)."""
        if self._halved is None:
            self._halved = np.stack(self.quarter)
        return self._halved

    @property
    def half(self) -> Codes:
        """Halved, then the mean of 3x3: a sixth of the noise. (3, h/2, w/2)."""
        if self._half is None:
            self._half = smoothed(self.quarter)
        return self._half


def smoothed(planes: Sequence[Plane]) -> Codes:
    """3x3 means of planes of one size."""
    means = np.empty((len(planes), *planes[0].shape), np.uint8)
    for i, plane in enumerate(planes):
        choice.kernel.smooth(plane, means[i])
    return means
