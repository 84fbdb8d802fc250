"""The command line as people use it: in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from softfocus.__main__ import app


def clean(home: Path) -> dict[str, str]:
    """An environment without settings, without a screen, with a home of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SOFTFOCUS_", "XDG_"))}
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        kept.pop(screen, None)
    return {**kept, "HOME": str(home)}


@contextmanager
def started(
    *arguments: str, at: Path, environ: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The program, which outlives no test, whatever becomes of it."""
    with subprocess.Popen(
        [sys.executable, "-m", "softfocus", *arguments],
        cwd=at,
        env={**clean(at), **(environ or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heed_ctrl_c if os.name == "posix" else None,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def heed_ctrl_c() -> None:
    """As in a terminal; what a shell starts in its background ignores Ctrl-C, and so do all its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def softfocus(*arguments: str, at: Path, **environ: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error."""
    with started(*arguments, at=at, environ=environ) as process:
        out, err = process.communicate(timeout=120)
    return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


def frames_of(film: Path) -> list[np.ndarray]:
    """(H, W) uint8 luma of each frame."""
    with av.open(film) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def sharpness(luma: np.ndarray) -> float:
    """Mean square of the difference of neighbours: fine detail, which a blur takes away."""
    return float(np.square(np.diff(luma.astype(np.float32), axis=1)).mean())


def test_the_demo_films_a_sharp_person_before_a_blurred_room(tmp_path: Path) -> None:
    status, out, err = softfocus("demo", "--size", "640x360", at=tmp_path)
    assert (status, err) == (0, "")
    assert re.search(r"softfocus-demo\.mp4: 150 frames composed in [\d.]+ s \([\d.]+ a second\)", out)
    frames = frames_of(tmp_path / "softfocus-demo.mp4")
    assert len(frames) == 150
    lighter = ("run", "-i", "demo", "-o", "light.mkv", "--size", "640x360", "--blur", "light")
    assert softfocus(*lighter, at=tmp_path)[0] == 0
    light = frames_of(tmp_path / "light.mkv")
    face, room = np.s_[100:210, 270:370], np.s_[50:250, 530:630]
    assert sharpness(frames[90][face]) > 4 * sharpness(frames[90][room])
    assert sharpness(light[90][room]) > 1.2 * sharpness(frames[90][room])


def test_a_recording_passes_frame_by_frame_and_keeps_its_size_and_count(tmp_path: Path) -> None:
    softfocus("run", "-i", "demo", "-o", "in.mkv", "--size", "640x360", at=tmp_path)
    status, out, err = softfocus("run", "-i", "in.mkv", "-o", "a.mp4", "-o", "b.y4m", at=tmp_path)
    assert (status, out) == (0, "")
    assert "from in.mkv" in err
    assert "150 frames composed" in err
    for film in ("a.mp4", "b.y4m"):
        frames = frames_of(tmp_path / film)
        assert len(frames) == 150
        assert frames[0].shape == (360, 640)


def test_a_damaged_recording_is_used_and_told_by_the_exit_status(tmp_path: Path) -> None:
    softfocus("run", "-i", "demo", "-o", "in.mkv", "--size", "160x90", at=tmp_path)
    content = (tmp_path / "in.mkv").read_bytes()
    (tmp_path / "in.mkv").write_bytes(content[: len(content) // 2])
    status, _, err = softfocus("run", "-i", "in.mkv", "-o", "out.mp4", at=tmp_path)
    assert status == 1
    assert "in.mkv is truncated after frame" in err
    assert "Traceback" not in err
    assert len(frames_of(tmp_path / "out.mp4")) > 20


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal")
def test_whoever_looks_at_a_terminal_sees_how_far_it_is(tmp_path: Path) -> None:
    softfocus("run", "-i", "demo", "-o", "in.mkv", "--size", "64x48", at=tmp_path)
    for command in (("run", "-i", "in.mkv", "-o", "out.mp4"), ("matte", "in.mkv", "matte.mkv")):
        ours, theirs = os.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "softfocus", *command],
            cwd=tmp_path,
            env={**clean(tmp_path), "TERM": "xterm"},
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        seen = b""
        with suppress(OSError):  # Linux's word for a terminal that was closed
            while chunk := os.read(ours, 4096):
                seen += chunk
        os.close(ours)
        assert process.wait(timeout=60) == 0
        assert re.search(rb"in\.mkv.*\d+%", seen), seen[-500:]
    assert "%" not in softfocus("run", "-i", "in.mkv", "-o", "null", at=tmp_path)[2]


def test_standard_output_carries_y4m_and_nothing_else(tmp_path: Path) -> None:
    with started("run", "-i", "demo", "-o", "-", "--size", "320x180", at=tmp_path) as process:
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    header, _, rest = out.partition(b"\n")
    assert header.startswith(b"YUV4MPEG2 W320 H180 F30:1")
    assert len(rest) == 150 * (len("FRAME\n") + 320 * 180 * 3 // 2)


def test_mattes_have_the_size_and_count_of_their_clip(tmp_path: Path) -> None:
    softfocus("run", "-i", "demo", "-o", "in.mkv", "--size", "640x360", at=tmp_path)
    status, out, err = softfocus("matte", "in.mkv", "matte.mkv", at=tmp_path)
    assert (status, out) == (0, "150 mattes in matte.mkv\n")
    assert err == ""
    with av.open(tmp_path / "matte.mkv") as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("ffv1", "gray")
    alphas = frames_of(tmp_path / "matte.mkv")
    assert len(alphas) == 150
    assert alphas[0].shape == (360, 640)
    assert alphas[90][150, 320] > 250  # her face
    assert alphas[90][40, 600] < 5  # the flag behind her


def test_settings_come_from_the_users_file_and_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "configuration" / "softfocus"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('input = "demo"\noutput = ["null"]\nsize = "320x180"\n')
    _, _, err = softfocus("run", "-o", "out.mkv", at=tmp_path, XDG_CONFIG_HOME=str(folder.parent))
    assert "from demo" in err
    assert frames_of(tmp_path / "out.mkv")[0].shape == (180, 320)
    environ = {"XDG_CONFIG_HOME": str(folder.parent), "SOFTFOCUS_SIZE": "160x90"}
    softfocus("run", "-o", "out.mkv", "--overwrite", at=tmp_path, **environ)
    assert frames_of(tmp_path / "out.mkv")[0].shape == (90, 160)


def test_models_are_listed_with_licence_and_place(tmp_path: Path) -> None:
    status, out, _ = softfocus("models", at=tmp_path)
    assert status == 0
    assert re.search(r"^selfie-landscape +person +256x144 +Apache-2\.0 +bundled$", out, re.MULTILINE)


def test_help_names_every_command_and_where_settings_come_from(tmp_path: Path) -> None:
    status, out, _ = softfocus("--help", at=tmp_path)
    assert status == 0
    for word in ("run", "preview", "demo", "matte", "bench", "devices", "models", "export", "doctor"):
        assert re.search(rf"^  {word} ", out, re.MULTILINE)
    assert "SOFTFOCUS_" in out
    assert softfocus(at=tmp_path) == (0, out, "")


@pytest.mark.parametrize("group", ["", "models", "bench", "export", "service"])
def test_no_command_is_listed_with_half_a_sentence(group: str) -> None:
    done = CliRunner().invoke(app, [*group.split(), "--help"], terminal_width=80)
    lines = done.stdout.partition("Commands:\n")[2].splitlines()
    assert len(lines) > 1
    assert not [line for line in lines if line.endswith("...")]


def test_help_needs_none_of_the_heavy_libraries(tmp_path: Path) -> None:
    code = (
        "import sys, softfocus.__main__ as cli\n"
        "try: cli.app(['--help'], standalone_mode=False)\n"
        "finally: print(sorted({'numpy', 'cv2', 'av', 'onnxruntime'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"


def wait_for(process: subprocess.Popen[bytes], word: bytes) -> None:
    """Until the program has said `word` on standard error."""
    assert process.stderr
    said = b""
    while word not in said:
        line = process.stderr.readline()
        assert line, f"it ended, having said {said!r}"
        said += line


@pytest.mark.parametrize(("stop", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_ctrl_c_and_sigterm_end_a_run_and_its_recording_plays(
    tmp_path: Path, stop: signal.Signals, status: int
) -> None:
    command = ("run", "-i", "demo", "--realtime", "-o", "out.mp4", "--size", "320x180")
    with started(*command, at=tmp_path) as process:
        wait_for(process, b"open after")
        time.sleep(0.5)  # let some frames be recorded
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
    assert process.returncode == status, err
    assert b"Traceback" not in err
    assert b"frames composed in" in err
    assert len(frames_of(tmp_path / "out.mp4")) > 5


def test_a_reader_that_leaves_ends_the_stream_without_a_traceback(tmp_path: Path) -> None:
    with started("run", "-i", "demo", "-o", "-", "--size", "320x180", at=tmp_path) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(1000)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(timeout=30) == 1


BAD = {
    "an input that is not there": (("run", "-i", "nix.mp4", "-o", "null"), "nix.mp4"),
    "an empty input": (("run", "-i", "empty.mp4", "-o", "null"), "empty.mp4"),
    "an input that is no video": (("run", "-i", "text.mp4", "-o", "null"), "text.mp4"),
    "a camera that is not there": (("run", "-i", "/dev/video97", "-o", "null"), "/dev/video97"),
    "a camera by number that is not there": (("run", "-i", "97", "-o", "null"), "97"),
    "no virtual camera": (
        ("run", "-i", "demo", "-o", "camera:/dev/video98"),
        "modprobe v4l2loopback exclusive_caps=1",
    ),
    "no display": (("run", "-i", "demo", "-o", "window"), "no display"),
    "a preview without a display": (("preview", "-i", "demo"), "no display"),
    "an unknown model": (("run", "-i", "demo", "-o", "null", "-m", "selfy"), "selfie-landscape"),
    "a background that is not there": (("run", "-i", "demo", "-o", "null", "-b", "nix.jpg"), "nix.jpg"),
    "a background that is no picture": (("run", "-i", "demo", "-o", "null", "-b", "text.mp4"), "text.mp4"),
    "an unknown output": (("run", "-i", "demo", "-o", "kamera"), "--output: 'kamera' is none of: camera,"),
    "an output in no folder": (("run", "-i", "demo", "-o", "nix/out.mp4"), "nix/out.mp4"),
    "an output on a full disk": (("run", "-i", "demo", "-o", "full.y4m"), "No space left"),
    "a wrong size": (
        ("run", "-i", "demo", "-o", "null", "--size", "12x"),
        "--size: '12x' is not WIDTHxHEIGHT",
    ),
    "a wrong strength": (
        ("run", "-i", "demo", "-o", "null", "--blur", "x"),
        "--blur: 'x' is not light or strong",
    ),
    "no such configuration": (("run", "-c", "nix.toml"), "nix.toml: cannot be read"),
    "a typo in the configuration": (
        ("run", "-c", "typo.toml"),
        "typo.toml, line 2: there is no setting 'blurr'",
    ),
    "no such option": (("run", "--blurr", "3"), "--blurr"),
    "no such command": (("rum",), "rum"),
    "a matte of nothing": (("matte", "nix.mp4", "out.mkv"), "nix.mp4"),
    "a matte into no known kind of file": (("matte", "in.y4m", "out.gif"), "out.gif"),
    "an export of nothing": (("export", "selfie", "-o", "."), "either --wheel or --tflite"),
    "an export of no model": (("export", "selfie", "--tflite", "text.mp4", "-o", "."), "text.mp4"),
    "an export of no wheel": (("export", "selfie", "--wheel", "nix.whl", "-o", "."), "nix.whl"),
    "a wrong variable": (("run", "-i", "demo", "-o", "null"), "SOFTFOCUS_BLUR: 'x' is not"),
}


@pytest.fixture(scope="module")
def corner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that can go wrong."""
    folder = tmp_path_factory.mktemp("corner")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("Dear diary, no picture today. " * 100)
    (folder / "typo.toml").write_text("fps = 30\nblurr = 3\n")
    (folder / "full.y4m").symlink_to("/dev/full")
    (folder / "in.y4m").write_bytes(b"YUV4MPEG2 W64 H64 F30:1 C420jpeg\nFRAME\n" + bytes(64 * 64 * 3 // 2))
    return folder


@pytest.mark.parametrize("slip", BAD)
def test_a_slip_is_told_in_one_line(corner: Path, slip: str) -> None:
    arguments, told = BAD[slip]
    environ = {"SOFTFOCUS_BLUR": "x"} if "variable" in slip else {}
    status, out, err = softfocus(*arguments, at=corner, **environ)
    assert status in (1, 2)
    assert out == ""
    *log, last = err.splitlines()
    assert told in last
    assert last.startswith("softfocus: ")
    assert all(line.startswith("softfocus: ") for line in log), err


@pytest.mark.skipif(os.name != "posix", reason="elsewhere Ctrl-C is no signal")
@pytest.mark.parametrize("seconds", [0.2, 0.35, 0.5])
def test_ctrl_c_while_it_starts_leaves_no_traceback(tmp_path: Path, seconds: float) -> None:
    with started("run", "-i", "demo", "--realtime", "-o", "null", at=tmp_path) as process:
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    if b"<frozen site>" in err:
        pytest.skip("on this machine, Python itself had not begun yet")
    assert process.returncode in (130, -signal.SIGINT)
    assert b"Traceback" not in err


def piped(command: str, at: Path) -> tuple[int, str]:
    """Exit status and standard error of a shell's command, in which softfocus is this one."""
    ours = f'softfocus() {{ "{sys.executable}" -m softfocus "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", ours], cwd=at, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


@pytest.mark.skipif(os.name != "posix", reason="written for a POSIX shell")
@pytest.mark.parametrize(
    ("command", "status", "told"),
    [
        ("softfocus run -i 12:30.mkv -o null", 0, "composed"),
        ("softfocus run -i - -o null < 12:30.mkv", 0, "composed"),
        ("cat 12:30.mkv | softfocus run -i - -o null", 0, "composed"),
        ("mkfifo pipe && (cat 12:30.mkv > pipe & softfocus run -i pipe -o null)", 0, "composed"),
        ("softfocus run -i - -o null <&-", 1, "cannot read standard input: it is closed"),
        ("softfocus run -i demo -o - >&-", 1, "cannot write standard output: it is closed"),
        ("softfocus models | head -0", 0, ""),
        ("softfocus devices >&-", 0, ""),
    ],
)
def test_names_and_streams_are_taken_as_they_are(
    tmp_path: Path, command: str, status: int, told: str
) -> None:
    with av.open(str(tmp_path / "film.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    (tmp_path / "film.mkv").rename(tmp_path / "12:30.mkv")
    code, err = piped(command, tmp_path)
    assert code == status, err
    assert told in err
    assert "Traceback" not in err
