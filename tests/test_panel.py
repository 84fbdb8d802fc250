"""The control panel: in a real browser, and against those who are not its user."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import sys
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import cv2
import numpy as np
import pytest
from drawn import SIZE, frame, matte
from played import Collector, gate, until
from reached import Ran, running
from test_cli import softfocus

if sys.platform == "win32":
    pytest.skip("the browser is driven on Linux", allow_module_level=True)

from chromium import Tab, browsing

from softfocus.realtime.commands.options import serve_panel
from softfocus.realtime.errors import BadSetting, CannotWrite, PanelMissing
from softfocus.realtime.live.delivery import Counts, Delivery
from softfocus.realtime.live.outlet import Outlet
from softfocus.realtime.panel.door import Door
from softfocus.realtime.panel.gallery import Gallery
from softfocus.realtime.panel.preview import Preview
from softfocus.realtime.reason import Reason
from softfocus.realtime.sources.dimensions import dimensions

CLIP = "data/video_alpha/d_two_people.mp4"
SEEN = "Number(document.querySelector('#picture')?.dataset.count || 0)"


@pytest.fixture(scope="module")
def ran(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    with running(tmp_path_factory.mktemp("ran"), str(shared / CLIP), "640x360", "--panel") as ran:
        yield ran


@pytest.fixture(scope="module")
def url(ran: Ran) -> str:
    return ran.reached.panel()


@pytest.fixture(scope="module")
def browser(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("chromium")) as tab:
        tab.resize(1280, 900)
        yield tab


@pytest.fixture
def page(browser: Tab, url: str, ran: Ran) -> Tab:
    """The panel, freshly opened, with everybody before a blurred room."""
    ran.reached.set("subject", "all")
    ran.reached.set("background", "blur")
    browser.go("about:blank")
    browser.go(url)
    browser.until(f"{SEEN} > 3 && state !== null")
    return browser


def pixel(page: Tab, x: float, y: float) -> list[int]:
    """Red, green, blue of what the page shows at that part of the picture."""
    script = (
        "(() => { const c = document.querySelector('#picture');"
        f"return [...c.getContext('2d').getImageData({x} * c.width, {y} * c.height, 1, 1).data].slice(0, 3);"
        "})()"
    )
    return list(page.value(script))


def is_near(page: Tab, x: float, y: float, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.subtract(pixel(page, x, y), colour)).max() < 24)


def picture(path: Path, colour: tuple[int, int, int]) -> Path:
    cv2.imwrite(str(path), np.full((90, 160, 3), colour[::-1], np.uint8))
    return path


def test_a_click_on_a_background_changes_what_goes_out(page: Tab, ran: Ran) -> None:
    page.click("[data-background='green']")
    until(lambda: is_near(page, 0.02, 0.02, (0, 255, 0)))
    page.until("document.querySelector(\"[data-background='green']\").ariaPressed === 'true'")
    assert ran.settings()["background"] == "#00ff00"


def test_a_picture_that_is_brought_is_shown_behind_the_people(page: Tab, ran: Ran, tmp_path: Path) -> None:
    page.choose_files("#file", picture(tmp_path / "pink.png", (240, 60, 200)))
    until(lambda: is_near(page, 0.02, 0.02, (240, 60, 200)))
    name = Path(ran.settings()["background"]).name
    assert page.until(f"document.querySelector(\"[data-background='{name}'] img\")?.naturalWidth") == 192
    page.click("[data-background='blur']")
    until(lambda: not is_near(page, 0.02, 0.02, (240, 60, 200)))
    page.click(f"[data-background='{name}']")
    until(lambda: is_near(page, 0.02, 0.02, (240, 60, 200)))


def test_what_is_dropped_on_the_page_is_brought_too_and_what_is_no_picture_is_said(page: Tab) -> None:
    page.value(
        "(() => { const bag = new DataTransfer(); bag.items.add(new File(['no picture'], 'x.png'));"
        "document.dispatchEvent(new DragEvent('drop', {dataTransfer: bag, cancelable: true})); })()"
    )
    page.until("document.querySelector('#note').textContent.includes('this is no picture to be used')")


def test_a_click_on_a_person_hides_the_others(page: Tab, ran: Ran) -> None:
    """The two of the clip stand left and right, and each has a mark."""
    page.click("[data-background='green']")
    until(lambda: is_near(page, 0.02, 0.02, (0, 255, 0)))
    left, right = sorted(mark["centroid"] for mark in page.until("state.marks.length === 2 && state.marks"))
    page.click("#picture", left[0] / 640, left[1] / 360 + 0.1)  # beside the number
    page.until("state.marks.filter(mark => mark.chosen).length === 1")
    chosen = page.value("state.marks.find(mark => mark.chosen).centroid")
    assert np.hypot(*np.subtract(chosen, left)) < np.hypot(*np.subtract(chosen, right))
    until(lambda: page.value("state.report.state") == "open")
    other = page.value("state.marks.find(mark => !mark.chosen).centroid")
    until(lambda: is_near(page, other[0] / 640, other[1] / 360, (0, 255, 0)))
    page.click("#people [data-who=all]")
    page.until("state.report.settings.subject === 'all'")


@pytest.mark.parametrize(("held", "said"), [(8, "kept"), (1, "hidden"), (2, "hidden")])
def test_a_click_with_a_key_keeps_or_hides_what_is_there(page: Tab, held: int, said: str) -> None:
    page.click("#picture", 0.05, 0.05, held=held)
    page.until(f"document.querySelector('#note').textContent === 'The thing there is {said}'")
    assert page.value("state.report.settings.subject") == "all"
    page.click("#people [data-who=all]")  # lets go of it


def test_a_part_of_them_is_hidden_on_a_click_and_one_that_cannot_be_found_is_said(
    page: Tab, ran: Ran
) -> None:
    page.click("[name=blur-part][value=person]")
    page.until("state.report.settings['blur-part'] === 'person'")
    page.click("[name=blur-part][value=hair]")
    page.until("document.querySelector('#note').textContent.includes('model hair is not here')")
    page.until("document.querySelector('[name=blur-part]:checked').value === 'person'")
    page.click("[name=blur-part][value=none]")
    page.click("[name=match][value=true]")
    page.until("state.report.settings.match === 'true'")
    assert ran.settings()["blur-part"] == "none"
    page.click("[name=match][value=false]")
    page.until("state.report.settings.match === 'false'")


def test_the_room_is_learnt_on_a_click_and_the_user_told_to_step_aside(page: Tab, ran: Ran) -> None:
    ran.reached.set("quality", "high")  # on a busy machine the room is not learnt
    until(lambda: asked_to_step_aside(page))
    ran.reached.set("quality", "auto")
    assert page.value("document.querySelector('[data-ask=refine]').hidden")  # there is no refiner


def asked_to_step_aside(page: Tab) -> bool:
    """Once the work for a frame is all there again."""
    page.click("[data-ask=learn]")
    page.until("!document.querySelector('#note').hidden")
    return bool(page.value("/step out of the picture/.test(document.querySelector('#notice').textContent)"))


def test_the_matte_is_shown_in_the_pictures_place(page: Tab) -> None:
    page.click("[value=matte]")
    until(lambda: is_near(page, 0.02, 0.02, (0, 0, 0)))
    x, y = page.until("state.marks.length && state.marks[0].centroid")
    until(lambda: is_near(page, x / 640, y / 360, (255, 255, 255)))
    page.click("[value=picture]")
    until(lambda: not is_near(page, 0.02, 0.02, (0, 0, 0)))


def test_words_choose_too_and_unknown_ones_are_told(page: Tab, ran: Ran) -> None:
    page.until("state.marks.length === 2")
    page.click("#phrase")
    page.type("right")
    page.press("Enter")
    page.until("state.report.settings.subject === 'right'")
    page.click("#phrase")
    page.type(" purple elephant")
    page.press("Enter")
    page.until("document.querySelector('#note').textContent.includes('is not understood')")
    assert ran.settings()["subject"] == "right"


def test_all_can_be_done_with_the_keyboard(page: Tab, ran: Ran) -> None:
    keys = {"tile #20304a": "Enter", "blur": "ArrowRight"}
    reached = set[str]()
    for _ in range(40):
        page.press("Tab")
        focus = page.value("document.activeElement.id || `tile ${document.activeElement.dataset.background}`")
        if focus in keys and focus not in reached:
            page.press(keys[focus])
        reached.add(focus)
    assert {"phrase", "tile #20304a", "blur", "colour", "file", "log"} <= reached
    until(lambda: ran.settings()["background"] == "#20304a")
    until(lambda: ran.settings()["blur"] == "49")


def test_nothing_comes_from_elsewhere_and_the_page_has_nothing_to_complain_about(page: Tab) -> None:
    names = page.value("performance.getEntriesByType('resource').map(entry => entry.name)")
    origin = page.value("location.origin")
    assert len(names) >= 2
    assert all(name.startswith((origin, "blob:", "data:")) for name in names)
    assert page.value("location.hash") == ""  # the token does not stay where it is seen
    assert page.complaints == [] or all("422" in each for each in page.complaints)


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_a_window_as_wide_as_a_phone(page: Tab, width: int) -> None:
    page.resize(width, 844)
    assert page.until("document.documentElement.clientWidth") == width
    assert page.value("document.documentElement.scrollWidth") == width
    stage = page.value("document.querySelector('#stage').getBoundingClientRect().width")
    assert stage > 0.85 * 390
    page.resize(1280, 900)


def test_an_address_with_another_token_shows_nothing(browser: Tab, url: str) -> None:
    browser.go("about:blank")
    browser.go(url.replace("#", "#wrong"))
    assert browser.until("document.querySelector('#state')?.textContent.includes('not the address') && 1")
    assert browser.value(SEEN) == 0


# ── those who are not its user ───────────────────────────────────────────────


def ask(
    url: str, path: str, *, body: bytes | None = None, token: bool = True, **headers: str
) -> tuple[int, bytes]:
    """A request as any program or site could send it; status and body."""
    address, _, word = url.partition("#")
    request = urllib.request.Request(address + path, data=body)
    if body is not None:
        request.add_header("Origin", address.rstrip("/"))
    if token:
        request.add_header("Authorization", f"Bearer {word}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def wanted(name: str, text: str) -> bytes:
    return json.dumps({"name": name, "text": text}).encode()


def test_its_user_is_served(url: str, ran: Ran) -> None:
    assert ask(url, "api/set", body=wanted("blur", "9"))[0] == 200
    assert ran.settings()["blur"] == "9"
    status, body = ask(url, "", token=False)
    assert (status, b"<title>softfocus</title>" in body) == (200, True)


@pytest.mark.parametrize(
    ("status", "token", "headers"),
    [
        (401, False, {}),
        (401, False, {"Authorization": "Bearer wrong"}),
        (403, True, {"Host": "evil.example"}),
        (403, True, {"Host": "evil.example:80", "Origin": "http://evil.example:80"}),
        (403, True, {"Origin": "https://evil.example"}),
        (403, True, {"Origin": "null"}),
        (403, True, {"Origin": "http://127.0.0.1:1"}),
        (403, True, {"Sec_Fetch_Site": "cross-site"}),
        (403, True, {"Sec_Fetch_Site": "same-site"}),
    ],
)
def test_others_are_refused(url: str, ran: Ran, status: int, token: bool, headers: dict[str, str]) -> None:
    before = ran.settings()
    assert ask(url, "api/set", body=wanted("blur", "33"), token=token, **headers)[0] == status
    assert ran.settings() == before


def test_a_form_of_another_site_without_an_origin_is_refused(url: str) -> None:
    address, _, word = url.partition("#")

    async def posted() -> int:
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bearer {word}"}
            async with session.post(
                address + "api/set", data=wanted("blur", "33"), headers=headers
            ) as answer:
                return int(answer.status)

    assert asyncio.run(posted()) == 403


@pytest.mark.parametrize(
    ("first", "headers", "ends"),
    [("wrong", {}, 4401), (None, {"Origin": "https://evil.example"}, 403), (None, {"Origin": ""}, 403)],
)
def test_no_picture_leaves_without_the_token_or_for_another_origin(
    url: str, first: str | None, headers: dict[str, str], ends: int
) -> None:
    address, _, word = url.partition("#")

    async def seen() -> tuple[int, list[Any]]:
        given = {"Origin": address.rstrip("/"), **headers}
        async with aiohttp.ClientSession() as session:
            try:
                async with session.ws_connect(address + "live", headers=given) as socket:
                    await socket.send_str(first or word)
                    await socket.send_str("picture")
                    return socket.close_code or 0, [m.data async for m in socket] + [socket.close_code]
            except aiohttp.WSServerHandshakeError as refusal:
                return refusal.status, []

    code, messages = asyncio.run(seen())
    assert (code, messages) == (ends, []) if ends == 403 else messages == [ends]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("background", "none", b"never outlives a run"),
        ("background", "/etc/hostname.png", b"there is no picture"),
        ("background", "../ran.png", b"there is no picture"),
        ("background", "camera:0", b"there is no picture"),
        ("background", "http://127.0.0.1:1/x.mjpg", b"there is no picture"),
        ("size", "64x64", b"cannot change in a run"),
        ("blur", "1e9", b"is not light or strong or a number"),
    ],
)
def test_the_page_cannot_do_more_than_it_shows(url: str, ran: Ran, name: str, text: str, why: bytes) -> None:
    before = ran.settings()
    status, body = ask(url, "api/set", body=wanted(name, text))
    assert status == 422
    assert why in body
    assert ran.settings() == before


@pytest.mark.parametrize(
    "path", ["api/backgrounds/..%2f..%2fsettings.toml", "api/backgrounds/x.jpg", "panel.py"]
)
def test_no_other_file_is_served(url: str, path: str) -> None:
    assert ask(url, path)[0] == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("api/choose", b'{"x": NaN, "y": 1}'),
        ("api/choose", b'{"x": 1e400, "y": -1e400}'),
        ("api/choose", b'{"x": 1' + 400 * b"0" + b', "y": 1}'),
        ("api/choose", b'{"x": ' + 50_000 * b"[" + b"}"),
        ("api/choose", b'{"text": "\\ud800"}'),
        ("api/choose", b"\xff"),
        ("api/set", b'{"name": "background", "text": ".."}'),
        ("api/set", b'{"name": "background", "text": "\\ud800/a.jpg"}'),
        ("api/set", b'{"name": "blur", "text": "\\u0000"}'),
        ("api/ask", b"[]"),
        ("api/backgrounds", b""),
        ("api/backgrounds/..", None),
        ("api/backgrounds/%2e%2e%2fsettings.toml", None),
        ("api/backgrounds/%00", None),
    ],
)
def test_what_makes_no_sense_is_the_callers_fault_and_said_so(
    url: str, path: str, body: bytes | None, ran: Ran
) -> None:
    assert 400 <= ask(url, path, body=body)[0] < 500
    assert not ran.says("Traceback")


def test_many_who_say_nothing_keep_nobody_out(url: str, ran: Ran) -> None:
    """A thousand of them were as many descriptors, and the end of the run."""
    port = int(url.rpartition(":")[2].partition("/")[0])
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(300)]
    try:
        until(lambda: len(os.listdir(f"/proc/{ran.process.pid}/fd")) < 250)
        assert ask(url, "api/backgrounds")[0] == 200
    finally:
        for caller in idle:
            caller.close()


def test_who_says_nothing_is_sent_away_and_who_asks_is_not() -> None:
    class Echo(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(data)

    async def visited() -> None:
        door = Door(Echo, silence=0.2)
        server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        visits = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        (asks, says), (silent, _), (half, begins) = visits
        says.write(b"GET / HTTP/1.1\r\n\r\n")
        begins.write(b"GET / HT")
        assert await silent.read() == b""
        assert await half.read() in (b"", b"GET / HT")
        says.write(b"more")
        assert (await asks.readexactly(22)).endswith(b"more")
        assert len(door.inside) == 1
        for _, writer in visits:
            writer.close()
        server.close()

    with suppress(ConnectionResetError):
        asyncio.run(visited())


def test_an_upload_that_is_too_large_is_refused(url: str) -> None:
    assert ask(url, "api/backgrounds", body=bytes(17_000_000))[0] == 413


def test_panel_tells_the_address_of_the_one_that_runs(ran: Ran, url: str) -> None:
    assert ran.softfocus("panel", "--no-browser") == (0, url + "\n", "")
    assert ran.says(f"softfocus: {url}")  # it was asked for at the start, too


def test_panel_starts_one_where_none_runs(tmp_path: Path) -> None:
    status, out, err = softfocus(
        "panel",
        "--no-browser",
        "--input",
        "gone.mp4",
        "-o",
        "null",
        at=tmp_path,
        XDG_RUNTIME_DIR=str(tmp_path),
    )
    assert (status, out) == (1, "")
    assert "cannot read gone.mp4" in err


def test_a_run_ends_while_a_page_is_open_and_tells_it_so(tmp_path: Path) -> None:
    async def seen(ran: Ran, url: str) -> int:
        address, _, word = url.partition("#")
        origin = address.rstrip("/")
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address + "live", origin=origin) as socket,
        ):
            for text in (word, "picture"):
                await socket.send_str(text)
            while not isinstance((await socket.receive()).data, bytes):
                pass
            ran.process.send_signal(signal.SIGTERM)
            async for _ in socket:
                pass
            return socket.close_code or 0

    with running(tmp_path) as ran:
        assert asyncio.run(seen(ran, ran.reached.panel())) == 1001
        assert ran.process.wait(timeout=30) == 0
        assert not any(word in ran.log.read_text() for word in ("Traceback", "Task", "Error"))


def test_without_what_serves_it_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    with pytest.raises(PanelMissing, match=r"pip install 'softfocus\[panel\]'"):
        serve_panel(None, None)


# ── its parts ────────────────────────────────────────────────────────────────


def test_a_frame_that_shows_the_room_is_never_made_into_a_picture() -> None:
    made: list[bytes] = []
    guard, preview = gate(), Preview(SIZE, lambda kind, jpeg: made.append(jpeg))
    preview.want("picture")
    guard.pass_through(True)
    raw = guard.let_through(frame(0))
    preview.send(raw)
    assert made == []
    raw.release()
    guard.pass_through(False)
    shielded = guard.close(replace(frame(1)), Reason.BROKEN_MASK)
    preview.send(shielded)
    shielded.release()
    assert len(made) == 1
    assert cv2.imdecode(np.frombuffer(made[0], np.uint8), cv2.IMREAD_COLOR).shape == (180, 320, 3)


def test_nothing_is_made_that_nobody_asked_for_and_the_matte_on_request() -> None:
    made: list[bytes] = []
    guard = gate()
    alpha = matte(frame()).alpha
    preview = Preview(SIZE, lambda kind, jpeg: made.append(jpeg), lambda: alpha)
    shielded = guard.close(frame(), Reason.START)
    preview.send(shielded)
    assert made == []
    preview.want("matte")
    preview.send(shielded)
    shielded.release()
    grey = cv2.imdecode(np.frombuffer(made[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.abs(grey.astype(int) - alpha).mean() < 2


def test_after_a_change_each_frame_may_be_a_picture_and_else_fifteen_a_second() -> None:
    """The frames come at once, and so within the time that lies between two pictures else."""
    made: list[bytes] = []
    preview = Preview(SIZE, lambda kind, jpeg: made.append(jpeg))
    shielded = gate().close(frame(), Reason.START)
    preview._last = float("inf")  # just now, however slow this machine is
    preview.want("picture")
    preview.send(shielded)
    assert made == []
    preview.hurry()
    preview.send(shielded)
    shielded.release()
    assert len(made) == 1


def test_a_tap_gets_frames_until_it_ends_and_counts_for_nothing() -> None:
    def broken(composed: object) -> None:
        raise CannotWrite("the page", "it is gone")

    outlet, collector, bad = Outlet(Collector()), Collector(), Collector(broken)
    deliver = Delivery([outlet], None, Counts())
    end, end_bad = deliver.tap(collector), deliver.tap(bad)
    deliver(gate().close(frame(1), Reason.START))
    until(lambda: bad.closed and collector.got)
    assert deliver.tapped
    assert deliver.failed is None
    end()
    end_bad()
    deliver(gate().close(frame(2), Reason.START))
    assert not deliver.tapped
    assert ([got.index for got in collector.got], collector.closed) == ([1], 1)
    outlet.close()


@pytest.mark.parametrize("kind", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("size", [(64, 48), (801, 3)])
def test_a_picture_says_how_large_it_is(kind: str, size: tuple[int, int]) -> None:
    _, packed = cv2.imencode(kind, np.zeros((size[1], size[0], 3), np.uint8))
    assert dimensions(packed.tobytes()) == size


def test_lossless_and_progressive_pictures_say_it_too() -> None:
    drawn = np.zeros((30, 50, 3), np.uint8)
    _, lossless = cv2.imencode(".webp", drawn, [cv2.IMWRITE_WEBP_QUALITY, 101])
    _, progressive = cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert dimensions(lossless.tobytes()) == dimensions(progressive.tobytes()) == (50, 30)


def bomb(side: int) -> bytes:
    """A PNG of a few bytes that would take gigabytes to decode."""
    header = b"IHDR" + struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.parametrize("packed", [b"", b"GIF89a", bomb(30_000), b"\xff\xd8\xff\xe0", b"RIFF....WEBPVP8X"])
def test_what_is_no_picture_or_a_huge_one_is_refused_before_it_is_decoded(
    tmp_path: Path, packed: bytes
) -> None:
    with pytest.raises(BadSetting, match="no picture to be used"):
        Gallery(tmp_path).add(packed)


def test_a_broken_picture_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="broken"):
        Gallery(tmp_path / "g").add(bomb(100))
    assert not (tmp_path / "g").exists()


def test_what_a_picture_tells_beside_itself_is_not_kept(tmp_path: Path) -> None:
    _, packed = cv2.imencode(".jpg", np.full((3000, 4000, 3), 90, np.uint8))
    told = b"Exif\0\0 at home"
    tagged = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(told) + 2) + told + packed.tobytes()[2:]
    gallery = Gallery(tmp_path / "backgrounds")
    name = gallery.add(tagged)
    assert gallery.names() == [name]
    kept = gallery.path(name).read_bytes()
    assert b"at home" not in kept
    assert dimensions(kept) == (2560, 1920)
    assert dimensions(gallery.thumbnail(name)) == (192, 108)
    assert gallery.add(tagged) == name
