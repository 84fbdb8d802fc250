"""What is said to PipeWire byte by byte, and when it is chosen."""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import socket
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("PipeWire is Linux's", allow_module_level=True)

from conftest import unavailable

from softfocus.realtime.doctor.finding import Finding
from softfocus.realtime.doctor.pipewire import either, pipewire
from softfocus.realtime.errors import NoPipeWire
from softfocus.realtime.frame import Colour, Matrix, Range, Size
from softfocus.realtime.pipewire import desktop, library, structs, video
from softfocus.realtime.pipewire.offer import offers
from softfocus.realtime.pipewire.pod import (
    Choose,
    Property,
    choice,
    fraction,
    identity,
    integer,
    properties,
    rectangle,
    thing,
)
from softfocus.realtime.pipewire.stream import pictured
from softfocus.realtime.pipewire.video import Key, Layout, agreed, described, offered
from softfocus.realtime.sinks import choice as sinks_choice
from softfocus.realtime.sinks.choice import meant
from softfocus.realtime.sources.unpack import unpacker
from softfocus.realtime.sources.v4l2 import PixelFormat

HD = Size(1280, 720)
NAMES = {  # ours: the headers'
    structs.Chunk: "struct spa_chunk",
    structs.Data: "struct spa_data",
    structs.Meta: "struct spa_meta",
    structs.MetaHeader: "struct spa_meta_header",
    structs.SpaBuffer: "struct spa_buffer",
    structs.DictItem: "struct spa_dict_item",
    structs.Dict: "struct spa_dict",
    structs.StreamEvents: "struct pw_stream_events",
    structs.RegistryEvents: "struct pw_registry_events",
    structs.NodeEvents: "struct pw_node_events",
    structs.Buffer: "struct pw_buffer",
    structs.CoreEvents: "struct pw_core_events",
}
GROWING = (structs.Buffer, structs.CoreEvents)  # newer versions of these have more behind it
NUMBERS = (
    (Key.RANGE, "SPA_FORMAT_VIDEO_colorRange"),
    (Key.MATRIX, "SPA_FORMAT_VIDEO_colorMatrix"),
    (Key.LAYOUT, "SPA_FORMAT_VIDEO_format"),
    (Key.SIZE, "SPA_FORMAT_VIDEO_size"),
    (Key.RATE, "SPA_FORMAT_VIDEO_framerate"),
    (video.MJPG, "SPA_MEDIA_SUBTYPE_mjpg"),
    (video.OBJECT_FORMAT, "SPA_TYPE_OBJECT_Format"),
    (video.OBJECT_BUFFERS, "SPA_TYPE_OBJECT_ParamBuffers"),
    (video.OBJECT_META, "SPA_TYPE_OBJECT_ParamMeta"),
    (Layout.NV12, "SPA_VIDEO_FORMAT_NV12"),
    (Layout.UYVY, "SPA_VIDEO_FORMAT_UYVY"),
    (structs.DMA_BUF, "(1 << SPA_DATA_DmaBuf)"),
    (video.BT601, "SPA_VIDEO_COLOR_MATRIX_BT601"),
    (video.FORMAT, "SPA_PARAM_Format"),
    (video.META, "SPA_PARAM_Meta"),
    (Layout.YUY2, "SPA_VIDEO_FORMAT_YUY2"),
    (Layout.I420, "SPA_VIDEO_FORMAT_I420"),
    (Key.BUFFER_TYPES, "SPA_PARAM_BUFFERS_dataType"),
    (video.LIMITED_RANGE, "SPA_VIDEO_COLOR_RANGE_16_235"),
    (structs.State.STREAMING, "PW_STREAM_STATE_STREAMING"),
    (structs.Flag.DRIVER, "PW_STREAM_FLAG_DRIVER"),
    (structs.Flag.DONT_RECONNECT, "PW_STREAM_FLAG_DONT_RECONNECT"),
    (structs.CoreMethod.GET_REGISTRY, "PW_CORE_METHOD_GET_REGISTRY"),
    (structs.RegistryMethod.BIND, "PW_REGISTRY_METHOD_BIND"),
    (structs.NodeMethod.ENUM_PARAMS, "PW_NODE_METHOD_ENUM_PARAMS"),
)
FUNCS: Any = structs.Interface.funcs
HEADERS = """
#include <stddef.h>
#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>
#include <spa/param/buffers.h>
"""


def test_structures_and_numbers_are_those_of_the_headers(tmp_path: Path) -> None:
    if not (shutil.which("gcc") and Path("/usr/include/pipewire-0.3").is_dir()):
        unavailable("libpipewire-0.3-dev")
    claims = [f"{name} == {number}" for number, name in NUMBERS]
    for ours, name in NAMES.items():
        relation = ">=" if ours in GROWING else "=="
        claims.append(f"sizeof({name}) {relation} {ctypes.sizeof(ours)}")
        for field, *_ in ours._fields_:
            theirs = field.rstrip("_")
            claims.append(f"offsetof({name}, {theirs}) == {getattr(ours, field).offset}")
    claims.append(f"sizeof(struct spa_hook) == {ctypes.sizeof(structs.Hook)}")
    claims.append(f"offsetof(struct spa_interface, cb) == {FUNCS.offset}")
    source = HEADERS + "\n".join(
        f'_Static_assert({claim.replace(".value", "")}, "{claim}");' for claim in claims
    )
    (tmp_path / "claims.c").write_text(source)
    includes = ["-I/usr/include/pipewire-0.3", "-I/usr/include/spa-0.2"]
    done = subprocess.run(
        ["gcc", *includes, "-w", "-c", "claims.c", "-o", "/dev/null"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("colour", [Colour(), Colour(Range.FULL, Matrix.BT709)])
def test_a_format_is_read_as_it_was_written(colour: Colour) -> None:
    told = agreed(described(Layout.NV12, HD, 30000 / 1001, colour))
    assert told
    assert (told.layout, told.size, told.colour) == (Layout.NV12, HD, colour)
    assert told.rate == pytest.approx(29.97, abs=0.001)


def test_what_may_be_chosen_is_told_with_the_preferred_value_first() -> None:
    pod = thing(1, 2, {7: choice(Choose.RANGE, *map(integer, (4, 2, 16))), 8: rectangle(HD)})
    assert properties(pod) == {
        7: Property(Choose.RANGE, (4, 2, 16)),
        8: Property(Choose.NONE, (HD,)),
    }


def test_a_pod_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    pod = thing(1, 2, {7: integer(4), 8: rectangle(HD)})
    for length in range(8, len(pod)):
        assert set(properties(pod[:length])) <= {7, 8}


def test_a_cameras_choices_are_spread_out() -> None:
    layouts = choice(Choose.ENUM, *map(identity, (Layout.NV12, Layout.NV12, Layout.YUY2, 99)))
    sizes = choice(Choose.RANGE, *map(rectangle, (Size(640, 480), Size(160, 120), Size(1920, 1080))))
    rates = choice(Choose.ENUM, *(fraction(Fraction(rate)) for rate in (30, 30, 15)))
    fields = {Key.MEDIA_SUBTYPE: identity(video.RAW), Key.LAYOUT: layouts, Key.SIZE: sizes, Key.RATE: rates}
    found = offers([thing(video.OBJECT_FORMAT, video.ENUM_FORMAT, {**fields})], wanted=HD)
    assert {layout for layout, _, _ in found} == {"NV12", "YUYV"}
    assert HD in {size for _, size, _ in found}, "it lies in the range"
    assert {rates for _, _, rates in found} == {(30.0, 15.0)}


def test_where_chromas_rows_are_disputed_i420_is_not_offered() -> None:
    layouts = {size: [agreed(pod) for pod in offered(size, 30, Colour())] for size in (HD, Size(644, 362))}
    assert [told.layout for told in layouts[HD] if told] == [Layout.I420, Layout.NV12, Layout.YUY2]
    assert [told.layout for told in layouts[Size(644, 362)] if told] == [Layout.NV12, Layout.YUY2]


@pytest.mark.parametrize(
    ("in_desktop", "device", "chosen"),
    [
        (True, False, ["pipewire"]),
        (False, True, ["camera"]),
        (True, True, ["camera", "pipewire"]),
        (False, False, ["camera"]),
    ],
)
def test_camera_means_what_is_there(
    in_desktop: bool, device: bool, chosen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks_choice, "desktop_takes_cameras", lambda: in_desktop)
    monkeypatch.setattr(sinks_choice, "device_is_free", lambda: device)
    assert meant(["camera", "x.mp4"]) == [*chosen, "x.mp4"]
    assert meant(["pipewire", "camera:/dev/video7"]) == ["pipewire", "camera:/dev/video7"]


def test_a_desktop_is_known_by_its_portal_and_a_server_that_answers(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path), "XDG_DATA_DIRS": f"/nowhere:{tmp_path}", "HOME": "/nowhere"}
    assert not desktop.portal_installed(environ)
    assert not desktop.answers(environ)
    (tmp_path / desktop.PORTAL).parent.mkdir(parents=True)
    (tmp_path / desktop.PORTAL).touch()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "pipewire-0"))
        assert not desktop.answers(environ), "a socket that a dead server left behind"
        server.listen()
        assert desktop.answers(environ)
    assert desktop.portal_installed(environ)


def test_doctor_says_how_to_start_it(tmp_path: Path) -> None:
    (finding,) = pipewire({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert not finding.ok
    assert finding.fix == "systemctl --user start pipewire wireplumber"


def test_one_way_to_a_virtual_camera_is_enough() -> None:
    good, bad = (
        Finding("PipeWire", True, "1.0 runs"),
        Finding("v4l2loopback", False, "is not loaded", "load it"),
    )
    assert [finding.ok for finding in either([good, bad])] == [True, True]
    assert either([good, bad])[1].fix == "load it", "for programs that need it"
    neither = [Finding("PipeWire", False, "does not run"), bad]
    assert [finding.ok for finding in either(neither)] == [False, False]


@pytest.mark.parametrize("layout", ["NV12", "UYVY"])
def test_a_drivers_own_memory_is_read_where_it_lies(layout: str) -> None:
    """A file in memory stands for the driver's."""
    size = Size(320, 240)
    content = np.random.default_rng(1).integers(16, 235, size.width * size.height * 2, np.uint8)
    offset = 100
    with open(os.memfd_create("dmabuf"), "r+b") as file:
        file.write(bytes(mmap.PAGESIZE + offset) + content.tobytes())
        file.flush()
        chunk = structs.Chunk(offset=0, size=content.size, stride=0, flags=0)
        data = structs.Data(type=3, fd=file.fileno(), mapoffset=mmap.PAGESIZE + offset, maxsize=content.size)
        data.chunk = ctypes.pointer(chunk)
        picture = pictured(data)
        np.testing.assert_array_equal(picture, content)
        planes, _ = unpacker(PixelFormat(width=320, height=240, fourcc=layout.encode()))(picture) or (
            None,
            None,
        )
    assert planes
    luma = content[: 320 * 240] if layout == "NV12" else content[1::2]
    np.testing.assert_array_equal(planes.y.ravel(), luma)


def test_without_its_library_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SONAME", "libpipewire-none.so.0")
    with pytest.raises(
        NoPipeWire, match=r"libpipewire-none.*install it, for example: sudo apt install pipewire"
    ):
        library.library.__wrapped__()
