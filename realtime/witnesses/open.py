"""Opens the detectors that come with softfocus."""

from __future__ import annotations

from functools import partial

from ...models.detect.body import BodyLandmarker
from ...models.detect.detector import Detector
from .inquiry import AtOnce, Beside, Inquiry
from .senses import HEARD, Senses


def open_senses() -> Senses:
    """All of them, on the processor; each is loaded when it is first needed."""
    face, pose, palm = (partial(Detector(kind), threshold=HEARD[kind]) for kind in ("face", "pose", "palm"))
    return Senses(face=face, pose=pose, palm=palm, body=BodyLandmarker())


def open_inquiry(*, live: bool) -> Inquiry:
    """Beside a call, or at once for a recording."""
    return Beside(open_senses()) if live else AtOnce(open_senses())
