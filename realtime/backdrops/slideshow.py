"""The pictures of a folder, one after the other."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from ..errors import BadSetting
from ..frame import Frame, Planes, Size
from ..matte import Matte
from ..sources.picture import is_picture
from .fade import Fading
from .place import Placing
from .still import Still, picture

log = logging.getLogger(__name__)

SECONDS = 20.0  # of frame time that each picture stays


class Slideshow:
    """All pictures of a folder in the order of their names, over and over, each faded in.

    Files that are no pictures are passed over. Raises BadSetting when there is none.
    """

    def __init__(self, folder: Path, size: Size, placing: Placing, *, seconds: float = SECONDS) -> None:
        self._size = size
        self._placing = placing
        self._seconds = seconds
        self._paths = sorted(path for path in folder.iterdir() if is_picture(path))
        first = self._load_next()
        if first is None:
            raise BadSetting("--background", f"there is no picture in {folder}; put some there")
        self._fading = Fading(first, size)
        self._since: float | None = None
        self._loads = False

    def paint(self, frame: Frame, matte: Matte, onto: Planes) -> None:
        self._since = frame.seconds if self._since is None else self._since
        if frame.seconds - self._since >= self._seconds and not self._loads:
            self._since, self._loads = frame.seconds, True
            threading.Thread(target=self._go_on, name="slides", daemon=True).start()
        self._fading.paint(frame, matte, onto)

    def _go_on(self) -> None:
        """Load the next picture where no frame waits for it."""
        if following := self._load_next():
            self._fading.change(following)
        self._loads = False

    def _load_next(self) -> Still | None:
        """The first of the list that can be read; it goes to the list's end."""
        for _ in range(len(self._paths)):
            path = self._paths.pop(0)
            try:
                still = Still(picture(path, self._size, self._placing))
            except BadSetting as error:
                log.warning("%s", error)
                continue
            self._paths.append(path)
            return still
        return None
