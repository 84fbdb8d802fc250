"""Things that the user keeps, or hides: a mug, a chair. Found by a click, then followed by their looks."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Planes
from .closely import Question
from .errors import SubjectError
from .split import Flags

Codes = npt.NDArray[np.uint8]  # (h, w, 3): Y, U and V side by side

LIKE = (14, 6, 6)  # codes of Y, U and V by which neighbours of one thing differ at most
SMALLEST, LARGEST = 0.0004, 0.15  # of the picture
SEARCH = 16  # px of the coarse mask by which a thing moves between two frames at most
WIDER = 2  # px more for each frame in which it was not found
FARTHEST = 64  # px
ASTRAY = 14.0  # codes by which its pixels may differ on average, and it is still there
LEARNING = 0.05  # a frame: light changes, and things turn
SPOT = 6  # px: half of the square that is followed where no piece has one colour
PATIENCE = 30  # frames in which what Segment Anything saw is looked for


class Unseizable(SubjectError):
    """There is no thing with a border at that place."""

    def __init__(self) -> None:
        super().__init__(
            "what is there cannot be told from what is around it; click on an evenly coloured part"
        )


class Thing:
    """Followed by its looks. While it is not found where it could be, it is nowhere.

    where  (h, w) its pixels in the picture `planes`
    moved  px to the right and down since then
    """

    def __init__(self, planes: Planes, where: Flags) -> None:
        picture = stacked(planes)
        left, top, width, height = cv2.boundingRect(where.view(np.uint8))
        self._shape = np.ascontiguousarray(where[top : top + height, left : left + width])
        self._looks = picture[top : top + height, left : left + width].astype(np.float32)
        self._x, self._y = self._first = left, top
        self._missed = 0

    @property
    def moved(self) -> tuple[int, int]:
        return self._x - self._first[0], self._y - self._first[1]

    def carry(self, x: int, y: int) -> None:
        """It is to be looked for so many px to the right and down."""
        self._x, self._y = self._x + x, self._y + y

    def __call__(self, planes: Planes) -> Mask | None:
        """(h, w) 0..1: where it is now, with soft edges; None: it is not found."""
        picture = stacked(planes)
        found = self._found(picture)
        if found is None:
            self._missed += 1
            return None
        self._missed, (self._x, self._y) = 0, found
        height, width = self._shape.shape
        there = np.s_[self._y : self._y + height, self._x : self._x + width]
        self._looks += np.float32(LEARNING) * (picture[there] - self._looks)
        mask = np.zeros(planes.y.shape, np.float32)
        mask[there] = self._shape
        return np.asarray(cv2.blur(mask, (3, 3)), np.float32)

    def _found(self, picture: Codes) -> tuple[int, int] | None:
        """Its upper left corner: where the squared difference of its pixels is least, and small."""
        reach = min(SEARCH + WIDER * self._missed, FARTHEST)
        height, width = self._shape.shape
        left, top = max(0, self._x - reach), max(0, self._y - reach)
        window = picture[top : self._y + height + reach, left : self._x + width + reach].astype(np.float32)
        weights = np.repeat(self._shape[..., None], 3, axis=2).astype(np.float32)
        away = cv2.matchTemplate(window, self._looks, cv2.TM_SQDIFF, mask=weights)
        least, _, (x, y), _ = cv2.minMaxLoc(away)
        if least / max(1.0, float(weights.sum())) > ASTRAY**2:
            return None
        return left + int(x), top + int(y)


class Pointed:
    """What the user clicked on: a piece of one colour, until Segment Anything has said what is there.

    While it is not found, it is nowhere: a kept thing shows no room in its place. Raises Unseizable.

    kept      it is shown with the people; else it is hidden, also where it is taken for a person
    question  about the same place of the same picture; None: there is nobody to ask
    """

    def __init__(
        self, planes: Planes, x: int, y: int, *, kept: bool, question: Question | None = None
    ) -> None:
        self.kept = kept
        self._question = question
        self._shown = True
        self._tries = 0
        self._closer: Thing | None = None
        self._planes = planes if question is None else Planes(*(np.array(plane) for plane in planes))
        try:
            self._thing = Thing(planes, piece_at(stacked(planes), x, y))
        except Unseizable:
            if question is None:
                raise
            self._shown = False
            self._thing = Thing(planes, spot(planes, x, y))

    @property
    def waits(self) -> bool:
        """Whether an answer has come that the next picture may change it by."""
        return self._question is not None and self._question.answered

    def look_again(self, planes: Planes) -> bool:
        """Take the answer once it is found in this picture, too; whether that changes what is seen.

        Raises Unseizable where there is neither an answer nor a piece of one colour.
        """
        if self._question is None or not self._question.answered:
            return False
        if self._closer is None and self._question.where is not None:
            self._closer = Thing(self._planes, self._question.where)
            self._closer.carry(*self._thing.moved)
        self._tries += 1
        if self._closer is not None and self._closer(planes) is not None:
            self._thing, self._shown, self._question = self._closer, True, None
            return True
        if self._closer is None or self._tries >= PATIENCE:
            self._question = None
            if not self._shown:
                raise Unseizable
        return False

    def __call__(self, planes: Planes) -> Mask | None:
        """(h, w) 0..1: where it is now, with soft edges; None: nowhere."""
        mask = self._thing(planes)
        return mask if self._shown else None


def spot(planes: Planes, x: int, y: int) -> Flags:
    """A small square there."""
    where = np.zeros(planes.y.shape, bool)
    where[max(0, y - SPOT) : y + SPOT + 1, max(0, x - SPOT) : x + SPOT + 1] = True
    return where


def stacked(planes: Planes) -> Codes:
    """(h, w, 3), without noise."""
    return np.asarray(cv2.blur(cv2.merge(list(planes)), (3, 3)), np.uint8)


def piece_at(picture: Codes, x: int, y: int) -> Flags:
    """The connected piece whose colour is nearly that of the clicked place."""
    height, width, _ = picture.shape
    flags = cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 8 | (1 << 8)
    filled = np.zeros((height + 2, width + 2), np.uint8)
    low = tuple(2 * code for code in LIKE)
    cv2.floodFill(picture.copy(), filled, (x, y), (0, 0, 0), low, low, flags)
    closed = cv2.morphologyEx(filled[1:-1, 1:-1], cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    where = np.asarray(closed > 0)
    if not SMALLEST * where.size <= np.count_nonzero(where) <= LARGEST * where.size:
        raise Unseizable
    return where
