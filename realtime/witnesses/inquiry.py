"""How a witness asks its senses: at once, or beside the call."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ...models.detect.body import Body
from ..frame import Colour, Planes
from ..slot import Latest
from .claims import believed, paired
from .senses import NEW, Kind, Rect, Senses, Testimony

log = logging.getLogger(__name__)

ASKED = 4  # of those who are new in one look, about whom the body model is asked, the surest first
ENDING = 1.0  # s to wait for a thread that ends


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Who is there?

    looks   what to look for and where, coarse px; those of one kind only until somebody is found
    known   heads about whom the body model need not be asked; refuted: what is none, whatever that kind says
    fine    planes, twice the coarse size; seconds: their frame's time
    """

    looks: Sequence[tuple[Kind, Rect]]
    known: Sequence[Rect]
    refuted: Sequence[tuple[Kind, Rect]]
    fine: Planes
    colour: Colour
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found.

    told  with what the body model says of those who are not known: it looks twice, the second time at where
          it has seen the body the first time
    """

    question: Question
    told: Sequence[tuple[Testimony, Sequence[Body]]]


def answer(senses: Senses, question: Question) -> Answer:
    """Look."""
    told: list[tuple[Testimony, Sequence[Body]]] = []
    parts: dict[Kind, list[Rect]] = {}
    for kind, part in question.looks:
        parts.setdefault(kind, []).append(part)
    for kind in parts:
        for part in parts[kind]:
            told += examined(senses, question, senses.look(kind, question.fine, question.colour, part), told)
        if any(looks and believed(found, looks) for found, looks in told):
            break
    return Answer(question, told)


def examined(
    senses: Senses,
    question: Question,
    found: Sequence[Testimony],
    before: Sequence[tuple[Testimony, Sequence[Body]]],
) -> list[tuple[Testimony, Sequence[Body]]]:
    """What one detector has found in one part; about whom is new, the body model is asked.

    before  what was found in other parts, which overlap
    """
    heads = [*question.known, *(told.head for told, looks in before if believed(told, looks))]
    heads += [head for kind, head in question.refuted if found and kind == found[0].kind]
    known = paired([told.head for told in found], heads)
    new = [
        i for i, told in enumerate(found) if i not in known and told.region and told.score >= NEW[told.kind]
    ]
    asked = new[:ASKED]
    return [(told, twice(senses, question, told) if i in asked else ()) for i, told in enumerate(found)]


def twice(senses: Senses, question: Question, found: Testimony) -> Sequence[Body]:
    """The body of whom was found."""
    assert found.region
    first = senses.closely(question.fine, question.colour, found.region)
    return first, senses.closely(question.fine, question.colour, first.next)


class Inquiry(Protocol):
    """Takes a question, and gives its answer, then or later."""

    senses: Senses

    def ask(self, question: Question) -> None: ...

    def answer(self) -> Answer | None:
        """The last question's, once."""
        ...

    @property
    def idle(self) -> bool:
        """Whether a question would be looked into at once."""
        ...

    @property
    def patient(self) -> bool:
        """Whether nobody minds how long an answer takes."""
        ...

    def close(self) -> None: ...


class AtOnce:
    """Whoever asks waits."""

    idle = True

    def __init__(self, senses: Senses, *, patient: bool = True) -> None:
        self.senses = senses
        self.patient = patient
        self._answer: Answer | None = None

    def ask(self, question: Question) -> None:
        self._answer = answer(self.senses, question)

    def answer(self) -> Answer | None:
        found, self._answer = self._answer, None
        return found

    def close(self) -> None:
        """There is nothing to end."""


class Beside:
    """On a thread of its own. Where senses fail, nobody is found, and it is said so."""

    patient = False

    def __init__(self, senses: Senses) -> None:
        self.senses = senses
        self._asked: Latest[Question] = Latest()
        self._found: Latest[Answer] = Latest()
        self._busy = threading.Event()
        self._thread = threading.Thread(target=self._work, name="witness", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        return not self._busy.is_set()

    def ask(self, question: Question) -> None:
        self._busy.set()
        y, u, v = (plane.copy() for plane in question.fine)
        self._asked.put(replace(question, fine=Planes(y, u, v)))

    def answer(self) -> Answer | None:
        return self._found.take(timeout=0)

    def close(self) -> None:
        self._asked.close()
        self._thread.join(timeout=ENDING)

    def _work(self) -> None:
        while question := self._asked.take():
            try:
                self._found.put(answer(self.senses, question))
            except Exception as error:  # a look that fails shows nobody, and must not end the call
                log.warning("nobody can be looked for: %s", error)
            self._busy.clear()
