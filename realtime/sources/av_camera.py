"""Webcams on macOS and Windows, through FFmpeg's AVFoundation and DirectShow.

Both may wait for a picture for ever, when opened or later. So a thread opens and reads, and nobody waits for
it longer than he wants to. No such machine is among those that run the tests: there FFmpeg's part is played
after its source text.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

import av
import av.logging
from av.container import InputContainer
from av.device import enumerate_input_devices
from av.error import BlockingIOError as NothingYet
from av.error import FFmpegError

from ..errors import CameraFailed, CameraLost, EndOfSource, NoSuchCamera, SourceError
from ..frame import Frame, Size
from ..slot import Latest
from .av_systems import Options, System, system_here
from .decoded import PlaneReader, even
from .webcam import USUAL, USUAL_RATE, Mode, Webcam, candidates, choose

log = logging.getLogger(__name__)

PATIENCE = 10.0  # s until the first picture: a camera may have to wake up, and the system to ask its user
NAP = 0.004  # s between two looks for a frame
WORST = 30  # pictures in a row that cannot be decoded: then it is no single damage


class Opened(NamedTuple):
    """What was got of a camera."""

    size: Size
    rate: float
    codec: str


class AVCamera:
    """A webcam, at the size and rate that were asked for, or the usual ones, or its own.

    bad  pictures so far that could not be decoded, none of which was given
    """

    live = True

    def __init__(self, name: str, *, size: Size | None = None, rate: float | None = None) -> None:
        self._system = system_here()
        there_are = webcams(self._system)
        webcam = find(name, there_are)
        self.identity = webcam.identity
        self.bad = 0
        self._label = str(webcam)
        self._frames: Latest[Frame] = Latest()
        self._closed = threading.Event()
        opened: Latest[Opened | SourceError] = Latest()
        threading.Thread(
            target=self._work, args=(webcam, there_are, size, rate, opened), name="camera", daemon=True
        ).start()
        answer = opened.take(PATIENCE)
        if not isinstance(answer, Opened):
            self.close()
            raise answer or CameraFailed(self._label, f"none came within {PATIENCE:g} s, and no reason")
        self.size, self.rate, codec = answer
        self.name = f"{webcam} {self.size}@{self.rate:g} {codec}"

    def read(self, timeout: float) -> Frame | None:
        """The newest frame; those that nobody read in time are passed over and leave a gap."""
        frame = self._frames.take(timeout)
        if self._closed.is_set():
            raise EndOfSource
        if frame is None and self._frames.closed:
            raise CameraLost(self._label)
        return frame

    def close(self) -> None:
        """Let go of the camera: at once, or as soon as FFmpeg comes back from it."""
        self._closed.set()
        self._frames.close()

    def _work(
        self,
        webcam: Webcam,
        there_are: Sequence[Webcam],
        size: Size | None,
        rate: float | None,
        opened: Latest[Opened | SourceError],
    ) -> None:
        """Open, read, close: on a thread of its own."""
        try:
            container, asked = Opener(self._system, webcam, there_are).open(size, rate)
        except SourceError as error:
            opened.put(error)
            return
        try:
            with container:
                stream = container.streams.video[0]
                got = even(stream.width, stream.height)
                shown = float(stream.average_rate or asked or rate or USUAL_RATE)
                opened.put(Opened(got, shown, stream.codec_context.name))
                self._read_all(container, PlaneReader(got))
        finally:
            self._frames.close()

    def _read_all(self, container: InputContainer, planes_of: PlaneReader) -> None:
        index, row = 0, 0  # of pictures; of damaged ones
        while not self._closed.is_set() and row < WORST:
            try:
                packet = next(container.demux(container.streams.video[0]))
            except NothingYet:
                self._closed.wait(NAP)
                continue
            except (FFmpegError, StopIteration):
                return
            came = time.monotonic_ns()
            try:
                pictures = packet.decode()
            except FFmpegError:
                self.bad, row = self.bad + 1, row + 1
                continue
            if not packet.size and not pictures:  # the end of the stream
                return
            for picture in pictures[-1:]:
                planes, colour = planes_of(picture)
                self._frames.put(Frame(planes, index, came, colour))
                row = 0
            index += len(pictures)


class Opener:
    """Opens one camera: as was asked, or as it offers, or as it is."""

    def __init__(self, system: System, webcam: Webcam, there_are: Sequence[Webcam]) -> None:
        self._system = system
        self._webcam = webcam
        self._there_are = there_are
        self._target, self._options = system.target(webcam, there_are)
        self.said = ""

    def open(self, size: Size | None, rate: float | None) -> tuple[InputContainer, float | None]:
        """And the rate that was asked for in the end. Raises SourceError."""
        wanted = rate or USUAL_RATE
        if opened := self._try(self._system.asking(size or USUAL, wanted)):
            return opened, wanted
        error = self._system.explained(self._webcam, size, self.said)
        if not isinstance(error, CameraFailed) and not self._offered():
            raise error
        if modes := self._offered():
            mode = choose(self._webcam.name, modes, size, wanted)
            nearest = min(mode.rates, key=lambda rate: abs(rate - wanted), default=wanted)
            tries: list[tuple[Size | None, float | None]] = [(mode.size, nearest)]
        else:
            tries = [(size or USUAL, other) for other in self._system.rates]
        tries += [] if size else [(None, None)]
        for other_size, other_rate in tries:
            if opened := self._try(self._system.asking(other_size, other_rate)):
                return opened, other_rate
        raise self._system.explained(self._webcam, size, self.said)

    def _offered(self) -> list[Mode]:
        """Its modes, of what was said so far, or else asked for: DirectShow lists them when told to."""
        modes = self._system.modes(self.said)
        if modes or self._system.name != "dshow":
            return modes
        with heard() as said, suppress(FFmpegError):
            av.open(self._target, format=self._system.name, options={"list_options": "true"}).close()
        self.said += words(said)
        return self._system.modes(self.said)

    def _try(self, options: Options) -> InputContainer | None:
        """None, and what FFmpeg said, when it does not open."""
        target, asked = self._target, {**options, **self._options}
        with heard() as said:
            try:
                container: InputContainer = av.open(target, "r", format=self._system.name, options=asked)
            except FFmpegError as error:
                self.said = words(said) or str(error.strerror)
                return None
        if self._options and webcams(self._system) != self._there_are:  # a number may mean the screen by now
            container.close()
            raise NoSuchCamera(self._webcam.name, [])
        return container


@contextmanager
def heard() -> Generator[list[tuple[int, str, str]]]:
    """What FFmpeg says on this thread meanwhile: level, where, and the words."""
    libav, before = logging.getLogger("libav"), av.logging.get_level()
    propagated, libav.propagate = libav.propagate, False  # what other threads hear is not for users
    repeated = av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.INFO)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as said:
            yield said
    finally:
        av.logging.set_level(before)
        av.logging.set_skip_repeated(repeated)
        libav.propagate = propagated


def words(said: Sequence[tuple[int, str, str]]) -> str:
    return "".join(message for _, _, message in said)


def webcams(system: System | None = None) -> list[Webcam]:
    """All that are plugged in; FFmpeg does not tell their modes."""
    system = system or system_here()
    try:
        return list(system.webcams(enumerate_input_devices(system.name)))
    except (FFmpegError, OSError, ValueError) as error:  # no such device in this FFmpeg, or none answers
        log.debug("no list of cameras: %s", error)
        return []


def find(name: str, there_are: Sequence[Webcam]) -> Webcam:
    """The camera that is meant by FIRST, its place in the list, an identity, or part of its name.

    Raises NoSuchCamera.
    """
    meant = there_are[int(name) :][:1] if name.isdecimal() else candidates(name, there_are)
    if not meant:
        raise NoSuchCamera(name, [str(webcam) for webcam in there_are])
    return meant[0]
