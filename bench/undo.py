"""What somebody might do to read through a blur whose kernel they know."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from ..realtime.frame import Plane

Floats = npt.NDArray[np.float32]
Place = tuple[int, int, int, int]

NOISES = (1e-3, 1e-4, 1e-5, 1e-6)  # over signal: from careful to bold
ROUNDS = (20, 100)  # of Richardson and Lucy's iteration


def kernel(sigma: float, across: float) -> Floats:
    """A Gaussian of `sigma` px, spread over a disc `across` px wide (0: over none); its sum is 1."""
    reach = int(np.ceil(4 * sigma + across / 2)) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(across / 2 + 0.5 - np.hypot(rows, columns), 0, 1).astype(np.float32)
    whole: Floats = np.asarray(cv2.GaussianBlur(disc, (0, 0), max(sigma, 0.1)), np.float32)
    return np.asarray(whole / whole.sum(), np.float32)


def attempts(plane: Plane, place: Place, sigma: float, across: float) -> Iterator[tuple[str, Plane]]:
    """A place of a plane, x, y, width and height, px, as somebody might read it, by how that came about."""
    x, y, width, height = place
    yield "as it is", plane[y : y + height, x : x + width]
    factor = max(1, int(np.hypot(sigma, across / 4) / 5))  # finer there is nothing to be found
    known = kernel(sigma / factor, across / factor)
    border = factor * (known.shape[0] // 2)
    framed = cv2.copyMakeBorder(plane, border, border, border, border, cv2.BORDER_REFLECT)
    around = framed[y : y + height + 2 * border, x : x + width + 2 * border]
    size = around.shape[1] // factor, around.shape[0] // factor
    picture = np.asarray(cv2.resize(around, size, interpolation=cv2.INTER_AREA), np.float32)
    for noise in NOISES:
        yield f"Wiener {noise:g}", stretched(wiener(picture, known, noise), border // factor, (width, height))
    for rounds in ROUNDS:
        yield f"R.-L. {rounds}", stretched(lucy(picture, known, rounds), border // factor, (width, height))


def wiener(picture: Floats, known: Floats, noise: float) -> Floats:
    """Wiener's filter: H* / (|H|² + noise)."""
    mean = picture.mean()
    response = transfer(known, picture.shape)
    found = np.fft.rfft2(picture - mean) * np.conj(response) / (np.abs(response) ** 2 + noise)
    return np.asarray(np.fft.irfft2(found, s=picture.shape) + mean, np.float32)


def lucy(picture: Floats, known: Floats, rounds: int) -> Floats:
    """Richardson (1972) and Lucy (1974): x · Hᵀ(y / Hx), again and again; the kernels are symmetric."""
    response = transfer(known, picture.shape)

    def blurred(each: Floats) -> Floats:
        spread = np.fft.irfft2(np.fft.rfft2(each) * response, s=picture.shape)
        return np.maximum(np.asarray(spread, np.float32), np.float32(0.5))

    found = picture.copy()
    for _ in range(rounds):
        found *= blurred(picture / blurred(found))
    return found


def transfer(known: Floats, shape: tuple[int, ...]) -> npt.NDArray[np.complex128]:
    """The kernel's Fourier transform, its middle at the origin."""
    whole = np.zeros(shape, np.float64)
    side = known.shape[0]
    whole[:side, :side] = known
    return np.asarray(np.fft.rfft2(np.roll(whole, (-(side // 2),) * 2, (0, 1))), np.complex128)


def stretched(found: Floats, border: int, size: tuple[int, int]) -> Plane:
    """Without its border, in the whole range of codes, of `size`."""
    inner = found[border:-border, border:-border]
    low, high = np.percentile(inner, (0.5, 99.5))
    codes = np.clip((inner - low) * (255 / max(high - low, 1e-6)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.resize(codes, size, interpolation=cv2.INTER_CUBIC), np.uint8)
