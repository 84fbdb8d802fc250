"""Times that go on where those of a file begin anew."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from av.packet import Packet
from av.stream import Stream

BACK = 1.0  # s that a stream may go back: damaged times do, of one packet
BACK_JUMPING = 0.1  # s, where parts are joined often, and short ones too
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

    jumps  files of this kind may do that (MPEG-TS, FLV and the like); others only begin anew

    Where one stream has begun a new part of the file, the others follow into it: sound and picture stay
    together, although the first packets of one part come between the last ones of another.
    """

    def __init__(self, *, jumps: bool) -> None:
        self._jumps = jumps
        self._shifts = [0.0]  # s, of each part
        self._places: dict[int, Place] = {}

    def __call__(self, packet: Packet[Stream]) -> None:
        """Shift the packet's times."""
        unit = packet.time_base
        if not unit:
            return
        part = len(self._shifts) - 1
        if packet.stream.type in ("video", "audio"):
            part = self._part(packet, unit)
        shift = self._shifts[part]
        if ticks := round(shift / unit):
            packet.pts = None if packet.pts is None else packet.pts + ticks
            packet.dts = None if packet.dts is None else packet.dts + ticks

    def _part(self, packet: Packet[Stream], unit: Fraction) -> int:
        """Of the file, to which the packet belongs."""
        place = self._places.get(packet.stream_index)
        if packet.dts is None:  # the first ones of Matroska: their other times are out of order
            return place.part if place else len(self._shifts) - 1
        seconds = float(packet.dts * unit)
        if place is None:
            place = Place(len(self._shifts) - 1, seconds + self._shifts[-1])
            self._places[packet.stream_index] = place
        self._follow(place, seconds)
        place.due = seconds + self._shifts[place.part] + float((packet.duration or 0) * unit)
        return place.part

    def _follow(self, place: Place, seconds: float) -> None:
        """Into the part that others have begun, or into a new one, where the time is none of this part."""
        while self._breaks(place, seconds):
            if place.part == len(self._shifts) - 1:
                self._shifts.append(place.due - seconds)
            place.part += 1

    def _breaks(self, place: Place, seconds: float) -> bool:
        at = seconds + self._shifts[place.part]
        if at < place.due - (BACK_JUMPING if self._jumps else BACK):
            return True
        latest = max(each.due for each in self._places.values())
        return self._jumps and at > latest + AHEAD
