"""What phrases mean, in English and Japanese, in the scenes of `scenes`."""

from __future__ import annotations

import pytest
from scenes import NOBODY, PHRASES, SCENES, UNCLEAR, UNKNOWN, Meant

from softfocus.realtime.subjects.choice import chosen
from softfocus.realtime.subjects.errors import NoSuchSubject, UnclearSubject, UnknownWords
from softfocus.realtime.subjects.instance import Instance
from softfocus.realtime.subjects.phrase import read_choice


def meant(phrase: str, scene: list[Instance]) -> Meant:
    """Whom the phrase means there, or why nobody can be told."""
    try:
        return set(chosen(read_choice(phrase), scene))
    except UnknownWords:
        return UNKNOWN
    except UnclearSubject:
        return UNCLEAR
    except NoSuchSubject:
        return NOBODY


@pytest.mark.parametrize(("scene", "phrase", "expected"), PHRASES)
def test_a_phrase_means_who_it_says(scene: str, phrase: str, expected: Meant) -> None:
    assert meant(phrase, SCENES[scene]) == expected


def test_the_table_has_sixty_phrases_over_twelve_scenes_in_both_languages() -> None:
    assert len(PHRASES) >= 60
    assert len({scene for scene, _, _ in PHRASES}) == len(SCENES) == 12
    assert sum(not phrase.isascii() for _, phrase, _ in PHRASES) >= 30


def test_what_is_not_understood_is_answered_with_what_is() -> None:
    with pytest.raises(UnknownWords, match=r"'handsome' of .* understood are: all, .*左の人"):
        read_choice("the handsome one")


def test_who_could_be_meant_is_named() -> None:
    with pytest.raises(UnclearSubject, match=r"1 \(left, red\), 3 \(right, red\)"):
        chosen(read_choice("the one in red"), SCENES["two in red"])


@pytest.mark.parametrize(
    "phrase", ["", "   ", "and", "but", "2 2", "left 2", "の", "second", "most", "a" * 5000, "1" * 9]
)
def test_nonsense_is_unknown_words_and_nothing_else(phrase: str) -> None:
    with pytest.raises(UnknownWords):
        read_choice(phrase)
