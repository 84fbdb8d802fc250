"""Who may use the panel: the page itself, with the token that only its user was told.

Any site that is open in the same browser can send requests to 127.0.0.1. So the host must be ours (a
name that an attacker points at this machine is not), the origin must be the page's own, and every call
carries the token in a header of its own, which no form and no picture can send. There are no cookies.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API = "/api/"
SITES = (None, "same-origin", "none")  # Sec-Fetch-Site: absent, ours, typed by the user


SEAL = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src blob: data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def guarding(token: str) -> Middleware:
    """Refuses all others: 403 for other hosts and origins, 401 without the token."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not from_here(request):
            raise web.HTTPForbidden(text="only for its own page")
        if request.path.startswith(API) and not is_token(bearer(request), token):
            raise web.HTTPUnauthorized(text="open the address that softfocus panel tells")
        return await handler(request)

    return guard


def from_here(request: web.Request) -> bool:
    """Whether the request was made to our own name, and by our own page or the user."""
    transport = request.transport
    if transport is None:
        return False
    port = transport.get_extra_info("sockname")[1]
    hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
    origin = request.headers.get("Origin")
    must_say = request.method not in ("GET", "HEAD") or "Upgrade" in request.headers
    if request.host not in hosts or request.headers.get("Sec-Fetch-Site") not in SITES:
        return False
    return origin == f"http://{request.host}" or (origin is None and not must_say)


def bearer(request: web.Request) -> str:
    """The token that a call carries."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


def is_token(given: object, token: str) -> bool:
    """In a time that does not tell how much of it was right."""
    said = given.encode(errors="surrogatepass") if isinstance(given, str) else b""
    return hmac.compare_digest(said, token.encode())


async def seal(request: web.Request, response: web.StreamResponse) -> None:
    """Nothing from elsewhere runs in the page, and nobody frames, reads or keeps it."""
    response.headers.update(SEAL)
