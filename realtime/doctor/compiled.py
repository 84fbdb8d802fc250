"""What of softfocus is compiled here, and how the rest can be."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

from ...models.native import network
from ..forms import DEARER, jpeg_form, kernel_form, models_form
from ..kernel import choice
from ..sources.jpeg import decoder as jpeg
from .finding import Finding

COMPILER = {"linux": "gcc (for example: sudo apt install gcc)", "darwin": "clang (xcode-select --install)"}
AGAIN = "for less: install {compiler}, then: pip install --force-reinstall --no-deps {folder}"
WHEEL = "for less: install softfocus's wheel for this system"


def compiled() -> Iterator[Finding]:
    """What computes: the kernel, the networks that come with softfocus, webcams' JPEG."""
    fix = again()
    if choice.forms():
        yield Finding("kernel", True, f"compiled, for {kernel_form()}")
    else:
        yield Finding("kernel", True, f"not compiled: {kernel_form()} take {DEARER}", fix)
    if network.quick():
        yield Finding("light models", True, f"compiled, for {models_form()}")
    elif network.forms():
        yield Finding("light models", True, f"{models_form()} runs them; this processor lacks AVX2")
    else:
        yield Finding("light models", True, f"not compiled; {models_form()} takes its place", fix)
    if jpeg.forms():
        yield Finding("webcams' JPEG", True, f"compiled, for {jpeg_form()}")
    else:
        yield Finding("webcams' JPEG", True, "FFmpeg decodes it", fix if jpeg_can_be_compiled() else "")


def again() -> str:
    """How softfocus is installed with its compiled parts: from the folder that it came from, if one did."""
    compiler, folder = COMPILER.get(sys.platform), came_from()
    return AGAIN.format(compiler=compiler, folder=folder) if compiler and folder else WHEEL


def came_from() -> str | None:
    """The folder with the sources, as pip noted it."""
    try:
        noted: dict[str, Any] = json.loads(distribution("softfocus").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    address = urlparse(str(noted.get("url", "")))
    return url2pathname(address.path) if address.scheme == "file" and "dir_info" in noted else None


def jpeg_can_be_compiled() -> bool:
    """It is written for AVX2."""
    return platform.machine().lower() in ("x86_64", "amd64") and (not network.forms() or network.quick())
