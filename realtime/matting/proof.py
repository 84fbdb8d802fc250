"""Whether a segmenter looks at the picture that it is given.

A model may hang on to an old mask, to another scene's, or add to each mask what is not there. Each such
mask looks like a person's. But a picture that is mirrored and moved must give the mask, mirrored and
moved; what does not follow the picture stays behind, and shows.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...models.segmenter import InputSize, Mask, Recurrent, Rgb, Segmenter
from ..reason import MaskRefused, Reason

EVERY = 15  # masks between two proofs: half a second
STRIDE = 4  # px: of two pictures or masks, every so many rows are compared to know them as the same
# What may be a person's in the mask and not in the moved picture's: of the picture, of the person. Over real
# clips 95 in 100 true masks stay below .02 of the picture, masks of another moment lie at .07 to .17.
ASTRAY, ASTRAY_OF_PERSON = 0.05, 0.22


class Proven:
    """A segmenter whose masks are proven to follow the picture: the first ones, and from time to time.

    every  masks between two proofs that succeed; the one after a failure is proven again
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
        self._last: tuple[Rgb, Mask] | None = None

    def __call__(self, picture: Rgb) -> Mask:
        """As the segmenter's own. Raises MaskRefused for a mask that has nothing to do with the picture."""
        self._unproven += 1
        mask = self._prove(picture) if self._unproven > self._every else self.inner(picture)
        self._notice_freezing(picture, mask)
        return mask

    def pass_over(self) -> None:
        """A picture that needs no mask of its own: the next proof is due as if it had been given."""
        self._unproven += 1

    def reset(self) -> None:
        """A new scene begins, and with it a new proof."""
        self.inner.reset()
        self._unproven = self._every
        self._last = None

    def _prove(self, picture: Rgb) -> Mask:
        """The mask, if it is proven by one move, or where that saw nothing by the other."""
        first, second = self._moves
        followed = first.back(self._glance(first(picture)))
        mask = self.inner(picture)
        if not follows(mask, followed):
            other = second.back(self._glance(second(picture)))
            mask = self.inner(picture)
            proofs = (other, np.where(first.sees, followed, other), np.where(second.sees, other, followed))
            if not any(follows(mask, proof) for proof in proofs):
                raise MaskRefused(Reason.BLIND)
        self._unproven = 0
        return mask

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


def follows(mask: Mask, followed: Mask) -> bool:
    """Whether next to nothing is claimed for a person in the mask and not in its proof."""
    person = mask > 0.5
    astray = np.mean(person & (followed < 0.3))
    return bool(astray < max(ASTRAY, ASTRAY_OF_PERSON * float(np.mean(person))))
