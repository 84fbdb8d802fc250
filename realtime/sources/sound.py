"""What a recording has beside its pictures: sound, subtitles and chapters, for those who write it again."""

from __future__ import annotations

import math
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

if TYPE_CHECKING:
    from av.container.core import Chapter

Track = AudioStream | SubtitleStream


class Heard:
    """A packet of a track. Several may read it; none may change it."""

    def __init__(self, packet: Packet[Stream], decoding: threading.Lock) -> None:
        self.packet = packet
        self._decoding = decoding
        self._frames: list[AudioFrame] | None = None

    @property
    def frames(self) -> list[AudioFrame]:
        """Decoded; nothing where it is damaged. To be asked of all packets of a track, in their order."""
        with self._decoding:
            if self._frames is None:
                self._frames = self._decoded()
            return self._frames

    def _decoded(self) -> list[AudioFrame]:
        try:
            return [frame for frame in self.packet.decode() if isinstance(frame, AudioFrame)]
        except FFmpegError:
            return []


class Sound:
    """What comes out of a file while its pictures are read.

    heard  whether anybody wants it

    tracks    its streams
    start     s, of its packets' time, at which the recording begins
    chapters  as PyAV gives them
    """

    def __init__(self, container: InputContainer, *, heard: bool) -> None:
        streams: list[Track] = [*container.streams.audio, *container.streams.subtitles] if heard else []
        self.tracks = [each for each in streams if each.codec_context]  # else its codec is not known
        self.start = 0.0
        self.chapters: list[Chapter] = container.chapters()
        self._listeners: list[deque[Heard]] = []
        self._early: list[Heard] = []  # came with the first picture, before anybody could listen
        self._begun = False
        self._decoding = threading.Lock()

    @property
    def begins(self) -> float:
        """s from the beginning until all tracks have begun; infinite where the file does not say."""
        return max((self._begins(track) for track in self.tracks), default=0.0)

    def _begins(self, track: Track) -> float:
        if track.start_time is None or not track.time_base:
            return math.inf
        return float(track.start_time * track.time_base) - self.start

    def __bool__(self) -> bool:
        return bool(self.tracks)

    def listen(self) -> deque[Heard]:
        """Where all packets go from now on; to be called before the second picture is read."""
        listener = deque(self._early)
        self._listeners.append(listener)
        return listener

    def leave(self, listener: deque[Heard]) -> None:
        """Listen no more."""
        self._listeners = [each for each in self._listeners if each is not listener]

    def put(self, packet: Packet[Stream]) -> None:
        """Pass a packet on."""
        if not packet.size:  # FFmpeg's sign that a track ends
            return
        heard = Heard(packet, self._decoding)
        for listener in self._listeners:
            listener.append(heard)
        if not self._begun:
            self._early.append(heard)

    def begin(self) -> None:
        """Whoever listens does so by now."""
        self._begun = True
        self._early.clear()


@runtime_checkable
class Sounding(Protocol):
    """A source with sound; it may be empty."""

    @property
    def sound(self) -> Sound: ...
