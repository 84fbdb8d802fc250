"""Follows people from mask to mask, so that each keeps their number.

A blob of the mask belongs to those who were there in the frame before; where several were, it is split.
Who vanishes is remembered, and known again by looks and place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import cv2
import numpy as np

from ...models.segmenter import Mask
from ..frame import Planes, Size
from .appearance import Bins, Histogram, binned, histogram, likeness
from .bodies import bodies, grown
from .split import Claim, Flags, Labels, parted

SURE = 0.5  # of the mask: who is surely there
SMALLEST = 0.004  # of the picture: nobody smaller is given a number
OVERLAP = 0.02  # of somebody's area that must lie in a blob for it to be theirs, too
NEAR = 12.0  # px of the coarse mask: a crumb so near to somebody is theirs
ALIKE = 0.45  # likeness from which a blob may be somebody who was away
STRANGE = 0.25  # likeness below which a blob that split off somebody is somebody else
LEARNING = 0.25  # s until looks are learnt anew by half
HIDDEN = 4.0  # s for which somebody may be behind others
MEMORY = 120.0  # s for which somebody who went away is known again
SETTLED = 0.25  # s for which somebody must be seen before they get a number
GREW = 1.25  # times its owner's area: such a blob may hold somebody else, too
LIMIT = 9  # people with a number


@dataclass(slots=True)
class Track:
    """One person's way.

    key     of the labels; number: what the user calls them, 0 until they have been seen for a while
    where   (h, w) their pixels when they were last seen
    box     x, y, width, height of these, px; x, y: their centroid
    looks   histogram, learnt while nobody touched them
    """

    key: int
    looks: Histogram
    where: Flags
    seen: float
    since: float
    area: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    x: float = 0.0
    y: float = 0.0
    present: bool = True
    number: int = 0


class Tracker:
    """Call it with every mask, in order.

    settled  s for which somebody must be seen before they get a number

    tracks  everybody who is known, by key; also those who are away
    """

    def __init__(self, size: Size, *, settled: float | None = None) -> None:
        self.tracks: dict[int, Track] = {}
        self._settled = SETTLED if settled is None else settled
        self._size = size
        self._keys = count(1)
        self._before: float | None = None

    def __call__(self, mask: Mask, planes: Planes, seconds: float) -> Labels:
        """(h, w) mask and planes of its size to whose each sure pixel is; 0: nobody's."""
        passed = max(0.0, seconds - (seconds if self._before is None else self._before))
        self._before = seconds
        self._forget(seconds)
        bins = binned(planes)
        labels = self._owned(mask > SURE, bins, planes, seconds)
        self._follow(labels, bins, seconds, passed)
        return labels

    @property
    def present(self) -> list[Track]:
        """Who is seen now, by key."""
        return [track for _, track in sorted(self.tracks.items()) if track.present]

    def interrupt(self) -> None:
        """Frames are missing: everybody is to be found again, by looks and place."""
        for track in self.tracks.values():
            track.present = False

    def _forget(self, seconds: float) -> None:
        """Who went long ago, or was seen for a moment only."""
        for key, track in list(self.tracks.items()):
            if seconds - track.seen > (MEMORY if track.number else SETTLED):
                del self.tracks[key]

    def _owned(self, sure: Flags, bins: Bins, planes: Planes, seconds: float) -> Labels:
        parts_count, parts, stats, _ = cv2.connectedComponentsWithStats(sure.view(np.uint8), connectivity=8)
        labels: Labels = np.zeros(sure.shape, np.int32)
        owners = self._owners(np.asarray(parts, np.int32), parts_count, self.present)
        fresh: list[Flags] = []
        for part, claimed in enumerate(owners):
            if not part:
                continue
            blob = np.asarray(parts == part)
            area = int(stats[part, cv2.CC_STAT_AREA])
            if not claimed or (len(claimed) == 1 and self._foreign(blob, area, claimed[0], bins)):
                fresh.append(blob)
                continue
            claims = [Claim(track.key, track.where, track.looks) for track in claimed]
            claims += [Claim(track.key, None, track.looks) for track in self._hidden(blob, seconds)]
            if len(claims) == 1:
                labels[blob] = claims[0].key
            else:
                picture = np.asarray(cv2.merge(list(planes)), np.uint8)
                np.copyto(labels, parted(blob, claims, bins, picture), where=blob)
        for blob in fresh:
            self._take_in(blob, labels, bins, planes, seconds)
        return labels

    def _owners(self, parts: Labels, count: int, present: Sequence[Track]) -> list[list[Track]]:
        """By part: who was there before, those with more of themselves in it first."""
        owners: list[list[Track]] = [[] for _ in range(count)]
        for track in present:
            shares = np.bincount(parts[track.where], minlength=count)
            for part in range(1, count):
                if shares[part] > max(4, OVERLAP * track.area):
                    owners[part].append(track)
        return owners

    def _hidden(self, blob: Flags, seconds: float) -> list[Track]:
        """Who vanished lately where this blob is."""
        return [
            track
            for track in self.tracks.values()
            if not track.present
            and seconds - track.seen <= HIDDEN
            and np.count_nonzero(blob & track.where) > 0.2 * track.area
        ]

    def _foreign(self, blob: Flags, area: int, owner: Track, bins: Bins) -> bool:
        """Whether a large part looks nothing like the one whose place it is at."""
        if area < SMALLEST * blob.size or np.count_nonzero(owner.where & blob) > 0.5 * area:
            return False
        return likeness(histogram(bins, blob), owner.looks) < STRANGE

    def _take_in(self, blob: Flags, labels: Labels, bins: Bins, planes: Planes, seconds: float) -> None:
        """A part that nobody owns: somebody's who is near, or of one or several who were not there before."""
        if np.count_nonzero(blob) < SMALLEST * blob.size:
            away = cv2.distanceTransform((~blob).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
            near = labels[(away < NEAR) & (labels > 0)]
            if near.size:
                labels[blob] = np.bincount(near).argmax()
            return
        seeds = bodies(blob)
        shares = grown(seeds, blob)
        tracks: list[Track] = []
        for n in range(1, len(seeds) + 1):
            where = np.asarray(shares == n)
            looks = histogram(bins, where)
            track = self._known(looks, tracks) or self._newcomer(looks, where, seconds)
            track.where, track.present = where, True
            tracks.append(track)
            labels[where] = track.key
        if len(tracks) > 1:
            picture = np.asarray(cv2.merge(list(planes)), np.uint8)
            claims = [Claim(track.key, track.where, track.looks) for track in tracks]
            np.copyto(labels, parted(blob, claims, bins, picture), where=blob)

    def _known(self, looks: Histogram, taken: Sequence[Track]) -> Track | None:
        """Somebody who was away and looks like this, and like nobody else who was away."""
        away = [track for track in self.tracks.values() if not track.present and track not in taken]
        scored = sorted(((likeness(looks, track.looks), track) for track in away), key=lambda pair: -pair[0])
        if scored and scored[0][0] > ALIKE and (len(scored) < 2 or scored[0][0] > scored[1][0] + 0.1):
            return scored[0][1]
        return None

    def _newcomer(self, looks: Histogram, where: Flags, seconds: float) -> Track:
        track = Track(next(self._keys), looks, where, seconds, seconds)
        self.tracks[track.key] = track
        return track

    def _number(self, seconds: float) -> None:
        """Numbers for those who stayed, left to right."""
        taken = {track.number for track in self.tracks.values()}
        free = (n for n in range(1, LIMIT + 1) if n not in taken)
        ripe = [
            track for track in self.present if not track.number and seconds - track.since >= self._settled
        ]
        for track in sorted(ripe, key=lambda track: track.x):
            track.number = next(free, 0)

    def _follow(self, labels: Labels, bins: Bins, seconds: float, passed: float) -> None:
        """Everybody's place, and looks where nobody else is near."""
        share = np.float32(1 - 0.5 ** (passed / LEARNING))
        for track in self.tracks.values():
            where = np.asarray(labels == track.key)
            area = int(np.count_nonzero(where))
            track.present = area > 0.25 * SMALLEST * labels.size
            if not track.present:
                continue
            track.where, track.area, track.seen = where, area, seconds
            moments = cv2.moments(where.view(np.uint8), binaryImage=True)
            track.x, track.y = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
            x, y, width, height = cv2.boundingRect(where.view(np.uint8))
            track.box = (x, y, width, height)
            track.looks += share * (histogram(bins, where) - track.looks)
        self._number(seconds)
