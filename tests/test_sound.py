"""The sound of a recording goes into what is made of it, in step with the picture."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
from films import ffmpeg, remuxed, streams, warnings
from test_cli import clean, softfocus

from softfocus.realtime.runs.run import run
from softfocus.realtime.settings import RunSettings

# Claps at 1 and 2 s: a picture all white, and a click of 2 ms.
FLASH = "color=black:s=64x48:r=25:d=2.6,geq=lum='if(not(mod(N,25))*gt(N,0),235,16)':cb=128:cr=128"
CLICK = "aevalsrc='if(gt(t,0.5)*lt(mod(t,1),0.002),sin(2000*PI*t),0)':s=48000:d=2.6"
AAC, OPUS, PCM = (("-c:a", codec) for codec in ("aac", "libopus", "pcm_s16le"))
H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p")


def clap(path: Path, *options: str, picture: str = FLASH, tracks: int = 1) -> Path:
    """A film with claps."""
    chosen = [*("-map", "0:v"), *(("-map", "1:a") * tracks)]
    ffmpeg("-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", CLICK, *chosen, *options, path)
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings."""
    folder = tmp_path_factory.mktemp("claps")
    clap(folder / "aac.mp4", *H264, *AAC)
    clap(folder / "pcm.mov", *H264, *PCM)
    clap(folder / "opus.webm", "-c:v", "libvpx", *OPUS)
    names = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra")
    clap(folder / "two.mkv", *H264, "-c:a:0", "libopus", "-c:a:1", "flac", *names, tracks=2)
    remuxed(folder / "aac.mp4", folder / "aac.ts")
    clap(
        folder / "vfr.mkv",
        *H264,
        *OPUS,
        "-fps_mode",
        "vfr",
        picture=f"{FLASH},select='not(mod(n,5))+gt(mod(n,7),3)'",
    )
    late = f"{FLASH},select='gt(t,0.58)'"
    clap(folder / "late.mkv", *H264, *AAC, "-fps_mode", "passthrough", picture=late)
    (folder / "joined.ts").write_bytes((folder / "aac.ts").read_bytes() * 2)
    return folder


def claps(film: Path, track: int = 0) -> tuple[list[float], list[float]]:
    """When it flashes, and when it clicks, s."""
    with av.open(str(film)) as container:
        seen = [
            frame.time for frame in container.decode(video=0) if frame.to_ndarray(format="gray").mean() > 100
        ]
    heard: list[float] = []
    with av.open(str(film)) as container:
        for frame in container.decode(audio=track):
            loud = np.nonzero(np.abs(frame.to_ndarray()) > loudest(frame.format.name) * 0.15)[1]
            heard += [frame.time + int(at) / frame.layout.nb_channels / frame.sample_rate for at in loud]
    return seen, [at for before, at in zip([-1.0, *heard], heard, strict=False) if at - before > 0.1]


def loudest(format: str) -> float:
    return {"s16": 2**15, "s16p": 2**15, "s32": 2**31, "s32p": 2**31}.get(format, 1.0)


def apart(film: Path, track: int = 0) -> list[float]:
    """By how much clicks come after their flashes, s."""
    seen, heard = claps(film, track)
    assert len(seen) == len(heard) >= 2
    return [click - flash for flash, click in zip(seen, heard, strict=True)]


def raw(source: Path, target: Path, **more: bool) -> Path:
    """As it is, which is quicker."""
    run(RunSettings(input=str(source), outputs=(str(target),), background="none", **more))
    return target


SOUNDS = {
    "aac.mp4": {"mp4": ["aac"], "mov": ["aac"], "mkv": ["aac"], "webm": ["opus"]},
    "pcm.mov": {"mp4": ["aac"], "mov": ["pcm_s16le"], "mkv": ["flac"], "webm": ["opus"]},
    "opus.webm": {"mp4": ["opus"], "mov": ["aac"], "mkv": ["opus"], "webm": ["opus"]},
    "two.mkv": {
        "mp4": ["opus", "flac"],
        "mov": ["aac", "aac"],
        "mkv": ["opus", "flac"],
        "webm": ["opus"] * 2,
    },
    "aac.ts": {"mp4": ["aac"], "mkv": ["aac"]},
    "vfr.mkv": {"mp4": ["opus"], "webm": ["opus"]},
    "late.mkv": {"mp4": ["aac"], "mkv": ["aac"], "webm": ["opus"]},
    "joined.ts": {"mp4": ["aac"], "mkv": ["aac"]},
}


@pytest.mark.parametrize(("name", "kind"), [(name, kind) for name, kinds in SOUNDS.items() for kind in kinds])
def test_every_track_goes_along_and_stays_in_step(made: Path, name: str, kind: str, tmp_path: Path) -> None:
    source, wanted = made / name, SOUNDS[name][kind]
    target = raw(source, tmp_path / f"out.{kind}")
    picture = "vp9" if kind == "webm" else "h264"
    assert streams(target) == [picture, *wanted]
    assert warnings(target) == ""
    for track in range(len(wanted)):
        before = [0.0] * 4 if name == "joined.ts" else apart(source, track)
        assert apart(target, track) == pytest.approx(before, abs=0.005)


def test_a_late_picture_stays_late_also_without_its_sound(made: Path, tmp_path: Path) -> None:
    def begins(film: Path) -> float:
        with av.open(str(film)) as container:
            return next(container.decode(video=0)).time

    for more in ({}, {"audio": False}):
        target = raw(made / "late.mkv", tmp_path / f"out{len(more)}.mp4", **more)
        assert begins(target) == pytest.approx(begins(made / "late.mkv"), abs=0.002)
        assert streams(target) == ["h264", *([] if more else ["aac"])]


def test_languages_chapters_and_subtitles_go_along(made: Path, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,500 --> 00:00:01,000\nHello\n")
    (tmp_path / "chapters").write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
    )
    full = tmp_path / "full.mkv"
    inputs = ("-i", made / "two.mkv", "-i", tmp_path / "words.srt", "-i", tmp_path / "chapters")
    ffmpeg("-v", "error", *inputs, "-map", "0", "-map", "1", "-map_metadata", "2", "-c", "copy", full)
    with av.open(str(raw(full, tmp_path / "out.mkv"))) as container:
        assert [track.metadata.get("language") for track in container.streams.audio] == ["eng", "fra"]
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One"]
        assert len(container.streams.subtitles) == 1


def test_what_has_no_sound_says_so_and_no_audio_leaves_it_out(made: Path, tmp_path: Path) -> None:
    outputs = ("-o", "a.mp4", "-o", "b.y4m", "-o", "c.png")
    status, _, err = softfocus("run", "-i", str(made / "two.mkv"), "-b", "none", *outputs, at=tmp_path)
    assert status == 0
    assert "a.mp4 (64x48 libx264, 2 tracks of sound)" in err
    assert "b.y4m (Y4M 64x48, without the sound)" in err
    assert "c.png (64x48 PNG, without the sound)" in err
    softfocus("run", "-i", str(made / "two.mkv"), "-o", "d.mp4", "--no-audio", "-b", "none", at=tmp_path)
    assert streams(tmp_path / "d.mp4") == ["h264"]


@pytest.mark.parametrize(("kind", "later"), [("mp4", 0), ("mkv", 0), ("mp4", 30)])
def test_a_killed_recording_with_sound_plays(kind: str, later: int, tmp_path: Path) -> None:
    """Also where the sound has not begun by then."""
    source, target = tmp_path / "long.mp4", tmp_path / f"out.{kind}"
    picture = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=40")
    sound = ("-itsoffset", str(later), "-f", "lavfi", "-i", "sine=d=30")
    ffmpeg("-v", "error", *picture, *sound, *H264, *AAC, source)
    command = [sys.executable, "-m", "softfocus", "run", "-i", str(source), "-o", str(target)]
    with subprocess.Popen(command, env=clean(tmp_path), stderr=subprocess.DEVNULL) as process:
        while not target.exists() or target.stat().st_size < 20_000:
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
    assert played(target, "video") > 10
    assert later or played(target, "audio") > 10


def played(film: Path, kind: str) -> int:
    """How many frames of a kind there are."""
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(container.streams.best(kind)))


def test_two_outputs_each_have_all_of_the_sound(made: Path, tmp_path: Path) -> None:
    targets = [tmp_path / name for name in ("a.webm", "b.webm", "c.mp4")]
    run(RunSettings(input=str(made / "aac.mp4"), outputs=tuple(map(str, targets)), background="none"))
    for target in targets:
        assert apart(target) == pytest.approx([0, 0], abs=0.005)
