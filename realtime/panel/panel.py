"""The panel's server: a thread with a loop of its own, in the process that runs."""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from platformdirs import user_data_path

from ...models.errors import SoftfocusError
from ..control.journal import Journal
from ..control.running import Running
from ..errors import CannotListen
from ..live.tolerant import Tolerant
from .desk import Desk
from .door import Door
from .gallery import HEAVIEST, Gallery
from .guard import Handler, guarding, seal
from .preview import Kind, Preview
from .viewer import Pictures, view

AT_ONCE = 16  # connections that are taken in one go
SLOWEST = 30.0  # s for the body of a request

FILES = {"/": ("panel.html", "text/html"), "/panel.css": ("panel.css", "text/css")}
FILES["/panel.js"] = ("panel.js", "text/javascript")


class Panel:
    """Serves the page on 127.0.0.1, on a port and with a token of its own, until `close`.

    url  what to open; the token stands behind the #, which browsers send to nobody
    """

    def __init__(self, running: Running, journal: Journal) -> None:
        self._token = secrets.token_urlsafe(32)
        self._desk = Desk(running, Gallery(user_data_path("softfocus") / "backgrounds"), journal)
        self._port: Future[int] = Future()
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._port.result()}/#{self._token}"

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:  # there is no port to be had
            self._port.set_exception(CannotListen("the panel", error.strerror or str(error)))

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(telling())

        def made(kind: Kind, jpeg: bytes) -> None:
            asyncio.run_coroutine_threadsafe(pictures.put(kind, jpeg), self._loop)

        running = self._desk.running
        preview = Preview(running.size, made, running.matte)
        pictures = Pictures(lambda: running.watch(preview))
        runner = web.AppRunner(
            self._application(preview, pictures),
            access_log=None,
            shutdown_timeout=0.5,
            keepalive_timeout=15.0,
        )
        await runner.setup()
        assert runner.server
        server = await self._loop.create_server(Door(runner.server), "127.0.0.1", 0, backlog=AT_ONCE)
        try:
            self._port.set_result(server.sockets[0].getsockname()[1])
            await self._end.wait()
        finally:
            server.close()
            await pictures.close()
            await runner.cleanup()

    def _application(self, preview: Preview, pictures: Pictures) -> web.Application:
        def steering(handler: Handler) -> Handler:
            async def steered(request: web.Request) -> web.StreamResponse:
                answer = await handler(request)
                preview.hurry()
                return answer

            return steered

        async def live(request: web.Request) -> web.WebSocketResponse:
            return await view(request, self._token, self._desk, preview, pictures)

        application = web.Application(middlewares=[guarding(self._token)], client_max_size=HEAVIEST)
        application.on_response_prepare.append(seal)
        for path in FILES:
            application.router.add_get(path, static)
        application.router.add_get("/live", live)
        application.router.add_post("/api/set", steering(self._set))
        application.router.add_post("/api/choose", steering(self._choose))
        application.router.add_post("/api/ask", self._ask)
        application.router.add_get("/api/backgrounds", self._list)
        application.router.add_post("/api/backgrounds", self._add)
        application.router.add_get("/api/backgrounds/{name}", self._thumbnail)
        return application

    async def _set(self, request: web.Request) -> web.Response:
        wanted = await asked(request)
        return await answered(self._desk.set, str(wanted.get("name")), str(wanted.get("text")))

    async def _choose(self, request: web.Request) -> web.Response:
        return await answered(self._desk.choose, await asked(request))

    async def _ask(self, request: web.Request) -> web.Response:
        wanted = await asked(request)
        return await answered(self._desk.ask, str(wanted.get("what")))

    async def _list(self, request: web.Request) -> web.Response:
        return await answered(self._desk.gallery.names)

    async def _add(self, request: web.Request) -> web.Response:
        return await answered(self._desk.add, await body(request))

    async def _thumbnail(self, request: web.Request) -> web.Response:
        try:
            jpeg = await asyncio.to_thread(self._desk.gallery.thumbnail, request.match_info["name"])
        except (SoftfocusError, OSError) as error:
            raise web.HTTPNotFound(text=str(error)) from None
        return web.Response(body=jpeg, content_type="image/jpeg")


async def static(request: web.Request) -> web.Response:
    """The page and what belongs to it: nothing in there is secret."""
    name, kind = FILES[request.path]
    text = Path(__file__).with_name(name).read_text("utf-8")
    return web.Response(text=text, content_type=kind)


async def body(request: web.Request) -> bytes:
    """All that a call carries; 408 for one that takes too long to say it."""
    try:
        async with asyncio.timeout(SLOWEST):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


async def asked(request: web.Request) -> dict[str, Any]:
    """The JSON object that a call carries."""
    try:
        wanted: Any = json.loads(await body(request), parse_constant=refused)
    except (ValueError, RecursionError):  # no JSON, NaN and its like, a thousand brackets
        wanted = None
    if not isinstance(wanted, dict):
        raise web.HTTPBadRequest(text="not a JSON object")
    return cast("dict[str, Any]", wanted)


def refused(constant: str) -> object:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(constant)


async def answered(work: Callable[..., object], *arguments: Any) -> web.Response:
    """What it gives, on another thread, since it may take a while; 422 with the reason when it fails."""
    try:
        return web.json_response(await asyncio.to_thread(work, *arguments))
    except SoftfocusError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from None
    except (ValueError, OverflowError) as error:  # text that is no text, places beyond all numbers
        raise web.HTTPUnprocessableEntity(text=f"not understood: {error}") from None


def telling() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What goes wrong beside all requests, such as no descriptor for one more: a line, now and then."""
    tolerant = Tolerant()

    def told(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        tolerant.tell("a connection to the panel", context.get("exception") or Exception(context["message"]))

    return told
