"""From a frame to its matte: look, weigh, steady, follow the edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask, Segmenter
from ..frame import Colour, Frame, Plane, Planes, Size
from ..kernel.guided import Step
from ..matte import Box, Doubled, Head, Matte, bounds, clear, even, inside
from ..reason import MaskRefused, Reason
from ..scale import fill
from ..stopwatch import Stopwatch
from ..subjects.subjects import Subjects
from ..witnesses.claims import covered
from ..witnesses.witness import Witness
from .capture import Capture
from .contour import Contour
from .denoised import Denoised
from .edge import Edge
from .effort import Effort
from .exposure import Exposure
from .gaps import without_gaps
from .islands import Islands
from .lookout import Lookout, Whole
from .motion import Motion, Watch
from .palette import Palette
from .plate import Plate
from .steady import Steadier
from .views import Views

Curve = npt.NDArray[np.uint8]  # (256,)
APART = 0.25  # of a person's probability by which two looks may differ at a place
FEW = 0.001  # of the places, at which they may differ by more
FRESH = 4  # looks at a new scene before a mask serves again: the gate opens after three


@dataclass(frozen=True, slots=True)
class MatteSettings:
    """Which steps the matte path takes, and how its edge looks.

    low, high  alpha below the one is room, above the other person: what the models are unsure of is
               not shown, and nobody is a ghost. A higher `low` shows less of the room.
    grow       px of a 720 px high frame by which the person grows, or, negative, shrinks
    feather    px of such a frame over which the person fades, inside the edge
    """

    brighten: bool = True
    plate: bool = True
    palette: bool = True
    gaps: bool = True
    islands: bool = True
    steady: bool = True
    edge: bool = True
    low: float = 0.25
    high: float = 0.85
    grow: float = 0.0
    feather: float = 0.0


class Teaching(Protocol):
    """What heavier models taught (refine/lessons.py), as a correction of the coarse mask."""

    def __call__(self, mask: Mask, fine: Planes, coarse: Planes, colour: Colour, seconds: float) -> Mask:
        """(h, w) in, (h, w) out, in [0, 1]; the same array where there is nothing to correct."""
        ...

    def reset(self) -> None:
        """A new scene."""
        ...


class Matting:
    """The matte path: call it with every frame, in order.

    It starts no thread and reads no clock; what it gives is its own until the next call.

    segmenter  looks at the whole frame
    close      looks at people through square crops; without it there is only the other
    lessons    correct the mask between plate and steadying
    subjects   who of the people is shown; without it all are
    effort     what is spent on a frame; may be changed between two frames, see `adjust`
    capture    the user may ask it for a moment in which all of the room is learnt
    """

    def __init__(
        self,
        segmenter: Segmenter,
        size: Size,
        *,
        close: Segmenter | None = None,
        lessons: Teaching | None = None,
        settings: MatteSettings | None = None,
        subjects: Subjects | None = None,
        effort: Effort | None = None,
        watch: Stopwatch | None = None,
        witness: Witness | None = None,
    ) -> None:
        self.segmenter = segmenter
        self.effort = effort or Effort()
        self._subjects = subjects or Subjects(size)
        self._revision = 0  # of the subjects
        self._found = 0  # likewise of the witness
        self._settings = settings or MatteSettings()
        self._watch = watch or Stopwatch()
        self._views = Views(size)
        coarse = self._views.coarse_size
        bright = Exposure() if self._settings.brighten else None
        self._witness = witness
        self._look = (
            Lookout(segmenter, close, coarse, bright, witness)
            if close
            else Whole(segmenter, coarse, bright, witness)
        )
        self._motion = Watch()
        # The last look's mask, weighed and steadied; its frame's index and time; frames it served.
        self._mask: Mask = np.zeros((coarse.height, coarse.width), np.float32)
        self._looked = (0, 0)
        self._served = 0
        self._looks = 0  # since the scene began
        self._before = self._mask  # that of the look before
        self._settled = False  # whether the next look would go to the same places
        self._plate = Plate(coarse)
        self.capture = Capture()
        self._palette = Palette()
        self._lessons = lessons
        self._islands = Islands()
        self._steady = Steadier()
        step = Step(255 * self._settings.low, 255 * self._settings.high)
        self._edge = Edge(self._views.fine_size, step)
        self._curve = curve(step)
        self._contour: Contour | None = None
        if self._settings.grow or self._settings.feather:
            height = self._views.fine_size.height if self._settings.edge else coarse.height
            self._contour = Contour(self._settings.grow, self._settings.feather, height)
        self._alpha: Plane = np.zeros((size.height, size.width), np.uint8)
        self._doubled = Doubled(size)
        self._used = Box(0, 0, 0, 0)  # where the alpha is not 0
        self._made = Matte(self._alpha, self._used, 0, 0)

    def __call__(self, frame: Frame) -> Matte:
        """The frame's matte: from a look at this very frame, or at an earlier one from which it hardly
        differs. Raises MaskRefused when the mask cannot be trusted.
        """
        with self._watch.stage("prepare"):
            fine, coarse, quarter = self._views(frame)
        with self._watch.stage("motion"):
            calm = Denoised(coarse, quarter)
            motion = self._motion(calm, frame.seconds, closely=self.effort.stride > 1)
            again = self._serves_again(motion) and not self.capture.going_on
        if self._witness:
            with self._watch.stage("witness"):
                self._witness.look(fine, frame.colour, frame.seconds)
        if again:
            with self._watch.stage("segment"):
                self._pass_over(motion, fine, frame)
            if motion is Motion.NONE:
                return self._made.once_more(self._heads(frame.size))
        else:
            self._before, self._mask = self._mask, self._seen(frame, fine, coarse, calm)
            self._looked = frame.index, frame.captured_at
            self._served = 1
            self._looks += 1
        with self._watch.stage("edge"):
            alpha = self._sharp(self._mask, fine, calm)
        with self._watch.stage("matte"):
            if self._contour:
                alpha = self._contour(alpha)
            self._made = self._matte(alpha, frame.size, again)
        return self._made

    def adjust(self, effort: Effort) -> None:
        """Spend more or less on the frames to come; between two frames."""
        before, self.effort = self.effort, effort
        if effort.plate and not before.plate:
            self._plate.reset()  # what it knows is old
            self._palette.reset()
        self._motion.forget()

    def reset(self) -> None:
        """Forget earlier frames: the next one starts a new scene."""
        self._look.reset()
        if self._witness:
            self._witness.reset()
        self._plate.reset()
        self._palette.reset()
        if self._lessons:
            self._lessons.reset()
        self._islands.reset()
        self._steady.reset()
        self._subjects.reset()
        self._motion.forget()
        self._settled = False
        self._looks = 0

    def _serves_again(self, motion: Motion) -> bool:
        """Whether the mask of the last look may serve one frame more, which counts as one for the proof."""
        if motion is Motion.NONE:
            serves = self._settled and agree(self._mask, self._before)
        else:
            serves = motion is Motion.SMALL and self._served < self.effort.stride
        serves = serves and self._looks >= FRESH and not self._subjects.outdated
        if serves:
            self._served += 1
        return serves

    def _pass_over(self, motion: Motion, fine: Planes, frame: Frame) -> None:
        """What looks have to do from time to time is done in frames that need none of their own."""
        self._look.pass_over()
        near = motion is Motion.SMALL and self._look.due(frame.seconds)
        if near and self._look.watch(fine, frame.colour, frame.seconds):
            self._motion.forget()  # they are looked at with the next frame

    def _seen(self, frame: Frame, fine: Planes, coarse: Planes, calm: Denoised) -> Mask:
        """What the models see in the frame, weighed and steadied, at the coarse size."""
        wanted = self._settings
        self._motion.forget()  # should anything fail, nothing was seen
        with self._watch.stage("segment"):
            mask = self._look(fine, coarse, frame.colour, frame.seconds)
        with self._watch.stage("plate"):
            if wanted.plate and self.effort.plate:
                if self.capture(mask, frame.seconds):
                    self._plate.reset()
                    self._plate.capture(frame.seconds)
                mask = self._plate(mask, calm.whole, frame.seconds, later=self._look.watched)
        with self._watch.stage("palette"):
            if wanted.palette and self.effort.plate:
                # What is done now and then is spread over the frames, or some of them would come late.
                later = self._look.watched or self._plate.taught
                mask = self._palette(mask, calm.whole, frame.seconds, later=later)
                if wanted.gaps:
                    mask = without_gaps(mask, calm.halved, self._palette.evidence)
        if self._lessons:
            with self._watch.stage("lessons"):
                mask = self._lessons(mask, fine, coarse, frame.colour, frame.seconds)
        with self._watch.stage("subjects"):
            claims = self._witness.known if self._witness else None
            mask = self._subjects(mask, coarse, frame.colour, frame.seconds, claims)
            if self._revision != self._subjects.revision:
                self._revision = self._subjects.revision
                self._islands.reset()
                self._steady.reset()  # who is not chosen any more goes at once
        if self._witness and self._found != self._witness.revision:
            self._found = self._witness.revision
            if self._looks and not np.any(self._mask > 0.5):
                raise MaskRefused(Reason.SOURCE_CHANGED)  # somebody where nobody was: a new scene
            self._islands.reset()  # who is found is believed at once
        with self._watch.stage("steady"):
            if wanted.islands:
                mask = self._islands(mask, frame.seconds)
            # Without it, a copy: the mask may be the buffer of the next look.
            mask = self._steady(mask, calm.half[0], frame.seconds) if wanted.steady else mask.copy()
            self._motion.remember(calm, frame.seconds)
            self._settled = self._look.settled
        return mask

    def _sharp(self, mask: Mask, fine: Planes, calm: Denoised) -> Plane:
        """Alpha at the fine size, along the picture's edges; where that is not wanted, at the coarse one."""
        if self._settings.edge:
            return self._edge(mask, calm.quarter, fine)
        return np.asarray(cv2.LUT(np.rint(mask * 255).astype(np.uint8), self._curve), np.uint8)

    def _matte(self, alpha: Plane, size: Size, again: bool) -> Matte:
        """The alpha at the frame's size; worked out only where there is any."""
        heads = self._heads(size)
        small = even(bounds(alpha, 0, 2), alpha)
        box = grown(small, alpha, size)
        if alpha.shape == self._doubled.half.shape:
            self._doubled.put(alpha, small)
            return Matte(self._doubled, box, *self._looked, self._revision + self._found, again, heads)
        clear(self._alpha, self._used, box)
        self._used = box
        if box.x0 < box.x1:
            fill(alpha[inside(small)], self._alpha[inside(box)])
        return Matte(self._alpha, box, *self._looked, self._revision + self._found, again, heads)

    def _heads(self, size: Size) -> tuple[Head, ...]:
        """Of those who are in the mask, px of the frame."""
        if not self._witness:
            return ()
        height, width = self._mask.shape
        across, down = size.width / width, size.height / height
        return tuple(
            Head(c.head.x0 * across, c.head.y0 * down, c.head.x1 * across, c.head.y1 * down, c.faced)
            for c in self._witness.known
            if c.kind == "face" and covered(c.head, self._mask)
        )


def agree(one: Mask, other: Mask) -> bool:
    """Whether two looks say the same."""
    return int(np.count_nonzero(cv2.absdiff(one, other) > APART)) <= FEW * one.size


def curve(step: Step) -> Curve:
    """The step as a table."""
    t = np.clip((np.arange(256) - step.low) / (step.high - step.low), 0, 1)
    return np.asarray(np.rint(255 * t * t * (3 - 2 * t)), np.uint8)


def grown(box: Box, alpha: Plane, size: Size) -> Box:
    """A box of the alpha as one of the frame; even edges."""
    across, down = size.width / alpha.shape[1], size.height / alpha.shape[0]
    x0, x1 = (round(x * across) & ~1 for x in (box.x0, box.x1))
    y0, y1 = (round(y * down) & ~1 for y in (box.y0, box.y1))
    return Box(x0, y0, x1, y1)
