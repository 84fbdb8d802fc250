"""Opens the detectors that come with softfocus."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property, partial

from ...models.detect.body import BodyLandmarker
from ...models.detect.detector import Detection, Detector
from ...models.errors import SoftfocusError
from ...models.native.network import Workspace
from ...models.segmenter import Rgb
from .inquiry import AtOnce, Beside, Inquiry
from .senses import HEARD, Detect, Kind, Senses

log = logging.getLogger(__name__)


class Lazy:
    """A detector that is opened when it is first needed, which most calls never do.

    Where it cannot be opened just then, it finds nobody, and the next look tries again.
    """

    def __init__(self, kind: Kind, workspace: Workspace) -> None:
        self._kind: Kind = kind
        self._workspace = workspace

    @cached_property
    def _detect(self) -> Detect:
        return opened(self._kind, self._workspace)

    def __call__(self, picture: Rgb) -> Sequence[Detection]:
        try:
            detect = self._detect
        except (SoftfocusError, OSError) as error:  # no more files can be opened, say
            log.warning("the %s detector cannot be opened: %s", self._kind, error)
            return ()
        return detect(picture)


def opened(kind: Kind, workspace: Workspace) -> Detect:
    """A detector, ready."""
    return partial(Detector(kind, workspace=workspace), threshold=HEARD[kind])


def open_senses() -> Senses:
    """All of them, on the processor. They share their memory, for only one looks at a time.

    Raises SoftfocusError where their files are not here. That of hands waits until somebody is looked for
    who shows neither face nor body.
    """
    shared = Workspace()
    body = BodyLandmarker(workspace=shared)
    return Senses(
        face=opened("face", shared), pose=opened("pose", shared), palm=Lazy("palm", shared), body=body
    )


def open_inquiry(*, live: bool, beside: bool = True) -> Inquiry:
    """As much of it as a call may cost, or as a recording is worth.

    beside  a call's on a thread of its own
    """
    return Beside(open_senses()) if live and beside else AtOnce(open_senses(), patient=not live)
