"""What is lost or spoilt of a file's pictures."""

from __future__ import annotations

import av
from av.error import ExitError, FFmpegError
from av.packet import Packet
from av.stream import Stream


class Damage:
    """Counts pictures, and those that are damaged.

    each     each packet makes a picture, and says when it is shown, so that one that makes none was lost,
             even where its decoder does not say so
    count    pictures so far, spoilt ones too
    first    why the first one was lost, by FFmpeg; None: there is none, or it does not say
    stopped  why nothing more came before the end; None: that did not happen
    """

    def __init__(self) -> None:
        self.each = False
        self.count = 0
        self.first: FFmpegError | None = None
        self.stopped: FFmpegError | None = None
        self._sent: list[int] = []  # when the packets are shown, in their time base
        self._begins: int | None = None  # the first picture; what is shown earlier belongs to a part before
        self._spoilt = 0
        self._spoilt_after = 0  # pictures

    def sent(self, packet: Packet[Stream]) -> None:
        """A packet was decoded without an error."""
        if self.each and packet.size and packet.pts is not None and not packet.is_discard:
            self._sent.append(packet.pts)

    def given(self, picture: av.VideoFrame) -> None:
        """A picture was made."""
        if self._begins is None:
            self._begins = picture.pts
        self.count += 1
        if picture.interlaced_frame:  # which may take two packets
            self.each = False
        if picture.is_corrupt:
            self.spoil()

    def spoil(self, error: FFmpegError | None = None) -> None:
        """A picture is damaged or lost; `error` says why."""
        if not self._spoilt:
            self._spoilt_after, self.first = self.count, error
        self._spoilt += 1

    def told(self, *, truncated: bool) -> str | None:
        """What is wrong with the file, for people, at its end; None: nothing."""
        told: list[str] = []
        if number := self._spoilt + self._vanished():
            after = f" after frame {self._spoilt_after}" if self._spoilt else ""
            many = f"{number} pictures" if number > 1 else "a picture"
            why = f" ({reason(self.first)})" if self.first else ""
            told.append(f"damaged{after}: {many} lost or spoilt{why}")
        if truncated or self.stopped:
            why = f" ({reason(self.stopped)})" if self.stopped else ""
            told.append(f"truncated after frame {self.count}{why}")
        return ", ".join(told) or None

    def _vanished(self) -> int:
        """Pictures that should be there."""
        if not self.each or self._begins is None:
            return 0
        return max(0, sum(shown >= self._begins for shown in self._sent) - self.count)


def reason(error: FFmpegError, patience: float | None = None) -> str:
    """What FFmpeg says, without number and place; of a time-out, after `patience` s, it says too little."""
    if isinstance(error, ExitError):
        return "it stalled: nothing came for " + (f"{patience:g} s" if patience else "too long")
    return (error.strerror or "unknown error").lower()
