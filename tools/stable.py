"""The names of Python's stable interface that the oldest Python we serve has, and so every later one."""

from __future__ import annotations

import abi3info  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

OLDEST = (3, 11)  # whose limited interface the sources ask for


def functions() -> set[str]:
    return {
        symbol.name
        for symbol, function in abi3info.FUNCTIONS.items()
        if (function.added.major, function.added.minor) <= OLDEST
    }


def data() -> set[str]:
    """Variables, such as PyExc_ValueError."""
    return {
        symbol.name
        for symbol, variable in abi3info.DATAS.items()
        if (variable.added.major, variable.added.minor) <= OLDEST
    }
