"""A number drawn into a picture, as blocks so wide that it can be read where the room is blurred."""

from __future__ import annotations

from softfocus.realtime.frame import Plane

BITS = 10
SHARE = 0.2  # of the height; no person is there, and the blur does not reach the strip's middle
BLACK, WHITE = 16, 235


def draw(number: int, luma: Plane) -> None:
    """Put the number, less than 2**BITS or what is left of it, into the strip at the top."""
    high, wide = strip(luma)
    for bit in range(BITS):
        luma[:high, bit * wide : (bit + 1) * wide] = WHITE if number >> bit & 1 else BLACK


def read(luma: Plane) -> int:
    """The number in a picture, also a blurred one."""
    high, wide = strip(luma)
    middles = [luma[high // 4 : high // 2, round((bit + 0.5) * wide)].mean() for bit in range(BITS)]
    return sum(1 << bit for bit, level in enumerate(middles) if level > (BLACK + WHITE) / 2)


def strip(luma: Plane) -> tuple[int, int]:
    """Its height and the width of a bit, px."""
    height, width = luma.shape
    return round(SHARE * height), width // BITS
