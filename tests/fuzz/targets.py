"""What is fuzzed: python -m tests.fuzz.targets TARGET SECONDS SEED tries it and prints how often.

A target gets numbers that decide all, and does one attempt. What it may raise is caught inside.
"""

from __future__ import annotations

import json
import logging
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from mangled import mangle

from softfocus.models.errors import SoftfocusError
from softfocus.models.manifest import DEFAULT_MODEL, InputSize, find_model
from softfocus.models.native.fuse import fuse
from softfocus.models.native.network import MASK, PICTURE, Network, forms, open_network
from softfocus.models.native.onnx_file import read_onnx
from softfocus.models.native.plan import Plan, lay_out
from softfocus.models.store import read_model
from softfocus.realtime.commands.options import serve_panel
from softfocus.realtime.control.attend import Attendant
from softfocus.realtime.control.endpoint import Endpoint
from softfocus.realtime.control.journal import Journal
from softfocus.realtime.control.running import Running
from softfocus.realtime.control.saved import Saved
from softfocus.realtime.frame import Size
from softfocus.realtime.runs.started import start
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.settings.config import settings_from
from softfocus.realtime.settings.texts import SETTINGS
from softfocus.realtime.sources.jpeg.decoder import Decoder
from softfocus.realtime.sources.unpack import Jpeg
from softfocus.realtime.subjects.choice import mirrored
from softfocus.realtime.subjects.phrase import read_choice
from softfocus.realtime.subjects.words import DICTIONARY

Rng = np.random.Generator

SIZE, PLANNED = Size(96, 64), InputSize(256, 144)
SPICE = (
    "[" * 3000,
    '"' * 3,
    "{}",
    "=",
    "\n",
    "\0",
    "\ud800",
    "1e999",
    "NaN",
    "..",
    "/",
    "\\",
    "é",
    "左",
    "-1",
)
EXTREMES = (-1, 0, 1, 2, 3, 5, 16, 48, 1 << 20, (1 << 31) - 1, -(1 << 31))


def jpeg(rng: Rng) -> None:
    """Webcams' pictures: by our decoder alone, and with FFmpeg behind it."""
    once = mangle(photo(int(rng.integers(12))), rng) or b"\xff"
    content = np.frombuffer(mangle(once, rng), np.uint8)
    if content.size:
        decoders()[int(rng.integers(len(decoders())))](content)
        if rng.random() < 0.1:
            Jpeg(SIZE)(content)


@cache
def photo(number: int) -> bytes:
    rng = np.random.default_rng(number)
    rgb = cv2.GaussianBlur(rng.integers(256, size=(64, 96, 3)).astype(np.uint8), (0, 0), 1 + number)
    sampling = (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)[number % 2]
    how = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling, cv2.IMWRITE_JPEG_RST_INTERVAL, number // 2 % 3]
    return cv2.imencode(".jpg", rgb, [*how, cv2.IMWRITE_JPEG_QUALITY, 40 + 5 * number])[1].tobytes()


@cache
def decoders() -> list[Decoder]:
    return [Decoder(SIZE), Decoder(SIZE, 1)]


def plan(rng: Rng) -> None:
    """ONNX files with bits changed, and plans with numbers changed."""
    content, whole = network()
    if rng.random() < 0.2:
        open_network(mangle(content, rng), PLANNED)
        return
    changed = whole._replace(steps=whole.steps.copy(), images=whole.images.copy())
    for _ in range(int(rng.integers(1, 4))):
        numbers = changed.steps if rng.random() < 0.6 else changed.images
        place = tuple(rng.integers(0, numbers.shape))
        near = int(numbers[place]) + int(rng.integers(-40, 40))
        numbers[place] = rng.choice([*EXTREMES, *[min(max(near, -(1 << 31)), (1 << 31) - 1)] * 5])
    with suppress(ValueError):
        Network(changed, PLANNED, int(rng.integers(len(forms())))).run()


@cache
def network() -> tuple[bytes, Plan]:
    content = read_model(find_model(DEFAULT_MODEL))[1]
    return content, lay_out(fuse(read_onnx(content), PICTURE, MASK), ())


def phrase(rng: Rng) -> None:
    spellings = [*DICTIONARY, *SPICE, "left of", "の隣", "2", "99", "ask:"]
    said = [spellings[i] for i in rng.integers(len(spellings), size=int(rng.integers(1, 60)))]
    with suppress(SoftfocusError):
        mirrored(
            read_choice((" " if rng.random() < 0.7 else "").join(said) * int(rng.choice([1, 1, 1, 300])))
        )


def config(rng: Rng) -> None:
    path = scratch() / "config.toml"
    path.write_bytes(nonsense(rng, toml()).encode("utf-8", errors="surrogatepass"))
    with suppress(SoftfocusError):
        settings_from({}, {}, path)


@cache
def toml() -> tuple[str, ...]:
    return (
        *(f"{name} = " for name in SETTINGS),
        '"light"\n',
        "3\n",
        "[1, 2]\n",
        '["a"]\n',
        "true\n",
        "# x\n",
    )


def control(rng: Rng) -> None:
    """A request in pieces, and after it one that makes sense, which must be answered."""
    parts = (
        '{"do": ',
        '"status"',
        '"set"',
        ', "name": ',
        ', "text": ',
        ', "folder": "/"',
        '"blur"',
        '"x"',
        "}",
    )
    said = nonsense(rng, parts).encode("utf-8", errors="surrogatepass")
    spoken(said.replace(b"\n", b" ")[: int(rng.integers(1, 80_000))] + b"\n")
    if rng.random() < 0.2:
        assert b'"status"' in spoken(b'{"do": "status"}\n'), "the control thread does not answer"


def spoken(said: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as caller, suppress(BrokenPipeError, ConnectionResetError):
        caller.settimeout(20)
        caller.connect(str(attended()[0].place))
        for at in range(0, len(said), 30_000):
            caller.sendall(said[at : at + 30_000])
        answer = b""
        while part := caller.recv(65536):
            answer += part
        assert isinstance(json.loads(answer), dict)
        return answer
    return b""


def panel(rng: Rng) -> None:
    """Requests with the right token and a body that makes no sense, and others that are none at all."""
    address, _, token = attended()[1].partition("#")
    port = int(address.rstrip("/").rpartition(":")[2])
    parts = (
        '{"name": ',
        '"background"',
        ', "text": ',
        '"x": ',
        '"y": ',
        '"..',
        '", ',
        "}",
        '"what": "learn"',
    )
    body = nonsense(rng, parts).encode("utf-8", errors="surrogatepass")
    path = rng.choice(["set", "choose", "ask", "backgrounds", "backgrounds/..", "backgrounds/%00%ff", "x"])
    head = (
        f"{rng.choice(['POST', 'GET', 'PUT'])} /api/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Origin: {address.rstrip('/')}\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    said = head + body if rng.random() < 0.7 else mangle(head + body, rng)
    with socket.socket() as caller, suppress(OSError):
        caller.settimeout(10)
        caller.connect(("127.0.0.1", port))
        caller.sendall(said)
        caller.shutdown(socket.SHUT_WR)
        answer = caller.recv(65536)
        assert not answer.startswith(b"HTTP/1.1 5"), (said, answer)


@cache
def attended() -> tuple[Endpoint, str]:
    """A run of this process that is reached as any other; its endpoint, and its panel's address."""
    run = lasting().enter_context(start(RunSettings(input="demo", outputs=("null",), size=Size(160, 96))))
    running = run._running
    assert isinstance(running, Running)
    endpoint = Endpoint(scratch() / "run")
    saved = Saved(scratch() / "saved.toml", RunSettings)
    attendant = Attendant(running, saved, endpoint, serve_panel)
    lasting().callback(attendant.close)
    return endpoint, serve_panel(running, Journal()).url


def nonsense(rng: Rng, parts: tuple[str, ...]) -> str:
    """Parts of something that makes sense, in no order, and things that never do."""
    told = (*parts, *parts, *parts, *SPICE)
    return "".join(told[i] for i in rng.integers(len(told), size=int(rng.integers(1, 14))))


@cache
def lasting() -> ExitStack:
    """What lives as long as the process."""
    return ExitStack()


@cache
def scratch() -> Path:
    return Path(lasting().enter_context(tempfile.TemporaryDirectory()))


TARGETS: dict[str, Callable[[Rng], None]] = {
    "jpeg": jpeg,
    "plan": plan,
    "phrase": phrase,
    "config": config,
    "control": control,
    "panel": panel,
}


def main(target: str, seconds: str, seed: str) -> None:
    logging.disable(logging.CRITICAL)
    end, count = time.monotonic() + float(seconds), 0
    try:
        while time.monotonic() < end:
            TARGETS[target](np.random.default_rng([int(seed), count]))
            count += 1
    except BaseException:
        print(f"attempt {count} of seed {seed}", file=sys.stderr)
        raise
    finally:
        lasting().close()
    print(count)


if __name__ == "__main__":
    main(*sys.argv[1:])
