"""A window with what goes out, mirrored as people know themselves. Main thread only."""

from __future__ import annotations

from collections.abc import Callable

import cv2

from ..colour import BgrPainter
from ..errors import NoDisplay
from ..frame import Size
from ..gate.gate import Composed
from .display import display_answers
from .view import Click, Painter, View

ESCAPE = "\x1b"


class Window:
    """Shows frames until the user closes it.

    mirrored  left and right change places, here and in no other output

    view      how frames are shown; to be changed between two of them
    on_click  is told where the left button was pressed
    """

    def __init__(self, size: Size, *, title: str = "softfocus", mirrored: bool = True) -> None:
        if not display_answers():
            raise NoDisplay
        self.name = f"window {title!r}"
        self.view = View(mirrored=mirrored)
        self.on_click: Callable[[Click], None] | None = None
        self._title = title
        self._size = size
        self._bgr = BgrPainter(size)
        self._paint = Painter(size)
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(title, *size)
            cv2.setMouseCallback(title, self._mouse)
        except cv2.error as error:  # an OpenCV that was built without windows
            raise NoDisplay from error
        self._open = True

    def send(self, composed: Composed) -> None:
        """Show the frame, and why it is shielded if it is."""
        if not self._open:
            return
        picture = self._bgr(composed.planes, composed.colour)
        shown = self._paint(picture, self.view, _state(composed), shielded=bool(composed.shut))
        cv2.imshow(self._title, shown)

    def poll_key(self) -> str | None:
        """The key pressed since the last call; Escape once the user has closed the window."""
        if not self._open:
            return ESCAPE
        code = cv2.pollKey()
        if not self._visible():
            self._open = False
            return ESCAPE
        return chr(code & 0xFF) if code >= 0 else None

    def close(self) -> None:
        if self._open:
            self._open = False
            cv2.destroyWindow(self._title)

    def _mouse(self, event: int, x: int, y: int, flags: int, _: object) -> None:
        """OpenCV calls this while keys are polled, with places in the picture however large it is shown."""
        inside = 0 <= x < self._size.width and 0 <= y < self._size.height
        if event != cv2.EVENT_LBUTTONDOWN or not inside or not self.on_click:
            return
        alt = bool(flags & (cv2.EVENT_FLAG_ALTKEY | cv2.EVENT_FLAG_CTRLKEY))
        place = self.view.crop().meant(*self.view.turned(x, y, self._size))
        self.on_click(Click(*place, shift=bool(flags & cv2.EVENT_FLAG_SHIFTKEY), alt=alt))

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # Qt forgets a window that was closed, with the last one itself
            return False


def _state(composed: Composed) -> str | None:
    """What is to know about a frame that is not just composed."""
    if composed.shut:
        return f"shielded: {composed.shut}"
    return "NOT BLURRED" if composed.raw else "WEAK BLUR" if composed.weak else None
