"""Frames, true alphas and overlaps of the development material, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from softfocus.models.segmenter import InputSize, Mask, Rgb


def pictures(clip: Path, size: InputSize | None = None, count: int | None = None) -> Iterator[Rgb]:
    """The first frames of a clip, in their own or another size."""
    reader = cv2.VideoCapture(str(clip))
    try:
        for there, picture in islice(iter(reader.read, None), count):
            if not there:
                return
            small = picture if size is None else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            yield cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
    finally:
        reader.release()


def truths(clip: Path, count: int | None = None, of: str = "") -> Iterator[Mask]:
    """The true alphas of the first frames, 0..1, in the clip's size; `of` is "_left" or "_right"."""
    for picture in pictures(clip.with_name(f"{clip.stem}_alpha{of}.mkv"), count=count):
        yield picture[..., 0].astype(np.float32) / 255


def frame(clip: Path, index: int, of: str = "") -> tuple[Rgb, Mask]:
    """One frame of a clip and its alpha."""
    *_, picture = pictures(clip, count=index + 1)
    *_, truth = truths(clip, index + 1, of)
    return picture, truth


def photo(path: Path) -> Rgb:
    """A picture file."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def small(picture: Rgb, size: InputSize) -> Rgb:
    """A picture at a model's size."""
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def overlap(mask: Mask, truth: Mask) -> float:
    """Intersection over union at a half, in the truth's size; 1 where both are empty."""
    height, width = truth.shape
    found = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    there = truth > 0.5
    union = float((found | there).sum())
    return float((found & there).sum()) / union if union else 1.0
