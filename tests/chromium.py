"""A real browser to click in: headless Chromium, spoken to over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from conftest import unavailable

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-sync",
    "--hide-scrollbars",
]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0"]
VIRTUAL_KEYS = {"Tab": 9, "Enter": 13, " ": 32, "ArrowRight": 39}


class Tab:
    """One page, driven as a user does; calls wait for their answer."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._loop = loop
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []  # what the page's console was told of errors

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command, and its result."""
        return self._loop.run_until_complete(self._ask(method, parameters))

    async def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        while True:
            answer = await self._socket.receive_json(timeout=30)
            if answer.get("method") == "Runtime.exceptionThrown":
                self.complaints.append(str(answer["params"]["exceptionDetails"]))
            if answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.complaints.append(str(answer["params"]["entry"]))
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def go(self, url: str) -> None:
        self.ask("Page.navigate", url=url)

    def value(self, script: str) -> Any:
        """Of an expression in the page, awaited if it is a promise."""
        given = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in given, given
        return given["result"].get("value")

    def until(self, script: str, seconds: float = 20.0) -> Any:
        """The expression's value once it is true."""
        end = time.monotonic() + seconds
        while not (value := self.value(script)):
            assert time.monotonic() < end, f"never: {script}"
            time.sleep(0.02)
        return value

    def click(self, selector: str, x: float = 0.5, y: float = 0.5, *, held: int = 0) -> None:
        """With the mouse, at that part of the element's width and height; held: 1 Alt, 2 Ctrl, 8 Shift."""
        box = self.until(
            f"(() => {{ const node = document.querySelector({selector!r}); if (!node) return null;"
            "node.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const at = node.getBoundingClientRect(); return [at.x, at.y, at.width, at.height]; })()"
        )
        place = {"x": box[0] + x * box[2], "y": box[1] + y * box[3], "button": "left", "clickCount": 1}
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, modifiers=held, **place)

    def press(self, key: str) -> None:
        text = {"Enter": "\r", " ": " "}.get(key, "")
        given = {"key": key, "windowsVirtualKeyCode": VIRTUAL_KEYS[key], "text": text}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **given)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **{**given, "text": ""})

    def type(self, text: str) -> None:
        self.ask("Input.insertText", text=text)

    def choose_files(self, selector: str, *files: Path) -> None:
        root = self.ask("DOM.getDocument")["root"]["nodeId"]
        node = self.ask("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.ask("DOM.setFileInputFiles", nodeId=node, files=[str(file) for file in files])

    def resize(self, width: int, height: int, scale: float = 1.0) -> None:
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=scale, mobile=width < 600,
        )  # fmt: skip

    def screenshot(self, path: Path) -> None:
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))


@contextmanager
def browsing(profile: Path, *flags: str, environ: Mapping[str, str] | None = None) -> Iterator[Tab]:
    """An empty page of a fresh Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        unavailable("Chromium")
    command = [str(chromium), *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"]
    browser = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environ)
    loop = asyncio.new_event_loop()
    try:
        assert browser.stderr
        lines = iter(browser.stderr.readline, "")
        port = next(found[1] for line in lines if (found := re.search(r"ws://127\.0\.0\.1:(\d+)/", line)))
        session, socket = loop.run_until_complete(opened(int(port)))
        tab = Tab(loop, socket)
        for domain in ("Page", "Runtime", "Log", "DOM"):
            tab.ask(f"{domain}.enable")
        yield tab
        loop.run_until_complete(socket.close())
        loop.run_until_complete(session.close())
    finally:
        browser.kill()
        browser.wait()
        assert browser.stderr
        browser.stderr.close()
        loop.close()


async def opened(port: int) -> tuple[aiohttp.ClientSession, aiohttp.ClientWebSocketResponse]:
    """A connection to Chromium's first page."""
    session = aiohttp.ClientSession()
    async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
        page = next(each for each in await answer.json() if each["type"] == "page")
    socket = await session.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0)
    return session, socket
