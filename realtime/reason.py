"""Why the gate may be closed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """One word per cause; the value is what people read."""

    START = "no mask yet"
    SEGMENTER_FAILED = "the segmenter failed"
    SEGMENTER_LATE = "the segmenter is late"
    BROKEN_MASK = "the mask is broken"
    FULL_MASK = "the mask takes everything for a person"
    BLIND = "the mask does not follow the picture"
    ROOM_TURNED_PERSON = "a part of the room turned into a person"
    STALE_MASK = "the mask is too old for its frame"
    SOURCE_CHANGED = "the source changed"
    SETTINGS_CHANGED = "the settings changed"
    UNWATCHED = "nobody watches"
    NO_FRAME = "the source gives no frames"


class MaskRefused(Exception):
    """A mask that must not be composed with. Caught by the pipeline, never seen by a user."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(str(reason))
        self.reason = reason
