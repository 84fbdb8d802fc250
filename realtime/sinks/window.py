"""A window with what goes out, mirrored as people know themselves. Main thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from ..colour import BgrPainter, Picture
from ..errors import NoDisplay
from ..frame import Size
from ..gate.gate import Composed
from ..subjects.instance import Mark
from ..subjects.marks import draw_marks
from .display import display_answers

ESCAPE = "\x1b"


class Click(NamedTuple):
    """A place in the frame that was clicked, px of the frame, however the window shows it.

    shift, alt  were held
    """

    x: int
    y: int
    shift: bool = False
    alt: bool = False


class Window:
    """Shows frames until the user closes it.

    mirrored  left and right change places, here and in no other output

    note      to be written over the frames, in place of their state
    marks     gives the people to be numbered
    """

    def __init__(self, size: Size, *, title: str = "softfocus", mirrored: bool = True) -> None:
        if not display_answers():
            raise NoDisplay
        self.name = f"window {title!r}"
        self._title = title
        self._paint = BgrPainter(size)
        self.note: str | None = None
        self.marks: Callable[[], Sequence[Mark]] | None = None
        self._size = size
        self._click: Click | None = None
        self._mirrored: Picture | None = (
            np.empty((size.height, size.width, 3), np.uint8) if mirrored else None
        )
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(title, *size)
            cv2.setMouseCallback(title, self._clicked)
        except cv2.error as error:  # an OpenCV that was built without windows
            raise NoDisplay from error
        self._open = True

    def send(self, composed: Composed) -> None:
        """Show the frame, and why it is shielded if it is."""
        if not self._open:
            return
        picture = self._paint(composed.planes, composed.colour)
        if self._mirrored is not None:
            cv2.flip(picture, 1, dst=self._mirrored)
            picture = self._mirrored
        if self.marks and not composed.shut:
            draw_marks(picture, self.marks(), self._size, flipped=self._mirrored is not None)
        if text := self.note or _state(composed):
            _caption(picture, text)
        cv2.imshow(self._title, picture)

    def poll_key(self) -> str | None:
        """The key pressed since the last call; Escape once the user has closed the window."""
        if not self._open:
            return ESCAPE
        code = cv2.pollKey()
        if not self._visible():
            self._open = False
            return ESCAPE
        return chr(code & 0xFF) if code >= 0 else None

    def take_click(self) -> Click | None:
        """The last click since this was asked before."""
        click, self._click = self._click, None
        return click

    def _clicked(self, event: int, x: int, y: int, flags: int, _: object = None) -> None:
        width, height = self._size
        if event == cv2.EVENT_LBUTTONDOWN and 0 <= x < width and 0 <= y < height:
            across = width - 1 - x if self._mirrored is not None else x
            held = (bool(flags & key) for key in (cv2.EVENT_FLAG_SHIFTKEY, cv2.EVENT_FLAG_ALTKEY))
            self._click = Click(across, y, *held)

    def close(self) -> None:
        if self._open:
            self._open = False
            cv2.destroyWindow(self._title)

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt forgets a window that was closed, with the last one itself
            return False


def _state(composed: Composed) -> str | None:
    """What is to know about a frame that is not just composed."""
    return f"shielded: {composed.shut}" if composed.shut else "NOT BLURRED" if composed.raw else None


def _caption(picture: Picture, text: str) -> None:
    """Dark under light, so that it reads on any picture."""
    height = picture.shape[0]
    place, scale = (height // 30, height - height // 30), height / 720
    for colour, width in ((0, 0, 0), 4), ((255, 255, 255), 1):
        thickness = max(1, round(width * scale))
        cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)
