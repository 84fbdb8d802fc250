"""How each setting is read from text.

A setting has one name. On the command line it is `--model-dir`, in the environment
`SOFTFOCUS_MODEL_DIR`, in the configuration file `model-dir`. See `config` for who wins.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

from ...models.device import Device
from ..backdrops.blur import LIGHT, STRONG
from ..backdrops.place import Fit, Position
from ..frame import Size
from ..framing.framing import How
from ..matting.effort import Quality
from ..sources.screen import region_of
from ..subjects.endpoint import kept_private
from ..subjects.errors import UnknownWords
from ..subjects.phrase import read_choice
from .settings import (
    APERTURES,
    COLOURS,
    STRONGEST,
    WEAKEST,
    WIDEST,
    Background,
    BlurPart,
    Feed,
    Kind,
    Paint,
    Refine,
)

BLURS = {"light": LIGHT, "strong": STRONG}
RECORDINGS = (".mp4", ".mkv", ".webm", ".mov", ".y4m", ".png")
SWITCH = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def read_input(text: str) -> str:
    """A camera, file, URL or "demo"; whether it exists shows when it is opened."""
    if not text:
        raise ValueError(
            "is empty; give a camera (camera, 0, /dev/video0, pipewire:NAME), a file, a URL or demo"
        )
    return home(text)


def read_output(text: str) -> str:
    """One place for frames to go."""
    kind, colon, device = text.partition(":")
    named = kind in ("camera", "pipewire") and colon and device
    if text in ("camera", "pipewire", "window", "null", "-") or named:
        return text
    if Path(text).suffix.lower() in RECORDINGS:
        return home(text)
    raise ValueError(
        f"{text!r} is none of: camera, camera:DEVICE, pipewire, pipewire:NAME, window, null, -, "
        f"a file ending in {either(RECORDINGS)}"
    )


def read_background(text: str) -> Background:
    """What stands behind the person."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        if text == kind:
            return kind
    if re.fullmatch("#[0-9a-fA-F]{6}", text):
        return Paint(*bytes.fromhex(text[1:]))
    if text in COLOURS:
        return COLOURS[text]
    word, colon, rest = text.partition(":")
    if colon and word == "screen":
        region_of(rest)  # whether it is one
        return Feed(text)
    if colon and (word == "camera" or rest.startswith("//")):
        return Feed(text)
    if text and not text.startswith("#") and (Path(text).suffix or "/" in text or os.sep in text):
        return Path(home(text))
    raise ValueError(
        f"{text!r} is none of: {', '.join(kind for kind in kinds if kind != 'none')}, a picture such as "
        "beach.jpg, a film such as waves.mp4, a folder such as ./pictures, a colour such as #20304a, green, "
        "camera:NAME, screen:, a URL"
    )


def read_status(text: str) -> str:
    """Where to tell how the run goes."""
    if not text:
        raise ValueError("is empty; give a file, or - for standard output")
    return home(text)


def read_blur(text: str) -> float:
    """A strength by name, or sigma in px of a 720 px high frame."""
    wanted = f"{either(tuple(BLURS))} or a number"
    return BLURS[text] if text in BLURS else number(text, WEAKEST, STRONGEST, wanted)


def read_subject(text: str) -> str:
    """A phrase that says who is shown."""
    try:
        read_choice(text)
    except UnknownWords as error:
        raise ValueError(str(error)) from None
    return text


def read_blur_part(text: str) -> BlurPart:
    """What of the person is blurred."""
    return one_of(text, get_args(BlurPart))


def read_aperture(text: str) -> float:
    """An f-number, with or without the f/."""
    return number(text.removeprefix("f/"), *APERTURES, "an f-number")


def read_fit(text: str) -> Fit:
    """How a picture is brought to the frame's shape."""
    return one_of(text, get_args(Fit))


def read_position(text: str) -> Position:
    """Which part of a picture is kept."""
    return one_of(text, get_args(Position))


def read_frame(text: str) -> How:
    """How the picture follows the person."""
    return one_of(text, get_args(How))


def read_grow(text: str) -> float:
    """px of a 720 px high frame, either way."""
    return number(text, -WIDEST, WIDEST, "a number of pixels")


def read_feather(text: str) -> float:
    """px of a 720 px high frame."""
    return number(text, 0, WIDEST, "a number of pixels")


def read_endpoint(text: str) -> str:
    """The address of a server."""
    if kept_private(text):
        return text
    if re.match("http://[^/]", text, re.IGNORECASE):
        raise ValueError(
            f"{text!r} would get a picture of you in clear; give https://, or this machine's own"
        )
    raise ValueError(f"{text!r} is no address such as http://127.0.0.1:8080/v1")


def read_model(text: str) -> str:
    """A name of the manifest; whether it is there shows when it is opened."""
    if not text:
        raise ValueError("is empty; softfocus models lists the names")
    return text


def read_size(text: str) -> Size:
    """WIDTHxHEIGHT; even, since chroma has half of each."""
    found = re.fullmatch(r"([0-9]{2,5})x([0-9]{2,5})", text, re.ASCII)
    size = Size(int(found[1]), int(found[2])) if found else None
    if size and all(side % 2 == 0 and 32 <= side <= 16384 for side in size):
        return size
    raise ValueError(f"{text!r} is not WIDTHxHEIGHT in even pixels from 32 to 16384, such as 1280x720")


def read_rate(text: str) -> float:
    """Frames per second."""
    return number(text, 1, 240, "a number")


def read_threads(text: str) -> int:
    """A count of threads."""
    if re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= 256:
        return int(text)
    raise ValueError(f"{text!r} is not a whole number from 1 to 256")


def read_device(text: str) -> Device:
    """What models run on; whether it does shows when one is opened."""
    devices: tuple[Device, ...] = get_args(Device)
    for device in devices:
        if device == text.lower():
            return device
    raise ValueError(f"{text!r} is none of: {', '.join(devices)}")


def read_refine(text: str) -> Refine:
    """Which heavy model teaches; whether it is there shows when it is opened."""
    kinds: tuple[Refine, ...] = get_args(Refine)
    for kind in kinds:
        if kind == text.lower():
            return kind
    raise ValueError(f"{text!r} is none of: {', '.join(kinds)}")


def read_every(text: str) -> float:
    """Seconds between two refinements."""
    return number(text, 0.1, 3600, "seconds")


def read_share(text: str) -> float:
    """A share of one core."""
    return number(text, 0.01, 1, "a share of one core")


def read_latency(text: str) -> float | None:
    """Seconds until an answer lands; "real" is as long as it takes."""
    return None if text == "real" else number(text, 0, 3600, "real or seconds")


def read_quality(text: str) -> Quality:
    """How much work a frame gets."""
    qualities: tuple[Quality, ...] = get_args(Quality)
    for quality in qualities:
        if quality == text.lower():
            return quality
    raise ValueError(f"{text!r} is none of: {', '.join(qualities)}")


def read_folder(text: str) -> Path:
    """A folder; whether it exists shows when it is searched."""
    if not text:
        raise ValueError("is empty; give a folder")
    return Path(home(text))


def read_switch(text: str) -> bool:
    """Yes or no."""
    if text.lower() in SWITCH:
        return SWITCH[text.lower()]
    raise ValueError(f"{text!r} is neither true nor false")


Word = TypeVar("Word", bound=str)


def one_of(text: str, words: tuple[Word, ...]) -> Word:
    """The word that it is."""
    for word in words:
        if word == text.lower():
            return word
    raise ValueError(f"{text!r} is none of: {', '.join(words)}")


def number(text: str, least: float, most: float, wanted: str) -> float:
    """A number in [least, most]; the error asks for what is `wanted`."""
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if least <= value <= most:  # false for NaN
        return value
    raise ValueError(f"{text!r} is not {wanted} from {least:g} to {most:g}")


def home(text: str) -> str:
    """With a leading ~ replaced by the user's folder, as a shell does."""
    return os.path.expanduser(text)


def either(words: tuple[str, ...]) -> str:
    """a, b or c."""
    return f"{', '.join(words[:-1])} or {words[-1]}"


@dataclass(frozen=True, slots=True)
class Setting:
    """How one field of RunSettings is read.

    read   makes the value of one text; raises ValueError that says what is wrong with it
    split  what stands between several texts in an environment variable; None: there is but one
    fleeting  texts that hold for one run only: for the command line, not for files or the environment
    live   it may change while a run goes on
    """

    field: str
    read: Callable[[str], object]
    split: str | None = None
    fleeting: tuple[str, ...] = ()
    live: bool = False


SETTINGS: dict[str, Setting] = {
    "input": Setting("input", read_input),
    "output": Setting("outputs", read_output, split=","),
    "background": Setting("background", read_background, fleeting=("none",), live=True),
    "blur": Setting("blur", read_blur, live=True),
    "subject": Setting("subject", read_subject, live=True),
    "subject-model": Setting("subject_model", read_endpoint),
    "blur-part": Setting("blur_part", read_blur_part, live=True),
    "aperture": Setting("aperture", read_aperture, live=True),
    "match": Setting("match", read_switch, live=True),
    "fit": Setting("fit", read_fit, live=True),
    "position": Setting("position", read_position, live=True),
    "frame": Setting("frame", read_frame, live=True),
    "grow": Setting("grow", read_grow),
    "feather": Setting("feather", read_feather),
    "model": Setting("model", read_model),
    "size": Setting("size", read_size),
    "fps": Setting("rate", read_rate),
    "threads": Setting("threads", read_threads),
    "device": Setting("device", read_device),
    "model-dir": Setting("model_dirs", read_folder, split=os.pathsep),
    "realtime": Setting("realtime", read_switch),
    "mirror": Setting("mirror", read_switch),
    "always-on": Setting("always_on", read_switch),
    "refine": Setting("refine", read_refine),
    "refine-every": Setting("refine_every", read_every),
    "refine-share": Setting("refine_share", read_share),
    "refine-latency": Setting("refine_latency", read_latency),
    "quality": Setting("quality", read_quality, live=True),
    "plate": Setting("plate", read_switch),
    "audio": Setting("audio", read_switch),
    "overwrite": Setting("overwrite", read_switch),
    "status": Setting("status", read_status),
}
