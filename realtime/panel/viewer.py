"""One open page: pictures when it asks for them, and how things stand four times a second.

The page asks for each picture once it has shown the one before, so a slow one sees fewer, and nothing queues.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from aiohttp import WSCloseCode, WSMsgType, web

from .desk import Desk
from .guard import is_token
from .preview import Kind, Preview

TELL = 0.25  # s between two states
GREETING = 5.0  # s for the page to say the token
PATIENCE = 1.0  # s for a picture
REFUSED = 4401  # the close code for a wrong one
LONGEST = 4096  # bytes of what a page may say


class Pictures:
    """The newest JPEG of each kind, for all pages; on the loop's thread.

    begin  lets frames come; what it gives back ends that. While no page is open none come, and a webcam
           that nobody watches may rest.
    """

    def __init__(self, begin: Callable[[], Callable[[], None]]) -> None:
        self._begin = begin
        self._end: Callable[[], None] | None = None
        self._pages: set[web.WebSocketResponse] = set()
        self._changed = asyncio.Condition()
        self._newest: dict[Kind, bytes] = {}

    @asynccontextmanager
    async def shown_on(self, page: web.WebSocketResponse) -> AsyncGenerator[None]:
        """While that page is open."""
        self._pages.add(page)
        if self._end is None:
            self._end = self._begin()
        try:
            yield
        finally:
            self._pages.discard(page)
            await self._rest()

    async def _rest(self) -> None:
        if not self._pages and self._end is not None:
            end, self._end = self._end, None
            await asyncio.to_thread(end)  # waits for the sink's thread

    async def close(self) -> None:
        """Tell all pages that it is over."""
        await asyncio.gather(*(page.close(code=WSCloseCode.GOING_AWAY) for page in self._pages))

    async def put(self, kind: Kind, jpeg: bytes) -> None:
        async with self._changed:
            self._newest[kind] = jpeg
            self._changed.notify_all()

    async def next(self, kind: Kind) -> bytes | None:
        """The next that comes; None when none comes within a second."""
        before = self._newest.get(kind)
        with suppress(asyncio.TimeoutError):  # none came
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: self._newest.get(kind) is not before)
                return self._newest[kind]
        return None


async def view(
    request: web.Request, token: str, desk: Desk, preview: Preview, pictures: Pictures
) -> web.WebSocketResponse:
    """Serve a page until it goes."""
    page = web.WebSocketResponse(max_msg_size=LONGEST, heartbeat=20.0, timeout=1.0)
    await page.prepare(request)
    if not await greeted(page, token):
        await page.close(code=REFUSED, message=b"wrong token")
        return page
    telling = asyncio.create_task(tell(page, desk))
    try:
        async with pictures.shown_on(page):
            await show(page, preview, pictures)
    finally:
        telling.cancel()
    return page


async def show(page: web.WebSocketResponse, preview: Preview, pictures: Pictures) -> None:
    """A picture for each word of the page: "matte", or anything else for what leaves."""
    with suppress(ConnectionError):  # the page is gone
        async for message in page:
            if message.type is not WSMsgType.TEXT:
                return
            kind: Kind = "matte" if message.data == "matte" else "picture"
            preview.want(kind)
            if jpeg := await pictures.next(kind):
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
    with suppress(ConnectionError):  # the page is gone
        while not page.closed:
            state = desk.state(known)
            known = max([known, *(line["number"] for line in state["log"])])
            await page.send_str(json.dumps(state))
            await asyncio.sleep(TELL)
