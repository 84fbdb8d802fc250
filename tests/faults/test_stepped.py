"""Masks that are wrong, at each level of quality, whichever frames are dropped: nobody sees the room."""

from __future__ import annotations

import zlib

import pytest
from faults.catalogue import faults
from faults.room import Scene
from faults.stepped import leaks

from softfocus.realtime.matting.effort import EVERY_FRAME, LADDER, Rung

pytestmark = pytest.mark.faults
RUNGS = (EVERY_FRAME, *LADDER)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
@pytest.mark.parametrize("name", [name for name, fault in faults().items() if fault.mask])
def test_the_room_is_never_seen_whatever_is_spent_on_a_frame(name: str, rung: Rung, scene: Scene) -> None:
    seed = zlib.crc32(f"{name}, {rung.name}".encode())
    assert leaks(faults()[name], rung.effort, scene, seed) == [], f"seed {seed}"
