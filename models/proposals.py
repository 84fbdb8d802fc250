"""All the things in a picture, and which of them are subjects.

Segment Anything is asked at every point of a grid; of its answers stay those that it is sure of, each
once (Kirillov 2023, appendix B). It sees a person often as a head, a shirt and two arms: parts that touch
and that a light model takes for a person are one subject.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .sam import Answer, Point, Prompt, Prompted, box_round
from .segmenter import Mask

Inside = npt.NDArray[np.bool_]  # (h, w), at the decoder's resolution

ACROSS = 12  # grid points along the longer side
LEAST_EXPECTED = 0.88  # of an answer's own guess of its IoU
LEAST_STABILITY = 0.8  # the paper's .95 loses whole drawn characters with the small encoder
SAME = 0.7  # IoU from which two answers are one thing
SMALLEST = 0.003  # of the picture
FRAMED = 0.2  # of the picture's left, upper and right border: what takes more of it is the room
HUMAN = 0.6  # mean of the light model's mask from which a thing is part of a person
INSIDE = 0.8  # of a thing that lies in a larger one: it is a part of that already
TOUCHING = 0.1  # of a part's edge that it shares with the rest of its person
PART = 0.6  # of its person's largest part: what is larger is a person by itself


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing in a picture.

    answer  where it is, see Sam
    human   how much of it the light model takes for a person, 0..1
    framed  how much of the picture's left, upper and right border it takes, 0..1
    """

    answer: Answer
    human: float
    framed: float

    @property
    def inside(self) -> Inside:
        return self.answer.logits > 0

    @property
    def area(self) -> int:
        """Pixels of the decoder's resolution."""
        return int(np.count_nonzero(self.inside))


def find_things(sam: Prompted, person: Mask, across: int = ACROSS) -> list[Thing]:
    """What is in the picture that `sam` looks at, largest first.

    person  the light model's mask of the same picture, in any size
    """
    width, height = sam.size
    step = max(width, height) / across
    columns, rows = max(1, round(width / step)), max(1, round(height / step))
    answers = [
        sam.ask(Prompt(points=(Point((column + 0.5) * width / columns, (row + 0.5) * height / rows),)))
        for row in range(rows)
        for column in range(columns)
    ]
    sure = [answer for answer in answers if is_sure(answer)]
    things = [thing_of(answer, person) for answer in once_each(sure)]
    return sorted(things, key=lambda thing: -thing.area)


def is_sure(answer: Answer) -> bool:
    """Whether it is large enough, expected to be right, and the same when looked at more or less strictly."""
    strict, loose = (int(np.count_nonzero(answer.logits > level)) for level in (1, -1))
    return (
        answer.expected >= LEAST_EXPECTED
        and strict >= LEAST_STABILITY * loose
        and strict >= SMALLEST * answer.logits.size
    )


def once_each(answers: Sequence[Answer]) -> Iterator[Answer]:
    """Of those that are one thing the one that is expected to be best."""
    kept: list[Inside] = []
    for answer in sorted(answers, key=lambda each: -each.expected):
        inside = answer.logits > 0
        if all(iou(inside, other) < SAME for other in kept):
            kept.append(inside)
            yield answer


def iou(one: Inside, other: Inside) -> float:
    """Intersection over union."""
    union = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / union if union else 1.0


def thing_of(answer: Answer, person: Mask) -> Thing:
    inside = answer.logits > 0
    height, width = inside.shape
    human = np.asarray(cv2.resize(person, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    border = np.concatenate([inside[0], inside[:, 0], inside[:, -1]])
    return Thing(answer, float(human[inside].mean()) if inside.any() else 0.0, float(border.mean()))


def find_subjects(sam: Prompted, person: Mask, across: int = ACROSS) -> list[Answer]:
    """People, largest first, then other things, largest first; the room's walls and floor are none."""
    things = [thing for thing in find_things(sam, person, across) if thing.framed < FRAMED]
    people = gather([thing for thing in things if thing.human >= HUMAN])
    whole = [complete(sam, parts, person) for parts in people]
    whole.sort(key=lambda answer: -np.count_nonzero(answer.logits > 0))
    return [*whole, *(thing.answer for thing in things if thing.human < HUMAN)]


def gather(things: Sequence[Thing]) -> list[list[Thing]]:
    """Parts of people, largest first, to people: each thing goes to whom it touches most."""
    people: list[list[Thing]] = []
    for thing in things:
        theirs = max(people, key=lambda parts: touching(thing, parts), default=None)
        if theirs and touching(thing, theirs) >= TOUCHING and belongs(thing, theirs):
            theirs.append(thing)
        else:
            people.append([thing])
    return people


def belongs(thing: Thing, parts: Sequence[Thing]) -> bool:
    """Whether it is small enough to be part of that person, or lies in it."""
    within = int(np.count_nonzero(thing.inside & (joined(parts).logits > 0)))
    return within >= INSIDE * thing.area or thing.area < PART * parts[0].area


def touching(thing: Thing, parts: Sequence[Thing]) -> float:
    """How much of the thing's edge lies in or beside the parts, 0..1."""
    inside = thing.inside.astype(np.uint8)
    edge = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    near = cv2.dilate((joined(parts).logits > 0).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return int(np.count_nonzero(edge & near)) / max(1, int(np.count_nonzero(edge)))


def joined(parts: Sequence[Thing]) -> Answer:
    """All parts as one: inside is what is inside any of them."""
    logits = np.asarray(np.maximum.reduce([part.answer.logits for part in parts]), np.float32)
    return Answer(logits, min(part.answer.expected for part in parts))


def complete(sam: Prompted, parts: Sequence[Thing], person: Mask) -> Answer:
    """A whole person: what lies between the parts, too, if SAM finds a person in the box round them."""
    rough = joined(parts)
    whole = sam.ask(Prompt(region=box_round(sam.enlarge(rough))))
    if thing_of(whole, person).human < HUMAN:
        return rough
    return Answer(np.maximum(rough.logits, whole.logits), whole.expected)
