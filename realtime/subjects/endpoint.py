"""Where a picture may be sent to: encrypted, or to this very machine."""

from __future__ import annotations

import re
from ipaddress import ip_address

HTTP = re.compile(r"http://(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+))(?::\d{1,5})?(?:[/?#].*)?", re.IGNORECASE)


def kept_private(url: str) -> bool:
    """Whether nobody on the way sees what is sent there: https, or http to this machine's own address."""
    if re.match("https://[^/?#]", url, re.IGNORECASE):
        return True
    found = HTTP.fullmatch(url)
    return found is not None and is_here(found[1] or found[2])


def is_here(host: str) -> bool:
    """What other names stand for is the network's to say."""
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
