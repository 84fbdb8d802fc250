"""Whether a segmenter looks at the picture that it is given.

A model may hang on to an old mask, to another scene's, or add to each mask what is not there. Each such
mask looks like a person's. But a picture that is mirrored and moved must give the mask, mirrored and
moved; what does not follow the picture stays behind, and shows.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from ...models.segmenter import InputSize, Mask, Recurrent, Rgb, Segmenter
from ..reason import MaskRefused, Reason

EVERY = 15  # masks between two proofs: half a second
EARLY = 2  # masks by which a proof may come before its time, in a frame that needs no look of its own
AROUND = np.ones((5, 5), np.uint8)  # px: bodies are seen less finely than masks
TRUSTED = 3  # proofs in a row until a whole mask is believed again, as the gate wants masks
COVERED = 0.5  # of the bodies that are known which a mask must cover, or it is of another moment
STRIDE = 4  # px: of two pictures or masks, every so many rows are compared to know them as the same
# What may be a person's in the mask and not in the moved picture's: of the picture, or of what is a person's
# in both, and less in a new scene. Over real clips 95 in 100 true masks stay below .02 of the picture, masks
# of another moment lie at .07 to .17.
ASTRAY = 0.05
ASTRAY_OF_PERSON, NEW_OF_PERSON = 0.28, 0.22

Appeal = Callable[[], Mask]  # (H, W) of the model, 0..1: who is in the picture that it was shown last


class Proven:
    """A segmenter whose masks are proven to follow the picture: the first ones, from time to time, and
    those that are doubted.

    every  masks between two proofs that succeed; the one after a failure is proven again

    appeal  is asked who is in the next picture, where a proof denies some of its mask; None: nobody is asked
    """

    def __init__(self, segmenter: Segmenter, *, every: int = EVERY) -> None:
        self.inner = segmenter
        self._glance = segmenter.glance if isinstance(segmenter, Recurrent) else segmenter
        self.name = segmenter.name
        self.input_size = segmenter.input_size
        size = segmenter.input_size
        self._moves = (Move(size, size.width // 6), Move(size, -size.width // 6))
        self._every = every
        self._unproven = every
        self._new = True  # nothing of the scene is known yet
        self._last: tuple[Rgb, Mask] | None = None
        self._seen: tuple[Rgb, Mask] | None = None  # the newest, where a proof is near
        self._suspect = 0  # proofs that must still succeed until then
        self.appeal: Appeal | None = None

    def __call__(self, picture: Rgb) -> Mask:
        """As the segmenter's own. Raises MaskRefused for a mask that has nothing to do with the picture."""
        self._unproven += 1
        mask = self._proven(picture) if self._unproven > self._every else self.inner(picture)
        near = self._unproven >= self._every - EARLY
        self._seen = (picture.copy(), mask.copy()) if near else None
        self._notice_freezing(picture, mask)
        return mask

    def doubt(self, *, new: bool = False) -> None:
        """The next mask is proven, whenever the last one was; that of a new scene to a narrower measure."""
        self._unproven = self._every
        self._new = self._new or new

    def pass_over(self) -> None:
        """A picture that needs no mask of its own, as if it had been given; there is time to prove the last
        mask. Raises MaskRefused for one that has nothing to do with its picture.
        """
        self._unproven += 1
        if self._seen and not self.appeal and self._unproven > self._every - EARLY:
            seen, self._seen = self._seen, None
            self._prove(*seen)

    def reset(self) -> None:
        """A new scene begins, and with it a new proof."""
        self.inner.reset()
        self.doubt(new=True)
        self._last = self._seen = None

    def _proven(self, picture: Rgb) -> Mask:
        """The mask, once it is proven. Raises MaskRefused."""
        mask = self.inner(picture).copy()
        return self._prove(picture, mask)

    def _prove(self, picture: Rgb, mask: Mask) -> Mask:
        """By one move, and where that sees nothing by the other; the mask is not the model's own.

        Gives as much of the mask as is true. Raises MaskRefused.
        """
        first, second = self._moves
        followed = first.back(self._glance(first(picture)))
        allowed = NEW_OF_PERSON if self._new else ASTRAY_OF_PERSON
        self._unproven = 0
        followed_it = follows(mask, followed, allowed)
        if not followed_it:
            other = second.back(self._glance(second(picture)))
            followed_it = follows(mask, np.where(first.sees, followed, other), allowed)
        self._suspect = max(0, self._suspect - 1) if followed_it else TRUSTED
        if not followed_it or (self._suspect and self.appeal):
            mask = self._appealed(mask)
        self._new = False
        return mask

    def _appealed(self, mask: Mask) -> Mask:
        """Of a mask that is denied what is a body's, if somebody knows of one. Raises MaskRefused."""
        bodies = self.appeal() if self.appeal else None
        if bodies is None or not np.any(known := bodies > 0.5) or np.mean(mask[known] > 0.5) < COVERED:
            self.doubt()
            raise MaskRefused(Reason.BLIND)
        self._unproven = self._every  # the next one is proven, too
        return np.where(cv2.dilate(bodies, AROUND) > 0.5, mask, np.float32(0))

    def _notice_freezing(self, picture: Rgb, mask: Mask) -> None:
        """No camera gives the same picture twice, and no model the same mask for two pictures."""
        some = picture[::STRIDE].copy(), mask[::STRIDE].copy()
        last, self._last = self._last, some
        if last is None or not np.array_equal(some[1], last[1]) or not np.any(some[1] > 0.5):
            return
        if not np.array_equal(some[0], last[0]):
            raise MaskRefused(Reason.BLIND)


class Move:
    """Mirrors a picture and moves it down, and sideways by `right` px (left if negative).

    sees  (H, W): which places of the picture are still in it
    """

    def __init__(self, size: InputSize, right: int) -> None:
        self._size = size
        down = size.height // 8
        self._warp = np.array([[-1.0, 0.0, size.width - 1 + right], [0.0, 1.0, down]])
        self.sees = np.ones((size.height, size.width), np.bool_)
        if right > 0:
            self.sees[:, :right] = False
        else:
            self.sees[:, right:] = False

    def __call__(self, picture: Rgb) -> Rgb:
        """What comes in is the mirror image of what lies beside it: half a person becomes a whole one."""
        moved = cv2.warpAffine(
            picture, self._warp, self._size, flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REFLECT
        )
        return np.asarray(moved, np.uint8)

    def back(self, mask: Mask) -> Mask:
        """The mask of a moved picture, moved back: a copy; 0 where the move saw nothing (but below)."""
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        followed = cv2.warpAffine(mask, self._warp, self._size, flags=flags, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(followed * self.sees, np.float32)


def follows(mask: Mask, followed: Mask, allowed: float) -> bool:
    """Whether next to nothing is claimed for a person in the mask and not in its proof.

    allowed  of what is a person's in both
    """
    person, denied = mask > 0.5, followed < 0.3
    astray, seen = float(np.mean(person & denied)), float(np.mean(person & ~denied))
    return astray < max(ASTRAY, allowed * seen)
