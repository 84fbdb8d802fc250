"""Frame buffers that come back by themselves."""

from __future__ import annotations

import ctypes
import weakref

import numpy as np

from ..frame import Planes, Size, planes_of
from ..pool import Pool


class Lender:
    """Lends I420 buffers for frames; each returns when the last array that shows it is gone.

    So a frame stays as it is for whoever still works on it, however late, and steady state allocates
    nothing.
    """

    def __init__(self, size: Size) -> None:
        self._pool = Pool(size)

    @property
    def made(self) -> int:
        """How many buffers there are by now."""
        return self._pool.made

    def __call__(self) -> Planes:
        """Planes with any content, nobody else's."""
        buffer = self._pool.take()
        # Views of an array keep its owner alive, but not the view they were cut from. Through a foreign
        # buffer they do keep the loan, and its end is seen.
        loan = (ctypes.c_uint8 * buffer.data.size).from_buffer(buffer.data.reshape(-1).data)
        weakref.finalize(loan, self._pool.give, buffer).atexit = False
        return planes_of(np.ctypeslib.as_array(loan).reshape(buffer.data.shape))
