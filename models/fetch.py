"""Downloads model files. The only place in softfocus that goes to the network for anything but video.

A file arrives under a temporary name and takes its own when it is whole and right; an interrupted
download goes on where it stopped.
"""

from __future__ import annotations

import http.client
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from .errors import CannotStore, ModelCorrupt, NotAccepted, NotFetchable, PullFailed
from .manifest import Model, ModelFile
from .store import Vouch, approve, digest, expected, user_folder

Told = Callable[[str, int, int | None], None]  # file, bytes that are here, bytes in all if known

PATIENCE = 30.0  # s without a byte
CHUNK = 1 << 18  # bytes
LARGEST = 4_000_000_000  # bytes of a file; the largest that the manifest names has 180 million


class TooLarge(Exception):
    """More comes than any model has."""


def pull(model: Model, *, accepted: bool, tell: Told, vouch: Vouch) -> list[Path]:
    """Fetch a model's files into the user's folder, but for those that are there: where all of them are.

    accepted  the user accepts the licence, where it asks something
    vouch     asked about a file whose sha256 nobody knows
    """
    check_licence(model, accepted)
    return [fetch(model, file, user_folder() / file.name, tell, vouch) for file in model.files]


def check_licence(model: Model, accepted: bool) -> None:
    """Raises NotAccepted where the licence asks something that the user has not accepted."""
    if model.terms != "permissive" and not accepted:
        raise NotAccepted(model.name, model.licence, model.terms)


def fetch(model: Model, file: ModelFile, target: Path, tell: Told, vouch: Vouch) -> Path:
    """One file, unless it is there already and right."""
    wanted = expected(file)
    if wanted and target.is_file() and digest(target) == wanted:
        return target
    if file.url is None:
        raise NotFetchable(file.name, model.source)
    part = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not wanted:  # a rest of something else would not be noticed
            part.unlink(missing_ok=True)
        download(file.url, part, lambda here, all: tell(file.name, here, all))
        _approve(file, part, vouch)
        os.replace(part, target)
    except OSError as error:
        raise CannotStore(target, error.strerror or str(error)) from None
    return target


def _approve(file: ModelFile, part: Path, vouch: Vouch) -> None:
    try:
        approve(file, part, vouch)
    except ModelCorrupt:
        part.unlink()  # going on from it would end in the same
        raise


def download(url: str, part: Path, tell: Callable[[int, int | None], None]) -> None:
    """All of `url` into `part`, going on after what is there."""
    here = part.stat().st_size if part.is_file() else 0
    try:
        with _open(url, here) as answer:
            here = here if answer.status == 206 else 0
            total = _total(answer, here)
            if total is not None and total > LARGEST:
                raise PullFailed(url, f"it would be {total} bytes, more than any model has")
            with part.open("ab" if here else "wb") as arriving:
                here = _copy(answer, arriving, here, lambda now: tell(now, total))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and here and error.headers.get("Content-Range") == f"bytes */{here}":
            return  # it was whole
        if error.code == 416:
            part.unlink(missing_ok=True)  # longer than what it should be the beginning of
        raise PullFailed(url, f"{error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        raise PullFailed(url, str(error.reason)) from None
    except TooLarge:
        part.unlink(missing_ok=True)
        raise PullFailed(url, f"it does not end after {LARGEST} bytes, more than any model has") from None
    except (http.client.HTTPException, ssl.SSLError, ConnectionError, TimeoutError) as error:
        raise PullFailed(url, str(error) or type(error).__name__) from None
    if total is not None and here < total:
        raise PullFailed(url, f"it broke off after {here} of {total} bytes")


def _open(url: str, start: int) -> http.client.HTTPResponse:
    check_address(url)
    request = urllib.request.Request(url, headers={"User-Agent": "softfocus"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    opener = urllib.request.build_opener(_Redirects)
    answer: http.client.HTTPResponse = opener.open(request, timeout=PATIENCE)
    return answer


def _total(answer: http.client.HTTPResponse, here: int) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return here + int(length) if length.isdecimal() else None


def _copy(answer: IO[bytes], arriving: IO[bytes], here: int, tell: Callable[[int], None]) -> int:
    """What comes, as it comes; how much is here in the end."""
    while chunk := answer.read(CHUNK):
        if here + len(chunk) > LARGEST:
            raise TooLarge
        arriving.write(chunk)
        here += len(chunk)
        tell(here)
    return here


def check_address(url: str) -> None:
    """https, so that nobody on the way changes anything; or this machine, where nobody is on the way."""
    address = urlsplit(url)
    if address.scheme == "https" or (address.scheme == "http" and _is_here(address.hostname or "")):
        return
    raise PullFailed(url, "only https addresses are fetched from")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name; what it stands for is the network's to say
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows only to where we would have gone by ourselves."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        check_address(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)
