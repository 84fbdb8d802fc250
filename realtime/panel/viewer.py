"""One open page: pictures when it asks for them, and how things stand four times a second.

The page asks for each picture once it has shown the one before, so a slow one sees fewer, and nothing queues.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSMsgType, web

from .desk import Desk
from .guard import is_token
from .preview import Preview

TELL = 0.25  # s between two states
GREETING = 5.0  # s for the page to say the token
PATIENCE = 1.0  # s for a picture
REFUSED = 4401  # the close code for a wrong one
LONGEST = 4096  # bytes of what a page may say


class Pictures:
    """The newest JPEG, for all pages; on the loop's thread.

    begin  lets frames come; what it gives back ends that. While no page is open none come, and a webcam
           that nobody watches may rest.
    """

    def __init__(self, begin: Callable[[], Callable[[], None]]) -> None:
        self._begin = begin
        self._end: Callable[[], None] | None = None
        self._pages = 0
        self._changed = asyncio.Condition()
        self._jpeg = b""
        self.number = 0

    async def __aenter__(self) -> None:
        """One more page is open."""
        self._pages += 1
        self._end = self._end or self._begin()

    async def __aexit__(self, *_: object) -> None:
        self._pages -= 1
        if not self._pages and self._end:
            end, self._end = self._end, None
            await asyncio.to_thread(end)  # waits for the sink's thread

    async def put(self, jpeg: bytes) -> None:
        async with self._changed:
            self._jpeg, self.number = jpeg, self.number + 1
            self._changed.notify_all()

    async def after(self, number: int) -> bytes | None:
        """The first that comes after that number; None when none comes within a second."""
        with suppress(asyncio.TimeoutError):
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: self.number > number)
                return self._jpeg
        return None


async def view(
    request: web.Request, token: str, desk: Desk, preview: Preview, pictures: Pictures
) -> web.WebSocketResponse:
    """Serve a page until it goes."""
    page = web.WebSocketResponse(max_msg_size=LONGEST, heartbeat=20.0)
    await page.prepare(request)
    if not await greeted(page, token):
        await page.close(code=REFUSED, message=b"wrong token")
        return page
    telling = asyncio.create_task(tell(page, desk))
    try:
        async with pictures:
            await show(page, preview, pictures)
    finally:
        telling.cancel()
    return page


async def show(page: web.WebSocketResponse, preview: Preview, pictures: Pictures) -> None:
    """A picture for each word of the page: "matte", or anything else for what leaves."""
    with suppress(ConnectionError):
        async for message in page:
            if message.type is not WSMsgType.TEXT:
                return
            number = pictures.number
            preview.want(matte=message.data == "matte")
            if jpeg := await pictures.after(number):
                await page.send_bytes(jpeg)
            else:
                await page.send_str("{}")  # nothing to show now; the page asks again


async def greeted(page: web.WebSocketResponse, token: str) -> bool:
    """Whether the first thing that the page says is the token."""
    with suppress(asyncio.TimeoutError, TypeError):  # TypeError: it closed, or sent bytes
        return is_token(await page.receive_str(timeout=GREETING), token)
    return False


async def tell(page: web.WebSocketResponse, desk: Desk) -> None:
    """How things stand, again and again."""
    known = 0
    with suppress(ConnectionError):
        while not page.closed:
            state = desk.state(known)
            known = max([known, *(line["number"] for line in state["log"])])
            await page.send_str(json.dumps(state))
            await asyncio.sleep(TELL)
