"""A counter that goes from a webcam through softfocus to a program that watches: how late is it there?"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import counter
import numpy as np

from softfocus.realtime.sinks.loopback import look

from .consumer import CAMERA, WEBCAM, Consumer, announces_capture, wait_for
from .test_run_in_vm import CLIP, SIZE, running

PICTURES = 150
SETTLED = 60  # pictures until the models are warm and the gate has opened
WAITING = 4  # pictures: one before the work, one before the virtual camera, one in it, one in the watcher


def test_what_is_watched_is_a_few_frames_old_and_in_order(
    shared: Path, loopback: str, tmp_path: Path
) -> None:
    log = tmp_path / "sent"
    clip = shared / "data" / "video_alpha" / f"{CLIP}.mp4"
    script = str(Path(__file__).with_name("counting_webcam.py"))
    look(WEBCAM)  # sets it free where the last producer left it stuck
    webcam = subprocess.Popen([sys.executable, script, str(clip), WEBCAM, str(log)])
    try:
        wait_for(lambda: announces_capture(WEBCAM), "the webcam never began")
        with running(), Consumer(CAMERA) as consumer:
            assert consumer.size == SIZE
            consumer.read(SETTLED)
            came = [
                (counter.read(consumer.read(1)[0][: SIZE.height]), time.monotonic_ns())
                for _ in range(PICTURES)
            ]
    finally:
        webcam.kill()
        webcam.wait()
    sent = np.array([int(line.split()[1]) for line in log.read_text("ascii").splitlines()])
    newest = [int(np.searchsorted(sent, at)) - 1 for _, at in came]  # number of the last one sent by then
    behind = np.array(
        [(last - read) % (1 << counter.BITS) for last, (read, _) in zip(newest, came, strict=True)]
    )
    shown = newest - behind
    late = (np.array([at for _, at in came]) - sent[shown]) * 1e-6
    print(f"from webcam to watcher: {np.median(late):.1f} ms (p95 {np.percentile(late, 95):.1f}), ", end="")
    print(f"{np.median(behind):.0f} pictures behind")
    assert (np.diff(shown) >= 0).all(), "an older picture came after a newer one"
    assert np.median(behind) <= WAITING
