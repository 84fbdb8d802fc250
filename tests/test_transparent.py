"""The person before nothing: what leaves is transparent where an output can be, and green where not."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from chromium import browsing
from clips import photo

from softfocus.realtime.backdrops.still import Still, plain
from softfocus.realtime.colour import from_rgb, to_rgb
from softfocus.realtime.compose.compositor import Compositor
from softfocus.realtime.errors import CannotWrite
from softfocus.realtime.frame import I420, Colour, Frame, Matrix, Range, Size
from softfocus.realtime.gate.gate import Composed, Gate
from softfocus.realtime.live.outputs import made_for
from softfocus.realtime.matte import Box, Matte
from softfocus.realtime.reason import Reason
from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import COLOURS, RunSettings
from softfocus.realtime.sinks.open import open_sink
from softfocus.realtime.sinks.unmix import Unmix
from softfocus.realtime.sources.demo import Demo

SIZE = Size(320, 180)
SKIN, ROOM = (200, 150, 120), (250, 30, 160)


@pytest.mark.parametrize("colour", [Colour(), Colour(Range.FULL, Matrix.BT709)])
def test_green_is_taken_out_of_every_mix(colour: Colour) -> None:
    person, green = (from_rgb(plain(rgb, SIZE), colour).planes for rgb in (SKIN, COLOURS["green"]))
    alpha = np.tile(np.linspace(0, 255, SIZE.width).astype(np.uint8), (SIZE.height, 1))
    half = cv2.resize(alpha, (SIZE.width // 2, SIZE.height // 2), interpolation=cv2.INTER_AREA)
    mixed = I420(SIZE).planes
    for mine, back, share, onto in zip(person, green, (alpha, half, half), mixed, strict=True):
        weight = share.astype(float) / 255
        onto[:] = np.rint(mine * weight + back * (1 - weight))
    alone = Unmix(SIZE, colour)(mixed, alpha)
    seen = to_rgb(alone, colour)
    assert np.abs(seen[alpha > 64].astype(int) - SKIN).max() <= 6
    assert np.abs(seen.astype(int) - SKIN).max() <= 30  # also where nothing is seen of it


def composed() -> Iterator[Composed]:
    """A shielded frame, then three of a man (a bright disc) before a room of one colour."""
    picture = plain(ROOM, SIZE)
    cv2.circle(picture, (160, 90), 60, SKIN, cv2.FILLED)
    planes = from_rgb(picture, Colour()).planes
    alpha = np.zeros((SIZE.height, SIZE.width), np.uint8)
    cv2.circle(alpha, (160, 90), 60, 255, cv2.FILLED, cv2.LINE_AA)
    gate = Gate(
        Compositor(Still(plain(COLOURS["green"], SIZE), clear=True), SIZE), SIZE, good_masks_to_open=1
    )
    frames = [Frame(planes, n, n * 40_000_000, Colour()) for n in range(4)]
    yield gate.close(frames[0], Reason.START)
    for frame in frames[1:]:
        yield gate(frame, Matte(alpha, Box(98, 28, 224, 152), frame.index, frame.captured_at))


def sent(path: Path) -> Path:
    sink = open_sink(str(path), SIZE, 25)
    for frame in composed():
        sink.send(frame)
        frame.release()
    sink.close()
    return path


def test_a_png_holds_the_person_and_nothing_of_the_room(tmp_path: Path) -> None:
    got = cv2.imread(str(sent(tmp_path / "out.png")), cv2.IMREAD_UNCHANGED)
    assert got.shape == (SIZE.height, SIZE.width, 4)
    assert got[90, 160, 3] == 255
    assert got[5, 5, 3] == 0
    assert np.abs(got[90, 160, 2::-1].astype(int) - SKIN).max() <= 4
    pink = np.abs(got[..., 2::-1].astype(int) - ROOM).sum(axis=2)
    green = np.abs(got[..., 2::-1].astype(int) - COLOURS["green"]).sum(axis=2)
    assert min(pink[got[..., 3] == 0].min(), green.min()) > 100
    assert pink.min() > 50  # where the edge is half transparent


def test_prores_keeps_the_alpha_and_a_shielded_frame_is_not_seen(tmp_path: Path) -> None:
    with av.open(str(sent(tmp_path / "out.mov"))) as film:
        shown = [frame.to_ndarray(format="rgba") for frame in film.decode(video=0)]
        assert film.streams.video[0].codec_context.name == "prores"
    assert len(shown) == 4
    assert shown[0][..., 3].max() == 0
    assert np.ptp(shown[0][..., :3]) <= 2  # nor is anything hidden in it
    assert shown[3][90, 160, 3] > 250
    assert shown[3][5, 5, 3] < 5
    assert np.abs(shown[3][90, 160, :3].astype(int) - SKIN).max() <= 8


PAGE = """<!doctype html><body style="margin:0"><video id=v muted playsinline src="%s"></video>
<canvas id=c width=320 height=180></canvas>"""
DRAWN = """new Promise(done => { const v = document.getElementById('v');
  const draw = () => { const pen = document.getElementById('c').getContext('2d');
    pen.clearRect(0, 0, 320, 180); pen.drawImage(v, 0, 0);
    done([[160, 90], [5, 5], [300, 170]].map(at => [...pen.getImageData(...at, 1, 1).data])); };
  v.addEventListener('seeked', draw); v.addEventListener('loadeddata', () => { v.currentTime = 0.1; });
  if (v.readyState >= 2) v.currentTime = 0.1; })"""


def test_a_browser_plays_webm_with_its_alpha(tmp_path: Path) -> None:
    film = base64.b64encode(sent(tmp_path / "out.webm").read_bytes()).decode()
    (tmp_path / "page.html").write_text(PAGE % f"data:video/webm;base64,{film}")
    with browsing(tmp_path / "profile") as tab:
        tab.go((tmp_path / "page.html").as_uri())
        tab.until("!!document.getElementById('v')")
        person, *room = tab.value(DRAWN)
    assert person[3] > 250
    assert np.abs(np.array(person[:3]) - SKIN).max() <= 12
    assert [pixel[3] for pixel in room] == [0, 0]


def test_what_is_opaque_is_written_as_people_expect_it(tmp_path: Path) -> None:
    settings = RunSettings(
        input="demo", outputs=tuple(str(tmp_path / f"out.{kind}") for kind in ("mov", "webm"))
    )
    made = made_for(settings, Demo(SIZE))
    for output, codec in zip(settings.outputs, ("h264", "vp9"), strict=True):
        sink = open_sink(output, SIZE, 25, made)
        assert "alpha" not in sink.name
        for frame in composed():
            sink.send(frame)
            frame.release()
        sink.close()
        with av.open(output) as film:
            stream = film.streams.video[0]
            assert (stream.codec_context.name, stream.codec_context.pix_fmt) == (codec, "yuv420p")
            assert "alpha_mode" not in {name.lower() for name in stream.metadata}


def test_where_nothing_can_be_transparent_it_is_green(tmp_path: Path) -> None:
    with av.open(str(sent(tmp_path / "out.mkv"))) as film:
        *_, last = (frame.to_ndarray(format="rgb24") for frame in film.decode(video=0))
    assert np.abs(last[5, 5].astype(int) - COLOURS["green"]).max() < 20


@pytest.mark.shared
def test_a_photo_becomes_a_cut_out(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "stills_mask" / "0089.jpg"
    run(RunSettings(input=str(path), outputs=(str(tmp_path / "out.png"),), background="transparent"))
    got = cv2.imread(str(tmp_path / "out.png"), cv2.IMREAD_UNCHANGED)
    height, width = got.shape[:2]
    truth = photo(path.with_name("0089_mask.png"))[:height, :width, 0] > 127
    mine = got[..., 3] > 127
    assert (mine & truth).sum() / (mine | truth).sum() > 0.9
    deep = cv2.erode((mine & truth).astype(np.uint8), np.ones((9, 9))) > 0
    assert np.abs(got[..., 2::-1].astype(int) - photo(path)[:height, :width])[deep].mean() < 4


def test_a_picture_that_cannot_be_written_stops_before_it_begins(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="No such file"):
        open_sink(str(tmp_path / "nowhere" / "out.png"), SIZE, 25)
