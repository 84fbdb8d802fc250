"""What a learnt room says of a mask, and how it is learnt: place by place.

Each place has a mean and a variance of Y, U and V. A likelihood ratio of "looks like the room here" to
"looks like anything", tempered and bounded, corrects the mask by Bayes' rule.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ...models.segmenter import Mask
from ..frame import Plane

Floats = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]  # (3, h, w): Y, U and V, so that NumPy works along rows
Light = tuple[float, float, float]  # by which luma is multiplied, and what is taken from U and V

SPREAD = 50.0  # codes: what is not the room may have any colour, evenly over so many
TEMPER = 0.5  # planes and neighbours say much the same, so they do not count in full
FOR_ROOM, FOR_PERSON = 3.0, 1.5  # nats by which a place may be doubted, or confirmed, as a person's
NOISE = 9.0  # codes²: the variance that a place always has
WILD = 900.0  # codes²: a single difference counts no more than this
RATE = 0.05  # least weight of a new look: slow changes of the light are followed within seconds
STEP = 1 / 512  # nats
LESSONS = 3.0  # looks after which a place is known by half


class Room(NamedTuple):
    """What masks are weighed with.

    mean       (3, h, w) float32, codes; certainty: one over the variance there
    prior      (h, w) float32, nats: how much more likely the room's looks are under the room
    belief     (h, w) float32, 0..1: how well the place is known
    """

    mean: Floats
    certainty: Floats
    prior: Floats
    belief: Floats


class Look(NamedTuple):
    """A frame's picture, (3, h, w), and how its light differs from the room's."""

    picture: Codes
    light: Light


class Learnt(NamedTuple):
    """What else a room is known by.

    variance  (3, h, w) float32, codes², without NOISE
    lessons   (h, w) float32: how often each place was seen
    codes     (3, h, w) uint8, the mean's; trusted: (h, w) uint8, 255 where LESSONS were had, else 0
    """

    variance: Floats
    lessons: Floats
    codes: Codes
    trusted: Plane


class Odds(NamedTuple):
    """e to the evidence from `low` to `high` nats, in steps; `weight` of the deviations of 3x3 places."""

    table: Floats
    low: float
    high: float
    weight: float


class Rates(NamedTuple):
    """How a room is learnt; `table` has a plane's prior by its variance, `steps` a code²."""

    table: Floats
    least: float
    wild: float
    noise: float
    known: float
    temper: float
    steps: float


def odds() -> Odds:
    """Of the constants above. One step is at 0: what is not known changes nothing."""
    table = np.exp(np.arange(-FOR_ROOM, FOR_PERSON + STEP, STEP)).astype(np.float32)
    return Odds(table, -FOR_ROOM, FOR_PERSON, TEMPER / 2 / 9)


def rates(steps: int = 4) -> Rates:
    """log(SPREAD / σ), in the middle of each step."""
    variance = (np.arange(WILD * steps + 1) + 0.5) / steps + NOISE
    table = np.clip(np.log(SPREAD) - 0.5 * np.log(variance), 0, 5).astype(np.float32)
    return Rates(table, RATE, WILD, NOISE, LESSONS, TEMPER, steps)


ODDS, RATES = odds(), rates()


def weigh(mask: Mask, look: Look, room: Room, odds: Odds, onto: Mask) -> None:
    """p' = p·r / (p·r + 1 − p), r the likelihood ratio: (h, w) in [0, 1]; where p is 0 it stays so."""
    apart = lit(*look)
    apart -= room.mean
    apart *= apart
    apart *= room.certainty
    evidence = around(apart[0] + apart[1] + apart[2]) * np.float32(odds.weight) - room.prior
    low, high = np.float32(odds.low), np.float32(odds.high)
    evidence = np.clip(evidence, low, high) * room.belief
    finer = np.float32(len(odds.table) - 1) / (high - low)
    claimed = mask * odds.table[((evidence - low) * finer + np.float32(0.5)).astype(np.int32)]
    onto[:] = claimed / (claimed + (1 - mask) + np.float32(1e-6))


def around(plane: Floats) -> Floats:
    """The sum over 3x3 places, across and then down, mirrored in the outermost."""
    padded = np.pad(plane, 1, mode="reflect")
    across = padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
    return np.asarray(across[:-2] + across[1:-1] + across[2:], np.float32)


def unknown(shape: tuple[int, int], variance: float, rates: Rates) -> tuple[Room, Learnt]:
    """A room (h, w) of which nothing is known yet; `variance`: codes², that of a place seen once."""
    some, three = np.zeros(shape, np.float32), np.zeros((3, *shape), np.float32)
    room = Room(three, three.copy(), some, some.copy())
    codes = np.zeros_like(three, np.uint8)
    learnt = Learnt(np.full_like(three, variance), some.copy(), codes, np.zeros(shape, np.uint8))
    _derive(room, learnt, rates)
    return room, learnt


def lit(picture: Codes, light: Light) -> Floats:
    """As the picture would be in the light of the room."""
    gain, *shift = (np.float32(each) for each in light)
    plain = picture.astype(np.float32)
    plain[0] *= gain
    plain[1:] -= np.array(shift)[:, np.newaxis, np.newaxis]
    return plain


def totals(picture: Codes, codes: Codes, sure: Plane, trusted: Plane) -> tuple[int, ...]:
    """At how many places both `sure` and `trusted`, 0 or 255, are set; of each plane of `picture` and of
    `codes` the sum there.
    """
    seen = cv2.bitwise_and(sure, trusted)
    sums = (int(cv2.sumElems(cv2.bitwise_and(plane, seen))[0]) for plane in (*picture, *codes))
    return cv2.countNonZero(seen), *sums


def astray(look: Look, room: Room, sure: Plane, trusted: Plane, limit: float) -> tuple[int, int]:
    """Of every second place across and down: how many are set in both; and of these, how many are more
    squared standard deviations than `limit` from the room.
    """
    some = np.s_[..., ::2, ::2]
    seen = (sure[some] > 0) & (trusted[some] > 0)
    away = lit(look.picture[some], look.light) - room.mean[some]
    away *= away
    away *= room.certainty[some]
    wrong = seen & (away[0] + away[1] + away[2] > np.float32(limit))
    return int(np.count_nonzero(seen)), int(np.count_nonzero(wrong))


def changed(look: Look, before: Look, onto: Floats) -> None:
    """By how many codes each place differs between two looks, in the same light, in all planes: (h, w)."""
    away = lit(*look)
    away -= lit(*before)
    np.abs(away, out=away)
    onto[:] = away[0] + away[1] + away[2]


def learn(look: Look, places: Plane, room: Room, learnt: Learnt, rates: Rates) -> None:
    """Take over what was seen at those places that are not 0; others stay as they are."""
    weight = np.where(places, np.maximum(1 / (learnt.lessons + 1), np.float32(rates.least)), np.float32(0))
    away = lit(*look) - room.mean
    np.add(room.mean, weight * away, out=room.mean)
    weight[learnt.lessons == 0] = 0  # one look tells a mean, but no variance
    np.minimum(away * away, np.float32(rates.wild), out=away)
    np.add(learnt.variance, weight * (away - learnt.variance), out=learnt.variance)
    np.add(learnt.lessons, places > 0, out=learnt.lessons)
    _derive(room, learnt, rates)


def _derive(room: Room, learnt: Learnt, rates: Rates) -> None:
    """What follows from means, variances and lessons."""
    np.divide(1, learnt.variance + np.float32(rates.noise), out=room.certainty)
    steps = np.minimum((learnt.variance * np.float32(rates.steps)).astype(np.int32), len(rates.table) - 1)
    said = rates.table[steps]
    np.multiply(said[0] + said[1] + said[2], np.float32(rates.temper), out=room.prior)
    np.minimum(learnt.lessons / np.float32(2 * rates.known), 1, out=room.belief)
    np.copyto(learnt.codes, room.mean + np.float32(0.5), casting="unsafe")
    np.copyto(learnt.trusted, np.where(learnt.lessons >= rates.known, 255, 0), casting="unsafe")
