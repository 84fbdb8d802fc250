"""The words that a choice is made of, in English and Japanese."""

from __future__ import annotations

import re
import unicodedata
from enum import Enum
from typing import NamedTuple

from .choice import Rank
from .errors import UnknownWords


class Kind(Enum):
    """What a word does in a phrase."""

    FILL = 0  # says nothing
    PERSON = 1
    PEOPLE = 2
    ALL = 3
    NOBODY = 4
    EXCEPT = 5  # before what is left out
    EXCEPTED = 6  # after it, as in Japanese
    AND = 7
    NUMBER = 8
    ORDINAL = 9
    COUNT = 10
    RANK = 11
    COLOUR = 12
    FROM = 13
    MOST = 14
    BESIDE = 15  # before whom
    BESIDES = 16  # after whom, as in Japanese
    SIDE_OF = 17  # left of
    OF = 18  # the Japanese particle between a thing and what belongs to it


Value = int | str | Rank | None


class Word(NamedTuple):
    """A word of a phrase: what it does, and its number, rank or colour."""

    kind: Kind
    value: Value = None


COLOURS = {
    "red": "red 赤い 赤色 赤 レッド",
    "orange": "orange オレンジ色 オレンジ 橙色 橙",
    "yellow": "yellow 黄色い 黄色 黄 イエロー",
    "green": "green 緑色 緑 グリーン",
    "blue": "blue 青い 青色 青 紺色 紺 ブルー 水色",
    "purple": "purple violet 紫色 紫",
    "pink": "pink ピンク色 ピンク 桃色",
    "brown": "brown 茶色い 茶色 ブラウン ベージュ",
    "black": "black 黒い 黒色 黒 ブラック",
    "white": "white 白い 白色 白 ホワイト",
    "grey": "grey gray 灰色 グレー",
}
RANKS = {
    Rank.LEFT: "left leftmost|far left|left-most|左端|左側|左がわ|左の方|左",
    Rank.RIGHT: "right rightmost|far right|right-most|右端|右側|右がわ|右の方|右",
    Rank.CENTRE: "centre center middle central|closest to the centre|closest to the center|nearest the centre"
    "|中央|真ん中|まん中|真中|中心",
    Rank.TOP: "top upper topmost|一番上|上の方|上",
    Rank.BOTTOM: "bottom lower bottommost|一番下|下の方|下",
    Rank.LARGEST: "largest biggest big large bigger larger|最大|大きい|大きな|大きく|でかい",
    Rank.SMALLEST: "smallest small smaller littlest|最小|小さい|小さな|小さく",
    Rank.TALLEST: "tallest tall taller|背の高い|背が高い|背の一番高い|背が一番高い|のっぽの",
    Rank.SHORTEST: "shortest short shorter|背の低い|背が低い|背の一番低い|背が一番低い",
    Rank.NEAREST: "nearest closest front foreground|in front|nearest the camera|nearest to the camera"
    "|closest to the camera|closest to camera|手前|近い|近く|一番前|前の方|前",
    Rank.FARTHEST: "farthest furthest back rear background behind|in the background|farthest from the camera"
    "|furthest from the camera|farthest away|furthest away|奥|遠い|遠く|後ろの方|後ろ|うしろ|背後",
}
OTHERS: dict[Kind, str] = {
    Kind.FILL: "the a an of in on at to with who whom is are wearing wears dressed side hand clothes clothing"
    " shirt t-shirt sweater jumper pullover jacket coat dress hoodie blouse only just standing sitting"
    " please show choose select that picture frame|of the two|of the three|of them|of all|of both"
    "|を|に|が|は|で|いる|います|ある|側|がわ|方|ほう|着た|着ている|着てる|着て|着|服|シャツ|セーター|ジャケット|上着"
    "|コート|ワンピース|パーカー|Tシャツ|だけ|のみ|にいる|してください|画面|立っている|座っている",
    Kind.PERSON: "person one somebody someone|人|ひと|人物|方の人|やつ|被写体",
    Kind.PEOPLE: "people persons ones those|人たち|人々|人達",
    Kind.ALL: "all everyone everybody every|全員|みんな|皆|全部|すべて|全て|全ての人|すべての人",
    Kind.NOBODY: "nobody none|no one|誰も|なし|誰もなし",
    Kind.EXCEPT: "but except excluding without not hide|apart from|other than|except for|all but",
    Kind.EXCEPTED: "以外|を除く|を除いて|を除いた|でない|ではない|じゃない",
    Kind.AND: "and plus|,|&|+|、|と|および|及び",
    Kind.FROM: "from|counting from|から",
    Kind.MOST: "most very|一番|いちばん|最も|もっとも",
    Kind.BESIDE: "beside near|next to|nearest to|closest to|close to|beside of",
    Kind.BESIDES: "の隣|のとなり|の横|のそば|隣|となり",
    Kind.OF: "の",
}
COUNTS = {"two": 2, "three": 3, "both": 2, "four": 4, "二人": 2, "三人": 3, "四人": 4, "両方": 2, "ふたり": 2}
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"]
JAPANESE_ORDINALS = ["一番目", "二番目", "三番目", "四番目", "五番目", "六番目", "七番目", "八番目", "九番目"]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
NUMBERED = re.compile(
    r"(?:(?:number|no\.?|person|#|№)\s*)?(?P<n>\d{1,2})"
    r"(?:(?P<nth>st|nd|rd|th|番目|人目)|(?P<count>人)|(?:番の人|番|号))?(?![\d])"
)
_ASIDE = {
    "left of": Rank.LEFT,
    "to the left of": Rank.LEFT,
    "right of": Rank.RIGHT,
    "to the right of": Rank.RIGHT,
}
SIDE_OF = _ASIDE | {f"on the {side} of": rank for side, rank in (("left", Rank.LEFT), ("right", Rank.RIGHT))}


def _dictionary() -> dict[str, Word]:
    """Every spelling, to its word."""
    found: dict[str, Word] = {}
    for kind, spellings in OTHERS.items():
        found |= {each: Word(kind) for each in _each(spellings)}
    for colour, spellings in COLOURS.items():
        found |= {each: Word(Kind.COLOUR, colour) for each in spellings.split()}
    for rank, spellings in RANKS.items():
        found |= {each: Word(Kind.RANK, rank) for each in _each(spellings)}
    found |= {each: Word(Kind.COUNT, n) for each, n in COUNTS.items()}
    for ordinals in (ORDINALS, JAPANESE_ORDINALS):
        found |= {each: Word(Kind.ORDINAL, n) for n, each in enumerate(ordinals, 1)}
    found |= {f"number {each}": Word(Kind.NUMBER, n) for n, each in enumerate(NUMBERS, 1)}
    return found | {each: Word(Kind.SIDE_OF, rank) for each, rank in SIDE_OF.items()}


def _each(spellings: str) -> list[str]:
    """Single words stand between spaces, those with spaces in them between bars."""
    first, *rest = spellings.split("|")
    return [*first.split(" "), *(each.lower() for each in rest)]


DICTIONARY = _dictionary()
LONGEST_FIRST = sorted((each for each in DICTIONARY if each), key=len, reverse=True)


def words(phrase: str) -> list[Word]:
    """The words of a phrase, without those that say nothing. Raises UnknownWords."""
    text = " ".join(unicodedata.normalize("NFKC", phrase).lower().replace("’", "'").split()).strip(" .!?。")
    found: list[Word] = []
    unknown = ""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        length, word = next_word(text, at)
        if word is None:
            unknown, length = rest_of_word(text, at), len(rest_of_word(text, at))
            raise UnknownWords(phrase, unknown)
        found.append(word)
        at += length
    if not found:
        raise UnknownWords(phrase, phrase)
    return [word for word in found if word.kind is not Kind.FILL]


def next_word(text: str, at: int) -> tuple[int, Word | None]:
    """The longest word that begins here, and its length; None: there is none."""
    if match := NUMBERED.match(text, at):
        return match.end() - at, numbered(match)
    for spelling in LONGEST_FIRST:
        if text.startswith(spelling, at) and ends(text, at + len(spelling), spelling):
            return len(spelling), DICTIONARY[spelling]
    return 0, None


def numbered(match: re.Match[str]) -> Word:
    """2, 2nd, 2人, 2番."""
    n = int(match["n"])
    if match["nth"]:
        return Word(Kind.ORDINAL, n)
    return Word(Kind.COUNT if match["count"] else Kind.NUMBER, n)


def ends(text: str, at: int, spelling: str) -> bool:
    """Whether a Latin word ends here; Japanese ones do anywhere."""
    return (
        not (spelling[-1].isascii() and spelling[-1].isalnum())
        or not text[at : at + 1].isascii()
        or not (text[at : at + 1].isalnum())
    )


def rest_of_word(text: str, at: int) -> str:
    """What is not understood, up to the next space."""
    return text[at:].split()[0]
