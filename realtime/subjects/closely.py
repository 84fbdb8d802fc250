"""What is at a place of the picture, as Segment Anything sees it: asked beside the call, answered later."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from ...models.sam import Point, Prompt, Prompted
from ...models.segmenter import Rgb
from ..colour import to_rgb
from ..frame import Colour, Planes
from ..priority import ENDING, step_back
from .split import Flags, Labels

log = logging.getLogger(__name__)

LINGER = 60.0  # s after the last question until the model is let go of, with its memory
SMALLEST, LARGEST = 0.0004, 0.2  # of the picture: what a thing may take
FRAMED = 0.2  # of the picture's border: what takes more of it is the room
WHOLE = 0.85  # of an answer that must hang together with the place
EXPECTED = 0.85  # the network's own guess of its IoU


@dataclass(slots=True)
class Question:
    """What is at x, y, px of the picture?

    largest, framed  of the picture and of its border: an answer that takes more is the room
    where            (h, w) what is there, once it is answered; None: no answer that can be believed
    """

    picture: Rgb
    x: int
    y: int
    largest: float
    framed: float
    where: Flags | None = None
    _answered: threading.Event = field(default_factory=threading.Event)

    @property
    def answered(self) -> bool:
        return self._answered.is_set()

    def answer(self, where: Flags | None) -> None:
        self.where = where
        self._answered.set()


@dataclass(slots=True)
class Sought:
    """A click that met nobody, x, y in parts of the frame, among those whose `labels` were seen just before.

    question  who is there, once it was asked
    """

    x: float
    y: float
    labels: Labels
    question: Question | None = None

    @property
    def waits(self) -> bool:
        """Whether it is to be asked, or the answer has come."""
        return self.question is None or self.question.answered

    @property
    def key(self) -> int:
        """Whose most of the answer is; 0: nobody's."""
        if self.question is None or self.question.where is None:
            return 0
        height, width = self.labels.shape
        there = self.question.where.view(np.uint8)
        small = cv2.resize(there, (width, height), interpolation=cv2.INTER_NEAREST)
        return int(np.bincount(self.labels[small > 0], minlength=1).argmax())


class Closely:
    """Answers questions one after the other, on a thread that yields to all others.

    open  makes the network, on that thread, when the first question comes. Should it fail, it is said
          once, and no question finds an answer any more
    """

    def __init__(self, open: Callable[[], Prompted]) -> None:
        self._open = open
        self._lock = threading.Lock()
        self._asked: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._failed = self._closed = False

    def asked(
        self,
        planes: Planes,
        colour: Colour,
        x: float,
        y: float,
        *,
        largest: float = LARGEST,
        framed: float = FRAMED,
    ) -> Question:
        """A question about a place, in parts of the picture; it is answered later."""
        question = Question(to_rgb(planes, colour), *place_of(planes, x, y), largest, framed)
        with self._lock:
            if self._failed:
                question.answer(None)
                return question
            self._asked.put(question)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="closely", daemon=True)
                self._thread.start()
        return question

    def close(self) -> None:
        """Answer no more. A look that has begun ends first: the program would crash in its midst."""
        with self._lock:
            thread, self._closed = self._thread, True
            self._asked.put(None)
        if thread:
            thread.join(timeout=ENDING)

    def _work(self) -> None:
        step_back()
        question: Question | None = None
        try:
            sam = self._open()
            while question := self._next():
                question.answer(seen(sam, question))
        except Exception as error:  # whatever it is, it is no reason to disturb the call
            log.warning("things are found by their colour only: %s", error)
            self._fail(question)

    def _next(self) -> Question | None:
        """The next one; None: there has been none for long, or there will be none."""
        try:
            question = self._asked.get(timeout=LINGER)
            return None if self._closed else question
        except queue.Empty:
            with self._lock:
                if not self._asked.empty():
                    return self._asked.get()
                self._thread = None
                return None

    def _fail(self, question: Question | None) -> None:
        with self._lock:
            self._failed = True
            while question or not self._asked.empty():
                if question:
                    question.answer(None)
                question = None if self._asked.empty() else self._asked.get()


def place_of(planes: Planes, x: float, y: float) -> tuple[int, int]:
    """The pixel at that place, in parts of the picture."""
    height, width = planes.y.shape
    return min(max(int(x * width), 0), width - 1), min(max(int(y * height), 0), height - 1)


def seen(sam: Prompted, question: Question) -> Flags | None:
    """The thing at the place, or nothing where the answer can be none."""
    sam.look(question.picture)
    answer = sam.ask(Prompt(points=(Point(question.x + 0.5, question.y + 0.5),)))
    return piece_of(np.asarray(sam.enlarge(answer) > 0.5), question) if answer.expected > EXPECTED else None


def piece_of(inside: Flags, question: Question) -> Flags | None:
    """What of an answer hangs together with the place; None where it is torn, a crumb, or the room."""
    _, labels = cv2.connectedComponents(inside.view(np.uint8), connectivity=8)
    label = int(labels[question.y, question.x])
    piece = np.asarray(labels == label)
    area = int(np.count_nonzero(piece))
    border = np.concatenate([piece[0], piece[-1], piece[:, 0], piece[:, -1]])
    believed = (
        label > 0
        and area >= WHOLE * np.count_nonzero(inside)
        and SMALLEST * piece.size <= area <= question.largest * piece.size
        and border.mean() <= question.framed
    )
    return piece if believed else None
