"""Opens the detectors that come with softfocus."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from ...models.detect.body import Body, BodyLandmarker
from ...models.detect.detector import Detection, Detector
from ...models.detect.region import Region
from ...models.native.network import Workspace
from ...models.segmenter import Rgb
from .inquiry import AtOnce, Beside, Inquiry
from .senses import HEARD, Kind, Senses


class Lazy:
    """A detector that is opened when it is first needed: most calls never need that of hands."""

    def __init__(self, kind: Kind, workspace: Workspace) -> None:
        self._kind: Kind = kind
        self._workspace = workspace

    @cached_property
    def _detector(self) -> Detector:
        return Detector(self._kind, workspace=self._workspace)

    def __call__(self, picture: Rgb) -> Sequence[Detection]:
        return self._detector(picture, threshold=HEARD[self._kind])


class LazyBody:
    """The body model likewise."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @cached_property
    def _landmarker(self) -> BodyLandmarker:
        return BodyLandmarker(workspace=self._workspace)

    def __call__(self, picture: Rgb, region: Region) -> Body:
        return self._landmarker(picture, region)


def open_senses() -> Senses:
    """All of them, on the processor. They share their memory, for only one looks at a time."""
    shared = Workspace()
    kinds: tuple[Kind, ...] = ("face", "pose", "palm")
    face, pose, palm = (Lazy(kind, shared) for kind in kinds)
    return Senses(face=face, pose=pose, palm=palm, body=LazyBody(shared))


def open_inquiry(*, live: bool, beside: bool = True) -> Inquiry:
    """As much of it as a call may cost, or as a recording is worth.

    beside  a call's on a thread of its own
    """
    return Beside(open_senses()) if live and beside else AtOnce(open_senses(), patient=not live)
