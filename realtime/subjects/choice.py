"""Who is meant: what a phrase says, and whom of those who are seen it fits.

Nobody is chosen on a guess: where two fit about as well, the answer is an error that names them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import log

from .errors import NoSuchSubject, UnclearSubject
from .instance import Instance

APART = 0.05  # of the frame: two who are less apart are not left and right of each other
LARGER = log(1.15)  # of areas: who is less than that larger is not the larger one
WEARS, TRACE = 0.3, 0.15  # share of the clothes: a colour they have; one that might be taken for theirs
CLEARLY = 2.0  # times the share of others: whose colour it is, where others have a trace of it
HALF = 0.5


class Rank(Enum):
    """What somebody is most of all."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "in the centre"
    TOP = "at the top"
    BOTTOM = "at the bottom"
    LARGEST = "largest"
    SMALLEST = "smallest"
    TALLEST = "tallest"
    SHORTEST = "shortest"
    NEAREST = "nearest"
    FARTHEST = "farthest"


SIDES = {Rank.LEFT: Rank.RIGHT, Rank.RIGHT: Rank.LEFT}


@dataclass(frozen=True, slots=True)
class Everyone:
    """All, whoever comes."""


@dataclass(frozen=True, slots=True)
class Nobody:
    """None."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """The one with this number."""

    number: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Those of whom all of this is true.

    colours  of their clothes
    ranks    what the one is most of all; all must say the same one
    nth      counted from where the only rank begins
    many     1: the one; n: the first n of the only rank; 0: all who fit
    beside   next to whom, and on which side (None: either)
    """

    colours: tuple[str, ...] = ()
    ranks: tuple[Rank, ...] = ()
    nth: int = 1
    many: int = 1
    beside: Choice | None = None
    side: Rank | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a vision model takes for it."""

    phrase: str


@dataclass(frozen=True, slots=True)
class Union:
    """Those of all parts."""

    parts: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Except:
    """Those of the first who are not those of the second."""

    base: Choice
    out: Choice


Choice = Everyone | Nobody | Numbered | Asked | Pick | Union | Except


def mirrored(choice: Choice) -> Choice:
    """The same choice of somebody who sees left and right changed."""
    match choice:
        case Pick():
            return Pick(
                choice.colours,
                tuple(SIDES.get(rank, rank) for rank in choice.ranks),
                choice.nth,
                choice.many,
                mirrored(choice.beside) if choice.beside else None,
                SIDES.get(choice.side) if choice.side else None,
            )
        case Union(parts):
            return Union(tuple(mirrored(part) for part in parts))
        case Except(base, out):
            return Except(mirrored(base), mirrored(out))
        case _:
            return choice


def names_numbers(choice: Choice) -> bool:
    """Whether it is about numbers, which mean other people when a new scene begins."""
    match choice:
        case Numbered():
            return True
        case Union(parts):
            return any(names_numbers(part) for part in parts)
        case Except(base, out):
            return names_numbers(base) or names_numbers(out)
        case Pick(beside=beside):
            return beside is not None and names_numbers(beside)
        case _:
            return False


def chosen(choice: Choice, seen: Sequence[Instance]) -> frozenset[int]:
    """The ids of those who are meant. Raises UnclearSubject, NoSuchSubject."""
    match choice:
        case Everyone():
            return frozenset(one.id for one in seen)
        case Nobody():
            return frozenset()
        case Numbered(number):
            if all(one.id != number for one in seen):
                raise NoSuchSubject(f"number {number}", told(seen))
            return frozenset({number})
        case Union(parts):
            return frozenset(one for part in parts for one in chosen(part, seen))
        case Except(base, out):
            return chosen(base, seen) - chosen(out, seen)
        case Pick():
            return picked(choice, seen)
        case Asked():
            raise ValueError("a vision model is asked elsewhere")


def picked(pick: Pick, seen: Sequence[Instance]) -> frozenset[int]:
    """Those of whom all is true."""
    left = list(seen)
    for colour in pick.colours:
        left = wearing(colour, left, seen, alone=pick.many == 1 and not pick.ranks)
    if pick.beside:
        left = neighbours(pick, left, seen)
    if not left:
        raise NoSuchSubject("to be seen", told(seen))
    if pick.many == 0:
        return frozenset(one.id for one in left if in_halves(one, pick.ranks, seen))
    if not pick.ranks:
        if len(left) != pick.many:
            raise UnclearSubject(f"{len(left)} people fit, not {pick.many}", told(left))
        return frozenset(one.id for one in left)
    answers = {ranked(rank, pick, left, seen) for rank in pick.ranks}
    if len(answers) > 1:
        said = " and ".join(rank.value for rank in pick.ranks)
        raise UnclearSubject(f"nobody is both {said}", told(left))
    return answers.pop()


def wearing(colour: str, left: list[Instance], seen: Sequence[Instance], *, alone: bool) -> list[Instance]:
    """Those whose clothes have the colour, and none who only might."""
    share = {one.id: one.colours.get(colour, 0.0) for one in left}
    having = [one for one in left if share[one.id] >= WEARS]
    if not having:
        raise NoSuchSubject(f"in {colour}", told(seen))
    doubtful = [one for one in left if TRACE <= share[one.id] < WEARS]
    least = min(share[one.id] for one in having)
    if any(share[one.id] * CLEARLY > least for one in doubtful):
        raise UnclearSubject(f"it is not clear who is in {colour}", told(having + doubtful))
    if alone and len(having) > 1:
        raise UnclearSubject(f"{len(having)} people are in {colour}", told(having))
    return having


def neighbours(pick: Pick, left: list[Instance], seen: Sequence[Instance]) -> list[Instance]:
    """Who is next to the one that is named, on the side that is named."""
    assert pick.beside
    there = [one for one in seen if one.id in chosen(pick.beside, seen)]
    if len(there) != 1:
        raise UnclearSubject("next to whom", told(seen))
    (centre,) = there
    others = [one for one in left if one.id != centre.id]
    if pick.side:
        sign = -1 if pick.side is Rank.LEFT else 1
        others = [one for one in others if sign * (one.x - centre.x) > APART]
    if not others:
        raise NoSuchSubject(f"{pick.side.value if pick.side else 'next to'} of {centre.id}", told(seen))
    return first(others, lambda one: abs(one.x - centre.x), 1, 1, APART, "next to them")


def in_halves(one: Instance, ranks: Sequence[Rank], seen: Sequence[Instance]) -> bool:
    """Whether somebody is in the halves of the frame that are named. Raises UnclearSubject in between."""
    for rank in ranks:
        place = one.x if rank in SIDES else one.y
        if rank not in (*SIDES, Rank.TOP, Rank.BOTTOM):
            raise UnclearSubject(f"how many are the {rank.value}", told(seen))
        if abs(place - HALF) < APART:
            raise UnclearSubject(f"{one.id} is in the middle", told(seen))
        if (place < HALF) != (rank in (Rank.LEFT, Rank.TOP)):
            return False
    return True


def ranked(rank: Rank, pick: Pick, left: list[Instance], seen: Sequence[Instance]) -> frozenset[int]:
    """Who comes first, or nth, in the order of one rank."""
    if rank is Rank.CENTRE:
        best = central(left, pick)
    elif rank in (Rank.TALLEST, Rank.SHORTEST):
        best = by_height(rank, left, pick)
    else:
        key, margin = ORDERS[rank]
        best = first(left, key, pick.nth, pick.many, margin, rank.value)
    if len(left) < len(seen) and rank in SIDES and pick.nth == 1:
        check_side(best[0], rank, seen)
    return frozenset(one.id for one in best)


def first(
    people: Sequence[Instance],
    key: Callable[[Instance], float],
    nth: int,
    many: int,
    margin: float,
    what: str,
) -> list[Instance]:
    """From the nth on as many as wanted, in rising order. Raises UnclearSubject where it is close."""
    order = sorted(people, key=key)
    end = nth - 1 + many
    if end > len(order):
        raise NoSuchSubject(f"number {end} of those who are {what}", told(people))
    for i in (nth - 1, end):  # the borders between those who are meant and the others
        if 0 < i < len(order) and key(order[i]) - key(order[i - 1]) < margin:
            raise UnclearSubject(f"two are about equally {what}", told(order[i - 1 : i + 1]))
    return order[nth - 1 : end]


def central(people: list[Instance], pick: Pick) -> list[Instance]:
    """Nearest to the picture's middle; where there is a middle one of several, it must be the same."""
    best = first(people, lambda one: abs(one.x - HALF), 1, pick.many, APART, Rank.CENTRE.value)
    if len(people) % 2 and len(people) > 1 and pick.many == 1:
        middle = sorted(people, key=lambda one: one.x)[len(people) // 2]
        if middle.id != best[0].id:
            raise UnclearSubject("the one between the others is not in the picture's middle", told(people))
    return best


def by_height(rank: Rank, people: list[Instance], pick: Pick) -> list[Instance]:
    """Whose head is highest, or lowest; how much of them is seen must not say the contrary."""
    sign = 1 if rank is Rank.TALLEST else -1
    best = first(people, lambda one: sign * one.box.top, pick.nth, pick.many, APART, rank.value)
    longest = first(
        people, lambda one: sign * (one.box.top - one.box.bottom), pick.nth, pick.many, 0, rank.value
    )
    if {one.id for one in best} != {one.id for one in longest}:
        raise UnclearSubject(f"it is not clear who is {rank.value}", told(people))
    return best


def check_side(one: Instance, rank: Rank, seen: Sequence[Instance]) -> None:
    """'The one in red on the left' must be on the left, if there are others further left."""
    outer = min if rank is Rank.LEFT else max
    beyond = (one.x > HALF - APART) if rank is Rank.LEFT else (one.x < HALF + APART)
    if beyond and outer(seen, key=lambda each: each.x).id != one.id:
        raise UnclearSubject(f"{one.id} is not on the {rank.value}", told(seen))


def log_area(one: Instance) -> float:
    """Equal ratios of areas are equal steps of it."""
    return log(max(one.area, 1e-6))


ORDERS: dict[Rank, tuple[Callable[[Instance], float], float]] = {
    Rank.LEFT: (lambda one: one.x, APART),
    Rank.RIGHT: (lambda one: -one.x, APART),
    Rank.TOP: (lambda one: one.y, APART),
    Rank.BOTTOM: (lambda one: -one.y, APART),
    Rank.LARGEST: (lambda one: -log_area(one), LARGER),
    Rank.SMALLEST: (log_area, LARGER),
    Rank.NEAREST: (lambda one: -log_area(one), LARGER),
    Rank.FARTHEST: (log_area, LARGER),
}


def told(people: Sequence[Instance]) -> str:
    """Who there is, for people: 1 (left, red), 2 (right, grey and black)."""
    return ", ".join(f"{one.id} ({described(one)})" for one in sorted(people, key=lambda one: one.id))


def described(one: Instance) -> str:
    """Where somebody is, and in what colours."""
    place = "left" if one.x < 0.4 else "right" if one.x > 0.6 else "centre"
    worn = [colour for colour, share in sorted(one.colours.items(), key=lambda c: -c[1]) if share >= WEARS]
    return ", ".join([place, " and ".join(worn)] if worn else [place])
