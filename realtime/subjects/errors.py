"""What a user can put right about a choice; every message ends in the remedy."""

from __future__ import annotations

from ...models.errors import SoftfocusError

UNDERSTOOD = (
    "all, nobody, a number, left, right, centre, top, bottom, largest, smallest, tallest, shortest, nearest, "
    "farthest, second from the left, in red (or another colour), next to 2, left of 2, the two on the left, "
    "1 and 3, everyone but 2; 左の人, 一番大きい人, 赤い服の人, 左から2番目, 2番の隣, 2番以外"
)


class SubjectError(SoftfocusError):
    """It is not clear who is meant; the choice before stays."""


class UnknownWords(SubjectError):
    """The phrase has words that mean nothing here."""

    def __init__(self, phrase: str, words: str) -> None:
        hint = f"{words!r} of {phrase!r}" if words != phrase else repr(phrase)
        super().__init__(f"{hint} is not understood; understood are: {UNDERSTOOD}")
        self.words = words


class UnclearSubject(SubjectError):
    """Several people are meant equally well, or what is said of them does not fit together."""

    def __init__(self, why: str, there_are: str) -> None:
        super().__init__(f"{why}; say a number: {there_are}")


class NobodyToAsk(SubjectError):
    """A phrase for a vision model, and none was named."""

    def __init__(self) -> None:
        super().__init__(
            "'ask:' needs a vision model; name its address with --subject-model, or use other words"
        )


class NobodyThere(SubjectError):
    """A click that met nobody."""

    def __init__(self) -> None:
        super().__init__("nobody is there; click on a person")


class NoSuchSubject(SubjectError):
    """Nobody is like that."""

    def __init__(self, what: str, there_are: str) -> None:
        super().__init__(f"nobody is {what}; there are: {there_are or 'none'}")
