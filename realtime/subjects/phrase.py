"""From a phrase to a choice: "the person in red", "everyone but 2", 左から2番目の人."""

from __future__ import annotations

from collections.abc import Sequence

from .choice import Asked, Choice, Everyone, Except, Nobody, Numbered, Pick, Rank, Union
from .errors import UnknownWords
from .words import Kind, Value, Word, words

ASK = "ask:"
LONGEST = 400  # characters of a phrase
SURROUNDINGS = (Kind.PERSON, Kind.PEOPLE, Kind.OF)


def read_choice(phrase: str) -> Choice:
    """What a phrase asks for. Raises UnknownWords, which says what is understood.

    What follows "ask:" is for a vision model to understand.
    """
    if (question := phrase.strip()).lower().startswith(ASK) and question[len(ASK) :].strip():
        return Asked(question[len(ASK) :].strip())
    if len(phrase) > LONGEST:  # its parts may stand in each other, as in left of left of
        raise UnknownWords(shortened(phrase), shortened(phrase))
    said = words(phrase)
    try:
        return whole(said)
    except ValueError:
        raise UnknownWords(phrase, phrase) from None


def shortened(phrase: str) -> str:
    """Its beginning, for messages."""
    return f"{phrase[:40]}... ({len(phrase)} characters)"


def whole(said: Sequence[Word]) -> Choice:
    """A choice with its exceptions. ValueError: there is no sense in it."""
    kinds = [word.kind for word in said]
    if Kind.EXCEPT in kinds:
        at = kinds.index(Kind.EXCEPT)
        return Except(base(said[:at]), union(said[at + 1 :]))
    if Kind.EXCEPTED in kinds:
        at = kinds.index(Kind.EXCEPTED)
        return Except(base(said[at + 1 :]), union(said[:at]))
    return union(said)


def base(said: Sequence[Word]) -> Choice:
    """Of whom somebody is left out: of all, unless something else is said."""
    return union(said) if any(word.kind not in SURROUNDINGS for word in said) else Everyone()


def union(said: Sequence[Word]) -> Choice:
    """One part, or several with "and" between them."""
    parts: list[list[Word]] = [[]]
    for word in said:
        if word.kind is Kind.AND:
            parts.append([])
        else:
            parts[-1].append(word)
    # "in red and blue" may be one person or two: not guessed.
    if any(all(w.kind is Kind.COLOUR for w in part) for part in parts[1:]):
        raise ValueError
    choices = tuple(single(part) for part in parts if part) or (single([]),)
    return choices[0] if len(choices) == 1 else Union(choices)


def single(said: list[Word]) -> Choice:
    """One part of a phrase."""
    kinds = {word.kind for word in said}
    if kinds <= {Kind.OF} or Kind.EXCEPT in kinds or Kind.EXCEPTED in kinds:
        raise ValueError
    if beside := relation(said):
        return beside
    numbers = [word.value for word in said if word.kind is Kind.NUMBER]
    telling = [word for word in said if word.kind not in SURROUNDINGS]
    if kinds <= {Kind.ALL, *SURROUNDINGS} and Kind.ALL in kinds:
        return Everyone()
    if kinds <= {Kind.NOBODY, *SURROUNDINGS} and Kind.NOBODY in kinds:
        return Nobody()
    if len(numbers) == 1 and len(telling) == 1 and isinstance(numbers[0], int):
        return Numbered(numbers[0])
    return pick(said)


def relation(said: list[Word]) -> Choice | None:
    """Next to somebody, left of somebody."""
    for i, word in enumerate(said):
        before, after = said[:i], said[i + 1 :]
        if word.kind in (Kind.BESIDE, Kind.SIDE_OF):
            side = word.value if isinstance(word.value, Rank) else None
            return with_beside(before, single(after), side)
        if word.kind is Kind.BESIDES:
            return with_beside(after, single(before), None)
    # 2番の左: whose left, then which side
    match said:
        case [
            Word(Kind.NUMBER, int(n)),
            Word(Kind.OF),
            Word(Kind.RANK, (Rank.LEFT | Rank.RIGHT) as side),
            *rest,
        ]:
            next_to = [word for word in rest if word.kind is not Kind.BESIDES]
            return with_beside(next_to, Numbered(n), side)
        case _:
            return None


def with_beside(said: Sequence[Word], whom: Choice, side: Rank | None) -> Choice:
    """Those of whom the rest is true, next to `whom`."""
    own = [word for word in said if word.kind not in SURROUNDINGS]
    if not own:
        return Pick(beside=whom, side=side)
    told = pick(own)
    if not isinstance(told, Pick) or told.ranks:
        raise ValueError
    return Pick(told.colours, (), 1, told.many, whom, side)


def pick(said: list[Word]) -> Choice:
    """Colours, ranks and counts of one part."""
    colours = tuple(str(word.value) for word in said if word.kind is Kind.COLOUR)
    ranks = tuple(dict.fromkeys(word.value for word in said if isinstance(word.value, Rank)))
    many = [word.value for word in said if word.kind is Kind.COUNT]
    nth = [word.value for word in said if word.kind is Kind.ORDINAL]
    kinds = [word.kind for word in said]
    if Kind.NUMBER in kinds:
        nth = number_in(said, kinds, nth)
    if (Kind.FROM in kinds) != bool(nth) or (nth and len(ranks) != 1) or len(nth) > 1 or len(many) > 1:
        raise ValueError
    if Kind.NOBODY in kinds or (many and (len(ranks) > 1 or nth)) or (Kind.MOST in kinds and not ranks):
        raise ValueError
    several = Kind.ALL in kinds or (Kind.PEOPLE in kinds and not many)
    wanted = 0 if several else int(str(many[0])) if many else 1
    return Pick(colours, ranks, int(str(nth[0])) if nth else 1, wanted)


def number_in(said: list[Word], kinds: list[Kind], nth: list[Value]) -> list[Value]:
    """A number among other words: 左から2番 counts, 1番左 means the most; nothing else makes sense."""
    numbers = [word.value for word in said if word.kind is Kind.NUMBER]
    if Kind.FROM in kinds and not nth and len(numbers) == 1:
        return numbers
    i = kinds.index(Kind.NUMBER)
    if numbers == [1] and kinds[i + 1 : i + 2] == [Kind.RANK]:
        return nth
    raise ValueError
