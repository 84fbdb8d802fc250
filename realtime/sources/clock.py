"""Times that go on where those of a file begin anew."""

from __future__ import annotations

from dataclasses import dataclass

from av.packet import Packet
from av.stream import Stream

BACK = 0.1  # s that a stream may go back, as a muxer's rounding makes it
AHEAD = 10.0  # s that it may leave out, as a tuner does without a signal


@dataclass(slots=True)
class Place:
    """Where a stream has come to.

    part  of the file
    due   s at which its next packet is due, by our times
    """

    part: int
    due: float


class Clock:
    """Puts packets at times that go on: joined recordings begin anew, a tuner's clock jumps.

    jumps  files of this kind may do that (MPEG-TS, FLV and the like); others go back only when broken

    Where one stream has begun a new part of the file, the others follow into it: sound and picture stay
    together, although the first packets of one part come between the last ones of another.
    """

    def __init__(self, *, jumps: bool) -> None:
        self._jumps = jumps
        self._shifts = [0.0]  # s, of each part
        self._places: dict[int, Place] = {}

    def __call__(self, packet: Packet[Stream]) -> None:
        """Shift the packet's times."""
        first = packet.pts if packet.dts is None else packet.dts
        unit = packet.time_base
        if first is None or not unit:
            return
        seconds = float(first * unit)
        begun = Place(len(self._shifts) - 1, seconds + self._shifts[-1])
        place = self._places.setdefault(packet.stream_index, begun)
        if packet.stream.type in ("video", "audio"):
            self._follow(place, seconds)
        else:
            place.part = len(self._shifts) - 1
        shift = self._shifts[place.part]
        place.due = seconds + shift + float((packet.duration or 0) * unit)
        if ticks := round(shift / unit):
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks

    def _follow(self, place: Place, seconds: float) -> None:
        """Into the part that others have begun, or into a new one, where the time is none of this part."""
        while self._breaks(place, seconds):
            if place.part == len(self._shifts) - 1:
                self._shifts.append(place.due - seconds)
            place.part += 1

    def _breaks(self, place: Place, seconds: float) -> bool:
        at = seconds + self._shifts[place.part]
        if at < place.due - BACK:
            return True
        latest = max(each.due for each in self._places.values())
        return self._jumps and at > latest + AHEAD
