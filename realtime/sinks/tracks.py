"""Sound and subtitles of a recording, beside its new pictures: copied, or encoded where a copy cannot be."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator
from typing import Protocol, cast

from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.codec.codec import Codec, UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from ..sources.sound import Heard, Sound, Track

log = logging.getLogger(__name__)

# What players take; the muxers take more. Matroska takes everything, but of PCM it does not say where the
# channels are. No subtitles in MP4 and QuickTime: as long as the first one is not there, nothing of the file
# would play after a crash.
PCM = ("pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_s16be", "pcm_s24be")
COPIED = {
    "mp4": ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"),
    "mov": ("aac", "mp3", "ac3", "eac3", "alac", *PCM),
    "webm": ("opus", "vorbis", "webvtt"),
}
ENCODERS = {"mp4": "aac", "mov": "aac", "webm": "libopus", "matroska": "flac"}
RATES = {"aac": (48000, 44100, 32000, 24000, 22050, 16000, 8000), "libopus": (48000,)}
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}  # by channels; others become stereo
BITRATE = 64_000  # a second, for each channel
SLACK = 0.005  # s by which nobody notices that sound is late
# Where the sound has a gap, silence fills it: what comes after stays in step with the picture.
IN_STEP = {"async": "1", "min_hard_comp": "0.02"}


class Written(Protocol):
    """One track on its way into a file."""

    def __call__(self, heard: Heard) -> Iterator[Packet[Stream]]:
        """The packets for the muxer."""
        ...

    def finish(self) -> Iterator[Packet[Stream]]:
        """What is left at the end."""
        ...


class Tracks:
    """Writes what a recording has beside its pictures into the file that is made of them.

    lost  what the file cannot take, for people
    """

    def __init__(self, container: OutputContainer, sound: Sound | None) -> None:
        self.lost: list[str] = []
        self._container = container
        self._sound = sound
        self._written: dict[int, Written] = {}
        self._heard: deque[Heard] = deque()
        self._damaged = 0
        if sound:
            for track in sound.tracks:
                self._add(track, sound.start)
            if sound.chapters:
                container.set_chapters(sound.chapters)
            self._heard = sound.listen()

    def __str__(self) -> str:
        """What is in the file, and what is not, to follow on what else is told of it."""
        tracks = len(self._written)
        told = [f", {tracks} track{'s' if tracks > 1 else ''} of sound"] if tracks else []
        return "".join([*told, *(f", without its {each}" for each in self.lost)])

    def write(self) -> None:
        """All that came since."""
        while self._heard:
            heard = self._heard.popleft()
            if track := self._written.get(heard.packet.stream_index):
                self._mux(track(heard))

    def finish(self) -> None:
        """All that is left."""
        self.write()
        for track in self._written.values():
            self._mux(track.finish())
        if self._damaged:
            log.warning("%d packets of sound are damaged and were left out", self._damaged)

    def close(self) -> None:
        """Listen no more."""
        if self._sound:
            self._sound.leave(self._heard)
        self._heard.clear()

    def _mux(self, packets: Iterator[Packet[Stream]]) -> None:
        """A packet that the muxer or a codec refuses is no reason to end the recording."""
        try:
            for packet in packets:
                self._container.mux(packet)
        except FFmpegError as error:
            log.debug("%s", error)
            self._damaged += 1

    def _add(self, track: Track, start: float) -> None:
        format = self._container.format.name
        codec = track.codec_context.codec.canonical_name
        taken = codec in COPIED[format] if format in COPIED else not codec.startswith("pcm_")
        if taken and codec in self._container.supported_codecs:
            self._written[track.index] = Copied(self._container, track, start)
        elif isinstance(track, AudioStream) and _can_encode(ENCODERS[format]):
            self._written[track.index] = Encoded(self._container, track, start, ENCODERS[format])
        else:
            self.lost.append(f"{track.type} track {track.index} ({codec})")


class Copied:
    """A track as it was."""

    def __init__(self, container: OutputContainer, track: Track, start: float) -> None:
        self._track = container.add_stream_from_template(track)
        describe(self._track, track)
        self._shift = ticks(-start, track)
        self._unframe: BitStreamFilterContext | None = None
        if track.codec_context.name == "aac" and not track.codec_context.extradata:  # as in MPEG-TS
            self._unframe = BitStreamFilterContext("aac_adtstoasc", track)
        self._slack = ticks(SLACK, track)
        self._last = 0
        self._due: int | None = None  # when the next packet should come, by the last one's length
        self._fitting = False  # whether the last one did

    def __call__(self, heard: Heard) -> Iterator[Packet[Stream]]:
        packet = twin(heard.packet)
        packets = [packet]
        if self._unframe:
            packets = cast("list[Packet[Stream]]", self._unframe.filter(packet))
        for each in packets:
            yield from self._placed(each)

    def _placed(self, packet: Packet[Stream]) -> Iterator[Packet[Stream]]:
        """At its time in the new file."""
        packet.stream = self._track
        if packet.dts is None:
            packet.dts = packet.pts
        if packet.pts is None or packet.dts is None:
            return
        at = packet.dts + self._shift
        if self._due is not None:
            behind, fitting = self._due - at, self._fitting
            self._fitting = abs(behind) <= self._slack
            if behind > self._slack and fitting:  # where two recordings were joined, their sound overlaps
                return
            if 0 < behind <= self._slack:
                at = self._due
            at = max(at, self._last + 1)  # as muxers want it
        packet.pts += at - packet.dts
        packet.dts = self._last = at
        self._due = at + (packet.duration or 0)
        yield packet

    def finish(self) -> Iterator[Packet[Stream]]:
        yield from ()


class Encoded:
    """A track of sound in another codec, at the same times."""

    def __init__(self, container: OutputContainer, track: AudioStream, start: float, codec: str) -> None:
        rate = track.rate if track.rate in RATES.get(codec, (track.rate,)) else 48000
        layout = LAYOUTS.get(track.channels, "stereo")
        encoded = container.add_stream(codec, rate=rate)
        assert isinstance(encoded, AudioStream)
        self._track = encoded
        context = encoded.codec_context
        context.layout = layout
        context.bit_rate = BITRATE * context.layout.nb_channels
        if codec == "flac" and track.format.bytes > 2:
            context.format = "s32"
        describe(self._track, track)
        self._start = start
        self._resample = AudioResampler(context.format, layout, rate, options=IN_STEP)

    def __call__(self, heard: Heard) -> Iterator[Packet[Stream]]:
        for frame in heard.frames:
            for resampled in self._resample.resample(frame):
                if resampled.pts is not None and resampled.time_base:
                    resampled.pts -= round(self._start / resampled.time_base)
                yield from self._track.encode(resampled)

    def finish(self) -> Iterator[Packet[Stream]]:
        yield from self._track.encode(None)


def describe(track: Stream, source: Track) -> None:
    """Language, title and what it is for; nothing else, lest places or devices be told."""
    track.disposition = source.disposition
    told = {key: value for key, value in source.metadata.items() if key in ("language", "title")}
    track.metadata.update(told)


def ticks(seconds: float, track: Track) -> int:
    """In the track's time base."""
    return round(seconds / track.time_base) if track.time_base else 0


def twin(packet: Packet[Stream]) -> Packet[Stream]:
    """The same content, to be changed: others read the packet, too."""
    copy: Packet[Stream] = Packet(packet)  # type: ignore[arg-type]  # any buffer will do
    copy.time_base = packet.time_base
    copy.pts, copy.dts, copy.duration = packet.pts, packet.dts, packet.duration
    copy.is_keyframe = packet.is_keyframe
    for side in packet.iter_sidedata():
        side.to_packet(copy)
    return copy


def _can_encode(codec: str) -> bool:
    try:
        Codec(codec, "w")
    except UnknownCodecError:
        return False
    return True
