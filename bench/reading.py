"""Whether writing is read: by a program where one is installed, and by how much it looks like itself."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import Any

import cv2
import numpy as np

from ..models.runtime import import_runtime
from ..realtime.frame import Plane, Size
from .writing import page

ALIKE = 0.47  # correlation with the writing as it was, from which letters are told by eye
AHEAD = 0.03  # of the correlation with any other word
TOLD = 0.7  # of the letters, in their order
LINE = 48  # px: the height at which the program reads a line

Ocr = Callable[[Plane], str]


def open_ocr() -> Ocr | None:
    """RapidOCR, whose networks come with its package (the extra `privacy`); None where it is not here."""
    import_runtime()  # before it does so itself
    try:
        package: Any = importlib.import_module("rapidocr_onnxruntime")
    except ImportError:
        return None
    engine = package.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)

    def read(line: Plane) -> str:
        height, width = line.shape
        scaled = cv2.resize(line, (max(8, width * LINE // height), LINE), interpolation=cv2.INTER_AREA)
        found, _ = engine(cv2.cvtColor(scaled, cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False)
        return "".join(each[0] for each in found or ())

    return read


class Judge:
    """Whether a word can be read in a picture of its page; `others` might have been written there."""

    def __init__(self, words: Sequence[str], height: int, size: Size, ocr: Ocr | None) -> None:
        self._word, *others = words
        self.page = page(self._word, height, size)
        self._true = self.page.cut(self.page.luma)
        self._others = [self._drawn(word, height, size) for word in others]
        self._ocr = ocr

    def likeness(self, there: Plane) -> float:
        """Correlation of what is seen at the word's place with the writing as it was, in [-1, 1]."""
        return correlation(there, self._true)

    def reads(self, there: Plane) -> bool:
        """Whether the word is told from the others, or its letters are named."""
        alike = correlation(there, self._true)
        rest = max(correlation(there, other) for other in self._others)
        if alike >= ALIKE and alike >= rest + AHEAD:
            return True
        return self._ocr is not None and named(self._ocr(there), self._word)

    def _drawn(self, word: str, height: int, size: Size) -> Plane:
        """Another word, stretched to where the true one is."""
        other = page(word, height, size)
        rows, columns = self._true.shape
        there = other.cut(other.luma)
        return np.asarray(cv2.resize(there, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)


def correlation(one: Plane, other: Plane) -> float:
    """Pearson's."""
    first, second = (np.asarray(each, np.float64) - each.mean() for each in (one, other))
    power = float(np.sqrt(np.square(first).sum() * np.square(second).sum()))
    return float((first * second).sum()) / power if power else 0.0


def named(read: str, word: str) -> bool:
    """Whether most of a word's letters were read."""
    return SequenceMatcher(None, read.lower(), word.lower()).ratio() >= TOLD
