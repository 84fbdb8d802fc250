"""Many recordings: each in a process of its own, here or on Ray, and never half a file."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import pytest
from test_cli import clean

from softfocus.realtime.batch.jobs import Job, jobs_in, undone
from softfocus.realtime.errors import BadSetting
from softfocus.realtime.frame import I420, Size
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo

SIZE = Size(160, 90)
FRAMES = 8
CLIPS = 12


def film(path: Path, first: int, frames: int = FRAMES) -> None:
    """A part of the demo clip."""
    demo = Demo(SIZE)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=Fraction(30))
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for i in range(first + frames):
            frame = demo.read(0)
            assert frame
            if i >= first:
                buffer = I420(SIZE)
                for plane, target in zip(frame.planes, buffer.planes, strict=True):
                    target[:] = plane
                picture = av.VideoFrame.from_ndarray(buffer.data, "yuv420p")
                file.mux(stream.encode(picture))
        file.mux(stream.encode(None))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve recordings of a few frames."""
    made = tmp_path_factory.mktemp("recordings")
    for i in range(CLIPS):
        film(made / f"talk{i:02}.mp4", first=3 * i)
    return made


def start(folder: Path, into: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "softfocus", "batch", str(folder), "-o", str(into), *more],
        env=clean(into.parent),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def batch(folder: Path, into: Path, *more: str) -> tuple[int, str]:
    process = start(folder, into, *more)
    _, err = process.communicate(timeout=300)
    return process.returncode, err


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an undisturbed run makes of them."""
    into = tmp_path_factory.mktemp("whole") / "out"
    status, err = batch(folder, into)
    assert status == 0, err
    assert f"{CLIPS} of {CLIPS} recordings done" in err
    return into


def test_a_run_that_was_killed_half_way_goes_on_and_ends_the_same(
    folder: Path, whole: Path, tmp_path: Path
) -> None:
    into = tmp_path / "out"
    process = start(folder, into, "--workers", "1")
    while not into.exists() or len(list(into.glob("talk*.mp4"))) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.communicate(timeout=30)
    made = {each.name: each.stat().st_mtime_ns for each in into.glob("talk*.mp4")}
    assert 3 <= len(made) < CLIPS
    status, err = batch(folder, into)
    assert status == 0
    assert "are there already" in err
    assert contents(into) == contents(whole)
    assert all((into / name).stat().st_mtime_ns == at for name, at in made.items()), "nothing was made again"


def test_one_bad_file_does_not_stop_the_rest(folder: Path, whole: Path, tmp_path: Path) -> None:
    some, into = tmp_path / "some", tmp_path / "out"
    some.mkdir()
    for name in ("talk00.mp4", "talk01.mp4"):
        shutil.copy(folder / name, some / name)
    (some / "broken.mp4").write_bytes(b"no film")
    status, err = batch(some, into)
    assert status == 1
    assert "broken.mp4: cannot read" in err
    assert "2 of 3 recordings done" in err
    assert contents(into) == {name: (whole / name).read_bytes() for name in ("talk00.mp4", "talk01.mp4")}


def test_what_a_damaged_recording_has_is_kept_and_told(folder: Path, tmp_path: Path) -> None:
    some, into = tmp_path / "some", tmp_path / "out"
    some.mkdir()
    film(some / "cut.mkv", 0, frames=30)
    content = (some / "cut.mkv").read_bytes()
    (some / "cut.mkv").write_bytes(content[: len(content) * 2 // 3])
    status, err = batch(some, into)
    assert status == 1
    assert re.search(r"cut\.mkv: \d+ frames; .* truncated after frame \d+", err)
    with av.open(str(into / "cut.mkv")) as made:
        assert sum(1 for _ in made.decode(video=0)) > 5


def test_outputs_never_fall_on_the_recordings(folder: Path) -> None:
    with pytest.raises(BadSetting, match="is the folder that is read"):
        jobs_in(folder, folder / ".." / folder.name, RunSettings())


def test_a_folder_without_recordings_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="holds no recording"):
        jobs_in(tmp_path, tmp_path / "out", RunSettings())


def test_recordings_of_one_name_get_outputs_of_their_own(tmp_path: Path) -> None:
    for name in ("talk.mp4", "talk.webm", "talk.mkv", "notes.txt", ".talk.part.mp4"):
        (tmp_path / name).touch()
    jobs = jobs_in(tmp_path, tmp_path / "out", RunSettings())
    assert [job.target.name for job in jobs] == ["talk.mkv", "talk.mp4", "talk.webm.mp4"]
    assert len({job.partial for job in jobs}) == 3


def test_what_was_left_half_done_is_begun_anew(tmp_path: Path) -> None:
    jobs = [Job(tmp_path / "a.mp4", tmp_path / f"{name}.mp4", RunSettings()) for name in ("done", "left")]
    jobs[0].target.touch()
    jobs[1].partial.touch()
    assert undone(jobs) == jobs[1:]
    assert not jobs[1].partial.exists()


@pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="ray is an extra")
def test_a_ray_cluster_of_two_nodes_makes_the_same(folder: Path, whole: Path, tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        cluster.add_node(num_cpus=1)
        status, err = batch(folder, tmp_path / "out", "--ray", cluster.address)
    finally:
        cluster.shutdown()
    assert status == 0, err
    assert contents(tmp_path / "out") == contents(whole)
