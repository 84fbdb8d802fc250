"""The user steps aside for a moment, so that all of the room is learnt at once."""

from __future__ import annotations

import logging
import math

import numpy as np

from ...models.segmenter import Mask

log = logging.getLogger(__name__)

PATIENCE = 20.0  # s that the user has for stepping aside
CLEAR = 0.3  # s without anybody, until the room is learnt
LEARNING = 2.0  # s that it takes; longer than the plate's own (plate.CAPTURE), never shorter
TOLD = 2.5  # s for which is told how it ended
SOMEBODY = 0.001  # of the picture: less of a person is nobody


class Capture:
    """Waits until nobody is in the picture, then says that the room may be learnt.

    Whoever comes back too early makes it wait again, and in the end give up. Time is that of frames.

    notice  what the user is to do now, to be read by any thread; None: nothing
    """

    def __init__(self) -> None:
        self.notice: str | None = None
        self._asked = False
        self._until: float | None = None  # when patience ends; None: nothing is going on
        self._clear_since: float | None = None
        self._learning_since: float | None = None
        self._told_until: float | None = None

    def ask(self) -> None:
        """Begin with the next frame; from any thread."""
        self._asked = True

    @property
    def going_on(self) -> bool:
        """Whether every frame is to be looked at, though an empty room stands still."""
        return self._asked or self._until is not None

    def __call__(self, mask: Mask, seconds: float) -> bool:
        """Whether learning begins with this frame, whose mask (h, w) this is."""
        if self._asked:
            self._asked = False
            self._until, self._clear_since, self._learning_since = seconds + PATIENCE, None, None
            log.info("step out of the picture: the room will be learnt")
        if self._until is None:
            if self._told_until is not None and seconds > self._told_until:
                self.notice = self._told_until = None
            return False
        if np.count_nonzero(mask > 0.5) > SOMEBODY * mask.size:
            self._clear_since = self._learning_since = None
            self._wait(seconds)
            return False
        return self._alone(seconds)

    def _wait(self, seconds: float) -> None:
        """Somebody is in the picture."""
        assert self._until is not None
        if seconds > self._until:
            self._end("the room was not learnt: somebody was in the picture all the time", seconds)
        else:
            self.notice = f"step out of the picture: {math.ceil(self._until - seconds)}"

    def _alone(self, seconds: float) -> bool:
        """Nobody is in the picture."""
        if self._clear_since is None:
            self._clear_since = seconds
        begins = self._learning_since is None and seconds - self._clear_since >= CLEAR
        if begins:
            self._learning_since = seconds
        if self._learning_since is not None:
            left = self._learning_since + LEARNING - seconds
            if left <= 0:
                self._end("the room is known: come back", seconds)
            else:
                self.notice = f"stay away, the room is learnt: {math.ceil(left)}"
        return begins

    def _end(self, told: str, seconds: float) -> None:
        log.info("%s", told)
        self.notice = told
        self._until, self._told_until = None, seconds + TOLD
