"""Who is the subject: a stage of the matte path, and what the user says about it from other threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..colour import to_rgb
from ..frame import Colour, Planes, Size
from ..witnesses.claims import Claim
from .choice import (
    Asked,
    Choice,
    Everyone,
    Nobody,
    Numbered,
    Union,
    chosen,
    described,
    mirrored,
    names_numbers,
)
from .closely import Closely, Sought
from .colours import worn
from .errors import NobodyThere, NobodyToAsk, SubjectError
from .instance import Extent, Instance, Mark
from .kept import Kept
from .phrase import read_choice
from .shown import halved, only
from .split import Flags, Labels
from .track import Track, Tracker

log = logging.getLogger(__name__)

NEW_SCENE = 5.0  # s without frames after which nobody is taken for who was there before
DRESSED = 0.5  # s between two looks at what people wear


class Subjects:
    """Keeps the mask of those who are chosen. The stage is one thread's; all else is for any thread.

    choose(text)     says who is the subject: "left", "2", "the person in red", "everyone but 2", "all".
                     Gives a line that says who that is now; raises a SubjectError, and the choice before
                     stays, when the words are unknown, nobody is like that or it is not clear who is meant.
                     When nobody has been looked for yet, the phrase waits for the next frames, which
                     may then find a `problem`.
    keep_at(x, y)    shows the thing at that place, too, a mug or a chair; hide_at(x, y) hides it. Both
                     follow it, from the next frame on; choosing all lets go of all things
    choose_at(x, y)  likewise whoever is at that place, px of the frame (not of a mirrored preview); where
                     the mask has nobody there, whoever is seen there `closely`, later
    current          the choice that holds, as the user said it
    marks            everybody who has a number now; needs `marking`, or a choice
    problem          why the last phrase did not become the choice; None: it did, or still waits
    flipped          left and right are those of a mirrored preview, in phrases to come
    marking          set it while somebody looks at the marks: people are followed even if all are chosen
    revision         of the stage's last mask: rises when other people are shown because the user said so

    While all are chosen and nobody looks at marks, the stage gives the mask back and does nothing. Once
    somebody is chosen, whoever comes later is not: newcomers are background until the user says otherwise.

    size      of the frames, px
    phrase    the choice to begin with; until it is clear whom it fits, nobody is shown
    flipped   left and right are those of a mirrored preview
    asks      the address of a vision model, which is asked when a phrase begins with "ask:", and only then
    eager     decide on the first frame with anybody, for recordings, whose first frames count as well
    closely   is asked what there is where the user clicks on a thing, or on somebody whom the mask lacks
              there; until it answers, and without it, a thing is what has one colour
    """

    def __init__(
        self,
        size: Size,
        phrase: str = "all",
        *,
        flipped: bool = False,
        asks: str | None = None,
        eager: bool = False,
        closely: Closely | None = None,
    ) -> None:
        self.marking = False
        self.revision = self._changes = 0
        self.problem: SubjectError | None = None
        self.current = phrase
        self.marks: Sequence[Mark] = ()
        self._size = size
        self.flipped = flipped
        self._asks = asks
        self._eager = eager
        self._settled = 0.0 if eager else None
        self._lock = threading.RLock()
        self._closely = closely
        self._kept = Kept(closely)
        self._sought: Sought | None = None
        self._tracker: Tracker | None = None
        self._shown: Mask = np.zeros((0, 0), np.float32)  # what the stage gives
        self._labels: Labels | None = None
        self._instances: Sequence[Instance] = ()
        self._seconds = 0.0
        self._interrupted = False
        self._colours: dict[int, Mapping[str, float]] = {}  # by key
        self._dressed = -DRESSED
        self._awaited: tuple[str, Choice] | None = None
        self._numbers: frozenset[int] | None = None  # who is shown; None: all, whoever comes
        self._standing: tuple[str, Choice] = (phrase, Everyone())  # holds for each new scene
        if not isinstance(choice := self._read(phrase), Everyone):
            self._numbers = frozenset()
            self._standing = self._awaited = (phrase, choice)

    def choose(self, text: str) -> str:
        """See above."""
        choice = self._read(text)
        with self._lock:
            self.problem = None
            if isinstance(choice, Everyone | Nobody):
                self._take(text, choice, None if isinstance(choice, Everyone) else frozenset())
                return text
            if not self._instances or isinstance(choice, Asked):
                self._awaited = (text, choice)
                return f"{text}: as soon as people are seen"
            return self._settle(text, choice)

    def choose_at(self, x: float, y: float) -> str:
        """See above."""
        with self._lock:
            labels, tracker = self._labels, self._tracker
            if labels is None or tracker is None:
                raise SubjectError("nobody has been looked for yet; click again")
            height, width = labels.shape
            column = min(max(int(x * width / self._size.width), 0), width - 1)
            row = min(max(int(y * height / self._size.height), 0), height - 1)
            track = tracker.tracks.get(int(labels[row, column]))
            self.problem = None
            if track is None or not track.number:
                if self._closely is None:
                    raise NobodyThere
                self._sought = Sought(x / self._size.width, y / self._size.height, labels)
                return "looking closely who is there"
            return self._settle(str(track.number), Numbered(track.number))

    def keep_at(self, x: float, y: float) -> str:
        """See above."""
        with self._lock:
            self._kept.click(x / self._size.width, y / self._size.height, kept=True)
        return "kept"

    def hide_at(self, x: float, y: float) -> str:
        """See above."""
        with self._lock:
            self._kept.click(x / self._size.width, y / self._size.height, kept=False)
        return "hidden"

    def __call__(
        self,
        mask: Mask,
        planes: Planes,
        colour: Colour,
        seconds: float,
        claims: Sequence[Claim] | None = None,
    ) -> Mask:
        """(h, w) in [0, 1] and planes of its size in, the mask of those who are chosen out.

        claims  who is known to be there, px of the mask; None: there are no witnesses

        It is the mask that was given, where all of it is shown; else ours until the next call.
        """
        if self._kept or self._sought:
            with self._lock:
                self._attend(planes, colour)
                return self._kept(self._people(mask, planes, colour, seconds, claims), planes)
        return self._people(mask, planes, colour, seconds, claims)

    def _people(
        self, mask: Mask, planes: Planes, colour: Colour, seconds: float, claims: Sequence[Claim] | None
    ) -> Mask:
        """The mask of the people who are chosen."""
        if self._numbers is None and not self.marking and not self._awaited:
            self._rest()
            self.revision = self._changes
            return mask
        with self._lock:
            labels = self._track(mask, planes, colour, seconds, claims)
            if self._awaited and isinstance(self._awaited[1], Asked):
                self._ask(self._awaited[0], self._awaited[1], labels, planes, colour)
            else:
                self._decide()
            numbers, self.revision = self._numbers, self._changes
            self._mark(labels)
            if numbers is None or self._tracker is None:
                return mask
            keys = [track.key for track in self._tracker.present if track.number in numbers]
        if self._shown.shape != mask.shape:
            self._shown = np.empty_like(mask)
        return only(mask, labels, keys, self._shown)

    @property
    def outdated(self) -> bool:
        """Whether the user said something that the last mask does not show yet."""
        sought = self._sought is not None and self._sought.waits
        return sought or self._kept.outdated or self._awaited is not None or self.revision != self._changes

    def marked(self) -> Sequence[Mark]:
        """The marks, where there is anything to choose or anybody is not shown."""
        marks = self.marks
        return marks if len(marks) > 1 or any(not mark.chosen for mark in marks) else ()

    def _attend(self, planes: Planes, colour: Colour) -> None:
        """What was clicked on."""
        self._changes += self._kept.renew(planes, colour)
        problem = self._kept.problem
        if (sought := self._sought) and self._closely:
            if sought.question is None:
                sought.question = self._closely.asked(planes, colour, sought.x, sought.y, largest=1, framed=1)
            elif sought.question.answered:
                self._sought = None
                problem = self._found(sought)
        if problem:
            log.warning("%s", problem)
            self.problem = problem

    def _found(self, sought: Sought) -> SubjectError | None:
        """Choose who was seen where a click met nobody."""
        track = self._tracker.tracks.get(sought.key) if self._tracker else None
        try:
            if track is None or not track.number:
                raise NobodyThere
            log.info("the subject is %s", self._settle(str(track.number), Numbered(track.number)))
        except SubjectError as problem:
            return problem
        return None

    def close(self) -> None:
        """Look closely at nothing any more."""
        if self._closely:
            self._closely.close()

    def reset(self) -> None:
        """Frames are missing, or a new scene begins: which of the two, the next frame's time tells."""
        self._interrupted = True

    def _read(self, text: str) -> Choice:
        choice = read_choice(text)
        if isinstance(choice, Asked) and not self._asks:
            raise NobodyToAsk
        return mirrored(choice) if self.flipped else choice

    def _rest(self) -> None:
        """Nobody asks who is who."""
        if self._tracker:
            with self._lock:
                self._tracker = self._labels = None
                self._instances = self.marks = ()

    def _track(
        self, mask: Mask, planes: Planes, colour: Colour, seconds: float, claims: Sequence[Claim] | None
    ) -> Labels:
        """Whose each pixel is, and what is known of everybody."""
        if self._tracker and self._interrupted and abs(seconds - self._seconds) > NEW_SCENE:
            self._begin()
        mask, planes = halved(mask, planes)
        if self._tracker is None:
            height, width = mask.shape
            self._tracker = Tracker(Size(width, height), settled=self._settled)
        elif self._interrupted:
            self._tracker.interrupt()
        self._interrupted, self._seconds = False, seconds
        self._tracker.reserved = self._numbers or frozenset()
        labels = self._labels = self._tracker(mask, planes, seconds, claims)
        if seconds - self._dressed >= DRESSED or seconds < self._dressed:
            self._dressed = seconds
            self._colours = {t.key: worn(planes, colour, t.where, t.box) for t in self._tracker.present}
        self._instances = [self._instance(track, labels) for track in self._tracker.present if track.number]
        return labels

    def _begin(self) -> None:
        """A new scene: the phrase that stands is asked anew, a click or a number means nobody any more."""
        self._tracker = None
        self._kept.clear()
        self._sought = None
        if self._numbers is not None:
            text, choice = self._standing
            self._numbers, self._awaited = frozenset(), (text, choice)
            log.warning("a new scene: looking for %s", text)

    def _ask(self, text: str, asked: Asked, labels: Labels, planes: Planes, colour: Colour) -> None:
        """Send a vision model what is seen, numbered; what it says holds, unless the user has gone on."""
        if not self._instances or self._tracker is None or self._asks is None:
            return
        if any(not track.number for track in self._tracker.people):
            return
        self._awaited = None
        picture = np.ascontiguousarray(to_rgb(planes, colour)[..., ::-1])
        marks, url, changes = self._marks(labels), self._asks, self._changes
        log.warning("a picture of you goes to %s, which is asked for %r", url, asked.phrase)

        def answered() -> None:
            from .vision import Vision

            try:
                numbers = Vision(url)(picture, marks, self._size, asked.phrase)
                with self._lock:
                    if self._changes == changes and self._awaited is None:
                        self._take(text, Union(tuple(Numbered(n) for n in sorted(numbers))), numbers)
                        self._standing = (text, asked)
                log.info("the subject is %s", sorted(numbers))
            except SubjectError as problem:
                log.warning("%s", problem)
                self.problem = problem

        if self._eager:
            answered()
        else:
            threading.Thread(target=answered, name="ask", daemon=True).start()

    def _decide(self) -> None:
        """What waited for people is settled once all who are seen have a number."""
        if not self._awaited or not self._instances or self._tracker is None:
            return
        if any(not track.number for track in self._tracker.people):
            return
        text, choice = self._awaited
        try:
            log.info("the subject is %s", self._settle(text, choice))
        except SubjectError as problem:
            if type(problem) is not type(self.problem):  # once, though it is tried with every frame
                log.warning("%s", problem)
            self.problem = problem

    def _settle(self, text: str, choice: Choice) -> str:
        """Take those who are meant by it."""
        numbers = chosen(choice, self._instances)
        self._take(text, choice, numbers)
        there = [one for one in self._instances if one.id in numbers]
        return ", ".join(f"{one.id} ({described(one)})" for one in there) or "nobody"

    def _take(self, text: str, choice: Choice, numbers: frozenset[int] | None) -> None:
        self.current, self._awaited, self.problem = text, None, None
        self._standing = (text, Nobody() if names_numbers(choice) else choice)
        self._sought = None
        if isinstance(choice, Everyone) and self._kept:
            self._kept.clear()
            self._changes += 1
        if numbers != self._numbers:
            self._numbers = numbers
            self._changes += 1

    def _instance(self, track: Track, labels: Labels) -> Instance:
        height, width = labels.shape
        x, y, w, h = track.box
        return Instance(
            id=track.number,
            box=Extent(x / width, y / height, (x + w) / width, (y + h) / height),
            x=track.x / width,
            y=track.y / height,
            area=track.area / labels.size,
            colours=self._colours.get(track.key, {}),
        )

    def _mark(self, labels: Labels) -> None:
        """Numbers, inside of people, for whoever looks."""
        if self.marking:
            self.marks = self._marks(labels)

    def _marks(self, labels: Labels) -> Sequence[Mark]:
        if self._tracker is None:
            return ()
        across, down = self._size.width / labels.shape[1], self._size.height / labels.shape[0]
        found: list[Mark] = []
        for track in self._tracker.present:
            if not track.number:
                continue
            x, y, w, h = track.box
            inner_x, inner_y = inmost(track.where[y : y + h, x : x + w])
            box = (round(x * across), round(y * down), round((x + w) * across), round((y + h) * down))
            place = (round((x + inner_x + 0.5) * across), round((y + inner_y + 0.5) * down))
            shown = self._numbers is None or track.number in self._numbers
            found.append(Mark(track.number, box, place, shown))
        return found


def inmost(where: Flags) -> tuple[int, int]:
    """x, y of the place farthest from the edge."""
    padded = cv2.copyMakeBorder(where.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    _, _, _, (x, y) = cv2.minMaxLoc(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_3))
    return int(x) - 1, int(y) - 1
