"""The compiled kernel and its plain form give the same bytes."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from softfocus.models.native import network
from softfocus.realtime.frame import Plane, Size
from softfocus.realtime.kernel import choice, plain
from softfocus.realtime.kernel.blurred import taps
from softfocus.realtime.kernel.carry import Keeping
from softfocus.realtime.kernel.evidence import ODDS, RATES, Floats, Learnt, Light, Look, Room, unknown
from softfocus.realtime.kernel.guided import Step
from softfocus.realtime.kernel.histogram import COLOURS, LEVELS
from softfocus.realtime.kernel.places import Claim, Memory
from softfocus.realtime.matting.gaps import ODDS as GAPS
from softfocus.realtime.matting.palette import FOR_ROOM
from softfocus.realtime.runs.frame_path import FramePath
from softfocus.realtime.settings import RunSettings
from softfocus.realtime.sources.demo import Demo
from softfocus.realtime.sources.jpeg import decoder

if choice.compiled:
    from softfocus.realtime.kernel import _compiled

SIZES = [(1, 1), (2, 3), (64, 5), (65, 63), (130, 7), (321, 181), (640, 360)]  # width, height

CPUINFO = Path("/proc/cpuinfo")

STEP = Step(0.25 * 255, 0.85 * 255)

needs_both = pytest.mark.skipif(not choice.compiled, reason="the kernel was not compiled here")


@pytest.fixture(params=range(len(choice.forms())) or [None], ids=choice.forms() or ["none"], autouse=True)
def form(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test in every form that this processor can run."""
    if request.param is not None:
        _compiled.use(request.param)
    yield
    if request.param is not None:
        _compiled.use(0)


def test_what_ci_tests_is_compiled() -> None:
    if os.environ.get("CI") == "true":
        assert choice.compiled
    assert choice.kernel is not plain or not choice.compiled


@pytest.mark.skipif(not CPUINFO.is_file(), reason="this system does not list what a processor has")
@needs_both
def test_the_forms_are_those_that_the_system_says_the_processor_has() -> None:
    flags = set(CPUINFO.read_text("ascii").split())
    both = platform.machine() == "x86_64" and {"avx2", "fma", "f16c", "bmi2", "movbe"} <= flags
    assert choice.forms() == (("avx2", "plain") if both else ("plain",))
    wider = both and {"avx512f", "avx512bw"} <= flags
    assert ("avx512" in network.forms(), "avx512" in decoder.forms()) == (wider, wider)


def noise(width: int, height: int, seed: int = 0) -> Plane:
    """Random bytes, as a part of a larger plane: its rows are strided."""
    whole = np.random.default_rng(seed).integers(0, 256, (height + 2, width + 5), np.uint8)
    return whole[1:-1, 3:-2]


def alphas(width: int, height: int) -> list[Plane]:
    """Noise; and what mattes are: nothing, all, and a soft disc between."""
    disc = np.zeros((height, width), np.uint8)
    cv2.circle(disc, (width // 2, height // 2), height // 3, 255, cv2.FILLED)
    soft = np.asarray(cv2.blur(disc, (9, 9)), np.uint8)
    return [noise(width, height, 1), np.zeros_like(disc), np.full_like(disc, 255), soft]


def same(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_blend_to_the_same_bytes(width: int, height: int) -> None:
    for alpha in alphas(width, height):
        onto = [noise(width, height, 2) for _ in range(2)]
        plain.blend(noise(width, height), alpha, onto[0])
        _compiled.blend(noise(width, height), alpha, onto[1])
        assert same(*onto)


@pytest.mark.parametrize("behind", [0, 1, 100, 128, 254, 255])
def test_every_blend_of_every_code_and_alpha_is_rounded_once(behind: int) -> None:
    codes, alpha = (np.ascontiguousarray(axis.astype(np.uint8)) for axis in np.indices((256, 256)))
    onto = np.full_like(codes, behind)
    choice.kernel.blend(codes, alpha, onto)
    assert np.array_equal(onto, np.rint((codes * (share := alpha / 255)) + behind * (1 - share)))


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_halve_to_the_same_bytes(width: int, height: int) -> None:
    for codes in alphas(2 * width, 2 * height):
        onto = [noise(width, height, 2) for _ in range(2)]
        plain.halve(codes, onto[0])
        _compiled.halve(codes, onto[1])
        assert same(*onto)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_make_a_third_and_three_times_as_much_to_the_same_bytes(width: int, height: int) -> None:
    for codes in alphas(3 * width, 3 * height):
        onto = [noise(width, height, 2) for _ in range(2)]
        plain.third(codes, onto[0])
        _compiled.third(codes, onto[1])
        assert same(*onto)
    for codes in alphas(width, height):
        onto = [noise(3 * width, 3 * height, 2) for _ in range(2)]
        plain.triple(codes, onto[0])
        _compiled.triple(codes, onto[1])
        assert same(*onto)


def test_a_third_is_the_rounded_mean_of_nine() -> None:
    codes = noise(480, 270)
    onto = noise(160, 90, 1)
    choice.kernel.third(codes, onto)
    sums = codes.astype(int).reshape(90, 3, 160, 3).sum(axis=(1, 3))
    assert np.array_equal(onto, np.rint(sums / 9))


def test_three_times_as_much_is_repeated_and_twice_the_mean_of_nine() -> None:
    """Which is what a quadratic B-spline comes to."""
    codes, onto = noise(40, 30), noise(120, 90, 1)
    choice.kernel.triple(codes, onto)
    repeated = np.pad(codes.astype(float), 1, mode="edge").repeat(3, axis=0).repeat(3, axis=1)
    means = cv2.blur(cv2.blur(repeated, (3, 3)), (3, 3))[3:-3, 3:-3]
    assert np.abs(onto - means).max() <= 0.5 + 1e-6


def test_a_half_is_the_rounded_mean_of_four() -> None:
    codes = noise(640, 360)
    onto = noise(320, 180, 1)
    choice.kernel.halve(codes, onto)
    sums = codes.astype(int).reshape(180, 2, 320, 2).sum(axis=(1, 3))
    assert np.array_equal(onto, (sums + 2) // 4)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_enlarge_to_the_same_bytes(width: int, height: int) -> None:
    onto = [noise(2 * width, 2 * height, 2) for _ in range(2)]
    for codes in alphas(width, height):
        plain.enlarge(codes, onto[0])
        _compiled.enlarge(codes, onto[1])
        assert same(*onto)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_cover_to_the_same_bytes_as_enlarging_and_then_blending(width: int, height: int) -> None:
    codes, size = noise(width, height), (2 * width, 2 * height)
    onto = [noise(*size, 2) for _ in range(3)]
    x, y = width // 3, height // 4
    for alpha in alphas(*size):
        part, person = alpha[y : y + height, x : x + width], noise(width, height, 4)
        plain.cover(codes, person, part, (x, y), onto[0])
        _compiled.cover(codes, person, part, (x, y), onto[1])
        _compiled.enlarge(codes, onto[2])
        _compiled.blend(person, part, onto[2][y : y + height, x : x + width])
        assert same(onto[0], onto[1])
        assert same(onto[0], onto[2])


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_cover_with_half_of_an_alpha_as_with_all_of_it(width: int, height: int) -> None:
    codes, size = noise(width, height), (2 * width, 2 * height)
    onto = [noise(*size, 2) for _ in range(3)]
    x, y = width // 3, height // 4
    for halved in alphas(width, height):
        part = halved[y:, x:]
        alpha = noise(2 * part.shape[1], 2 * part.shape[0])
        person = noise(*alpha.shape[::-1], 4)
        plain.cover(codes, person, part, (2 * x, 2 * y), onto[0])
        _compiled.cover(codes, person, part, (2 * x, 2 * y), onto[1])
        _compiled.enlarge(part, alpha)
        _compiled.cover(codes, person, alpha, (2 * x, 2 * y), onto[2])
        assert same(onto[0], onto[1])
        assert same(onto[0], onto[2])


def coloured(width: int, height: int, seed: int) -> tuple[Plane, Plane, Plane]:
    y, u, v = (noise(width, height, seed + i) for i in range(3))
    return y, u, v


@needs_both
@pytest.mark.parametrize("sharp", [1, 10, 60])
@pytest.mark.parametrize(("width", "height"), SIZES[:-1])
@pytest.mark.parametrize("grown", [(4, 4), (3, 5)])
def test_both_guide_to_the_same_bytes(width: int, height: int, grown: tuple[int, int], sharp: int) -> None:
    """Noise is the hardest: alphas beyond 0 and 255, and all of the arithmetic's last digits."""
    full = (grown[0] * width - 1, grown[1] * height - 1) if grown != (4, 4) else (4 * width, 4 * height)
    soft = cv2.blur(np.random.default_rng(0).random((height, width), np.float32), (3, 3))
    if sharp == 60:  # with large parts that are flat, as masks have them
        soft = cv2.blur(soft, (21, 21))
    mask = np.clip((soft - 0.5) * np.float32(sharp) + np.float32(0.5), 0, 1).astype(np.float32)
    onto = [noise(*full, 2) for _ in range(2)]
    arguments = (mask, coloured(width, height, 3), coloured(*full, 6), 1.3, STEP)
    plain.guided(*arguments, onto[0])
    _compiled.guided(*arguments, onto[1])
    assert same(*onto)


def stepped(share: Floats, step: Step = STEP) -> Floats:
    """0..1 in and out."""
    t = np.clip((255 * share - step.low) / (step.high - step.low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


@pytest.mark.parametrize("step", [STEP, Step(0, 255)])
def test_a_flat_guide_gives_the_mask_back_through_the_step(step: Step) -> None:
    grey = np.full((20, 30), 90, np.uint8)
    large = np.full((80, 120), 90, np.uint8)
    onto = np.zeros_like(large)
    for share in (0.0, 0.2, 0.3, 0.5, 0.8, 0.9, 1.0):
        mask = np.full(grey.shape, share, np.float32)
        choice.kernel.guided(mask, (grey, grey, grey), (large, large, large), 1.3, step, onto)
        assert np.abs(onto - 255 * stepped(mask, step).mean()).max() <= 1


@pytest.mark.parametrize("seed", [0, 1])
def test_a_mask_that_the_colours_explain_comes_back(seed: int) -> None:
    """A mask that is linear in the guide, but for where it is clipped."""
    rng = np.random.default_rng(seed)
    y, u, v = (cv2.GaussianBlur(rng.random((40, 50)), (0, 0), 1.5) for _ in range(3))
    mask = np.clip(y + 0.3 * u, 0, 1).astype(np.float32)
    codes = [np.rint(255 * plane).astype(np.uint8) for plane in (y, u, v)]
    guide, onto = (codes[0], codes[1], codes[2]), np.zeros(mask.shape, np.uint8)
    step = Step(0, 255)
    choice.kernel.guided(mask, guide, guide, 1.3, step, onto)
    apart = np.abs(onto / 255 - stepped(mask, step))[12:-12, 12:-12]
    assert float(apart.max()) < 0.07
    assert float(np.mean(apart)) < 0.03


LIGHT: Light = (1.1, 2.5, -1.3)


def learnt_room(width: int, height: int, compiled: bool) -> tuple[Room, Learnt]:
    """A room after a dozen looks, with places that were never seen, many of them side by side."""
    shape = (height, width)
    room, learnt = unknown(shape, 400.0, RATES)
    rng = np.random.default_rng(4)
    base = rng.integers(0, 256, room.mean.shape)
    for _ in range(12):
        picture = (base + rng.normal(0, 30, base.shape)).clip(0, 255).astype(np.uint8)
        places = (rng.random(shape) < 0.5).astype(np.uint8)
        places[height // 2 :] = 0
        (_compiled if compiled else plain).learn(Look(picture, LIGHT), places, room, learnt, RATES)
    return room, learnt


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_learn_the_same_room_and_weigh_with_it_to_the_same_bytes(width: int, height: int) -> None:
    room, learnt = learnt_room(width, height, compiled=False)
    others = learnt_room(width, height, compiled=True)
    for one, other in zip((*room, *learnt), (*others[0], *others[1]), strict=True):
        assert same(one, other)
    rng = np.random.default_rng(5)
    mask = rng.random((height, width), np.float32)
    mask[mask < 0.2] = 0
    picture = (room.mean + rng.normal(0, 20, room.mean.shape)).clip(0, 255).astype(np.uint8)
    onto = [np.zeros_like(mask) for _ in range(2)]
    plain.weigh(mask, Look(picture, LIGHT), room, ODDS, onto[0])
    _compiled.weigh(mask, Look(picture, LIGHT), room, ODDS, onto[1])
    assert same(*onto)
    assert np.all(onto[0][mask == 0] == 0)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_compare_a_picture_with_the_room_and_an_earlier_one_alike(width: int, height: int) -> None:
    room, learnt = learnt_room(width, height, compiled=False)
    now, before = (
        Look(np.stack(coloured(width, height, seed)), light)
        for seed, light in ((7, LIGHT), (10, (0.9, -3.25, 0.5)))
    )
    sure = np.where(noise(width, height, 13) > 90, 255, 0).astype(np.uint8)
    for limit in (1.0, 16.0, 300.0):
        counts = [each.astray(now, room, sure, learnt.trusted, limit) for each in (plain, _compiled)]
        assert counts[0] == counts[1]
    sums = [each.totals(now.picture, learnt.codes, sure, learnt.trusted) for each in (plain, _compiled)]
    assert sums[0] == sums[1]
    onto = [np.zeros((height, width), np.float32) for _ in range(2)]
    plain.changed(now, before, onto[0])
    _compiled.changed(now, before, onto[1])
    assert same(*onto)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_count_colours_and_doubt_with_them_to_the_same_bytes(width: int, height: int) -> None:
    picture = np.stack(coloured(width, height, 7))
    counts = [np.zeros(LEVELS, np.float32) for _ in range(2)]
    for where in alphas(width, height):
        plain.count(picture, where, counts[0])
        _compiled.count(picture, where, counts[1])
        assert same(*counts)
    rng = np.random.default_rng(5)
    evidence = rng.uniform(-2, 1.2, COLOURS).astype(np.float32)
    mask = rng.random((height, width), np.float32)
    mask[mask < 0.2] = 0
    onto = [np.zeros_like(mask) for _ in range(2)]
    plain.doubt(mask, picture, evidence, ODDS, onto[0])
    _compiled.doubt(mask, picture, evidence, ODDS, onto[1])
    assert same(*onto)
    assert np.all(onto[0][mask == 0] == 0)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_empty_gaps_to_the_same_bytes(width: int, height: int) -> None:
    """Noise, in which there are few patches; and a picture of few colours, in which there are many."""
    mask = np.random.default_rng(5).random((2 * height, 2 * width), np.float32)
    emptied = []
    for picture in (np.stack(coloured(width, height, 7)), np.stack(coloured(width, height, 7)) // 128 * 128):
        for share in (0.5, 0.9, 1.0):
            unlike = np.random.default_rng(6).random(COLOURS) < share
            evidence = np.where(unlike, -FOR_ROOM, 1).astype(np.float32) * np.float32(share)
            masks = [mask.copy() for _ in range(2)]
            plain.empty(masks[0], picture, evidence, GAPS, 0.2)
            _compiled.empty(masks[1], picture, evidence, GAPS, 0.2)
            assert same(*masks)
            emptied.append(float(np.mean(masks[0] < mask)))
    assert emptied[-1] == 1


def memory(width: int, height: int) -> Memory:
    """Of a room that is known here and there, with people here and there."""
    rng = np.random.default_rng(8)
    shape = (height, width)
    known = rng.random(shape, np.float32) * (rng.random(shape) < 0.7)
    looks, people = (255 * rng.random(shape, np.float32) for _ in range(2))
    return Memory(looks, known.astype(np.float32), people)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("still", [0, 6, 40, 90])
def test_both_tell_what_became_of_places_alike(width: int, height: int, still: int) -> None:
    luma, before, earlier = (noise(width, height, seed) for seed in (1, 2, 3))
    empty = (noise(width, height, 4) < 200).astype(np.uint8)
    claim, flags = Claim(32, 64, still), [noise(width, height, 5) for _ in range(2)]
    rooms = [memory(width, height) for _ in range(2)]
    for alpha in alphas(width, height):
        for was in (earlier, np.zeros_like(alpha)):
            planes = luma, before, alpha, was, empty, claim
            assert plain.jumped(*planes, flags[0]) == _compiled.jumped(*planes, flags[1])
            assert same(*flags)
        seen = [(room, 0.5, luma, alpha, empty, claim) for room in rooms]
        assert plain.familiar(*seen[0], flags[0]) == _compiled.familiar(*seen[1], flags[1])
        assert same(*flags)
        plain.remember(rooms[0], luma, alpha, earlier, flags[0], claim, 0.033, 0.17, 0.99)
        _compiled.remember(rooms[1], luma, alpha, earlier, flags[1], claim, 0.033, 0.17, 0.99)
        for one, other in zip(*rooms, strict=True):
            assert same(one, other)


def test_a_room_in_another_light_is_familiar_and_what_was_moved_in_it_is_not() -> None:
    luma = np.asarray(cv2.GaussianBlur(noise(80, 45), (0, 0), 2), np.uint8)
    known, flags = np.ones(luma.shape, np.float32), np.empty_like(luma)
    room = Memory(luma.astype(np.float32), known, np.zeros_like(known))
    darker = np.rint(luma * 0.7).astype(np.uint8)
    darker[20:25, 30:40] += 60
    empty, alpha = np.ones_like(luma), np.zeros_like(luma)
    alpha[10:30, 10:40] = 255
    claimed = choice.kernel.familiar(room, 0.5, darker, alpha, empty, Claim(32, 64, 6), flags)
    assert not flags[20:25, 30:40].any()
    assert claimed == flags[10:30, 10:40].sum() > 400
    assert flags.sum() == flags.size - 7 * 12  # with the places beside it


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("sigma", [1.0, 1.3, 4.0])
def test_both_blur_the_room_to_the_same_bytes(width: int, height: int, sigma: float) -> None:
    """Of noise; with weights of nobody, everybody, a person, and noise."""
    near, far = taps(sigma), taps(max(2.0, 1.5 * sigma))
    onto = [coloured(width, height, seed) for seed in (11, 14)]
    for alpha in alphas(width, height):
        weight = np.square(1 - alpha.astype(np.float32) / 255)
        plain.blurred(coloured(width, height, 3), weight, near, far, 0.02, onto[0])
        _compiled.blurred(coloured(width, height, 3), weight, near, far, 0.02, onto[1])
        assert all(map(same, *onto))


def test_a_blurred_room_is_opencvs_where_nobody_is_and_fills_in_what_is_behind_the_person() -> None:
    room, onto = coloured(80, 45, 3), coloured(80, 45, 6)
    everywhere = np.ones((45, 80), np.float32)
    choice.kernel.blurred(room, everywhere, taps(1.5), taps(2.25), 0.0, onto)
    for plane, blurred in zip(room, onto, strict=True):
        known = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), 1.5, borderType=cv2.BORDER_REFLECT)
        assert np.abs(blurred - known).max() <= 0.51
    weight = everywhere.copy()
    weight[10:, 20:60] = 0
    red = np.full((45, 80), 200, np.uint8)
    red[10:, 20:60] = 30  # of the person nothing is to be seen
    choice.kernel.blurred((red, red, red), weight, taps(1.5), taps(2.25), 0.02, onto)
    assert all(plane.min() >= 199 for plane in onto)
    nowhere = np.zeros_like(weight)
    choice.kernel.blurred((red, red, red), nowhere, taps(1.5), taps(2.25), 0.02, onto)
    assert all(np.all(plane == 128) for plane in onto)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_judge_masks_alike_and_find_their_bounds(width: int, height: int) -> None:
    rng = np.random.default_rng(3)
    masks = [alpha.astype(np.float32) / 255 for alpha in alphas(width, height)]
    broken = masks[0].copy()
    broken[rng.random(broken.shape) < 0.1] = np.nan
    broken[rng.random(broken.shape) < 0.1] = 1.5
    for mask in (*masks, broken):
        assert plain.judge(mask, 0, 1, 0.05) == _compiled.judge(mask, 0, 1, 0.05)
        for above in (0, 0.01, 0.5):
            assert plain.bounds(mask, above) == _compiled.bounds(mask, above)
    for alpha in alphas(width, height):
        for above in (0, 16):
            assert plain.bounds(alpha, above) == _compiled.bounds(alpha, above)


def test_the_bounds_are_those_of_what_is_above() -> None:
    mask = np.zeros((40, 90), np.float32)
    mask[7:9, 70] = 0.5
    mask[30, 3] = 0.2
    assert choice.kernel.bounds(mask, 0.2) == (70, 7, 71, 9)
    assert choice.kernel.bounds(mask, 0.1) == (3, 7, 71, 31)
    assert choice.kernel.bounds(mask, 0.5) == (0, 0, 0, 0)


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_take_the_noise_off_to_the_same_bytes(width: int, height: int) -> None:
    for codes in alphas(width, height):
        onto = [noise(width, height, 2) for _ in range(2)]
        plain.smooth(codes, onto[0])
        _compiled.smooth(codes, onto[1])
        assert same(*onto)


def test_every_sum_of_nine_codes_has_its_rounded_mean() -> None:
    sums = np.arange(9 * 255 + 1)
    # Of each, nine codes that add up to it.
    codes = np.stack([(sums + i) // 9 for i in range(9)], axis=1).astype(np.uint8)
    onto = np.zeros((3, 3), np.uint8)
    for nine, total in zip(codes, sums, strict=True):
        choice.kernel.smooth(nine.reshape(3, 3), onto)
        assert onto[1, 1] == (total + 4) // 9


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_count_as_many_strays(width: int, height: int) -> None:
    codes, lowest, highest = (noise(width, height, seed) for seed in range(3))
    for most in (0, 8, 254, 255):
        for low, high in ((lowest, highest), (codes, codes), (np.maximum(lowest, codes), highest)):
            assert plain.strays(codes, low, high, most) == _compiled.strays(codes, low, high, most)


def test_strays_are_farther_away_than_that() -> None:
    lowest, highest = np.full((5, 200), 100, np.uint8), np.full((5, 200), 120, np.uint8)
    codes = lowest.copy()
    codes[2, 3:6] = 92, 91, 128
    codes[4, 190:] = 129
    assert choice.kernel.strays(codes, lowest, highest, 8) == 11
    assert choice.kernel.strays(np.zeros_like(codes), lowest, highest, 8) == 1000


@needs_both
@pytest.mark.parametrize(("width", "height"), SIZES[:-1])
def test_both_carry_a_mask_along_to_the_same_bytes(width: int, height: int) -> None:
    """Also from beyond the picture, and where next to nothing moves."""
    rng = np.random.default_rng(6)
    whole = noise(width + 3, height + 2, 1)
    old = rng.random((2 * height + 4, 2 * width + 6), np.float32)
    mask, onto = rng.random((2, 2 * height, 2 * width), np.float32)
    for reach in (0.0, 0.4, 30.0):
        flow = rng.normal(0, reach, (height, 2 * width)).astype(np.float32)
        missed = [np.zeros((height, width), np.float32) for _ in range(2)]
        plain.miss(whole, noise(width, height, 2), flow, (3, 1), missed[0])
        _compiled.miss(whole, noise(width, height, 2), flow, (3, 1), missed[1])
        assert same(*missed)
        changed = rng.uniform(0, 8, (height, width)).astype(np.float32)
        carried = [onto.copy() for _ in range(2)]
        arguments = (mask, old, flow, changed, missed[0] / 10, Keeping(2, 6, 4, 12, 0.8, 0.6), (4, 2))
        plain.carry(*arguments, carried[0])
        _compiled.carry(*arguments, carried[1])
        assert same(*carried)
        assert reach or not missed[0][whole[1 : 1 + height, 3 : 3 + width] == noise(width, height, 2)].any()


def test_a_mask_is_carried_as_far_as_the_picture_went() -> None:
    old = np.zeros((40, 60), np.float32)
    old[10:20, 10:20] = 1
    flow = np.tile(np.array([-3, -2], np.float32), (20, 30))  # 6 and 4 px of the mask
    still, onto = np.zeros((20, 30), np.float32), np.zeros_like(old)
    keeping = Keeping(2, 6, 4, 12, 1, 1)
    choice.kernel.carry(np.zeros_like(old), old, flow, still, still, keeping, (0, 0), onto)
    assert np.array_equal(onto[14:24, 16:26], old[10:20, 10:20])
    assert onto.sum() == old.sum()


def test_of_colours_that_are_counted_none_is_lost() -> None:
    counts = np.zeros(LEVELS, np.float32)
    grey = np.full((3, 20, 30), 128, np.uint8)
    choice.kernel.count(grey, np.ones((20, 30), np.uint8), counts)
    assert counts.sum() == 600
    assert counts[8, 16, 16] == 600 / 8
    assert counts[7, 15, 17] == 600 / 64


@needs_both
def test_a_clip_is_composed_to_the_same_bytes_with_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way of a frame, as far as the learnt room: from the demo's planes to what may leave."""
    composed = {}
    for name, kernel in {"plain": plain, "compiled": _compiled}.items():
        monkeypatch.setattr(choice, "kernel", kernel)
        source, settings = Demo(Size(640, 360), 30.0), RunSettings()
        pipeline = FramePath(settings, source.size).pipeline()
        frames = [source.read(1.0) for _ in range(20)]
        made = [pipeline(frame) for frame in frames if frame]
        assert [each.shut for each in made[3:]] == [None] * 17
        composed[name] = np.stack([each.data for each in made])
    assert same(composed["plain"], composed["compiled"])


def test_nothing_is_written_beside_a_part_of_a_plane() -> None:
    whole = np.full((60, 100), 7, np.uint8)
    part = whole[10:50, 20:80]
    choice.kernel.halve(noise(120, 80), part)
    choice.kernel.third(noise(180, 120), part)
    choice.kernel.enlarge(noise(30, 20), part)
    choice.kernel.triple(noise(20, 13), part[:39])
    choice.kernel.blend(noise(60, 40), noise(60, 40, 1), part)
    choice.kernel.cover(noise(30, 20), noise(50, 30), noise(50, 30, 1), (10, 10), part)
    choice.kernel.cover(noise(30, 20), noise(50, 30), noise(25, 15, 1), (10, 10), part)
    mask = np.zeros((10, 15), np.float32)
    choice.kernel.guided(mask, coloured(15, 10, 1), coloured(60, 40, 4), 1.3, STEP, part)
    part[:] = 7
    assert np.all(whole == 7)


@needs_both
def test_planes_that_do_not_fit_are_refused() -> None:
    plane = noise(8, 4)
    with pytest.raises(ValueError, match="plane is 8x4 != 9x4"):
        _compiled.blend(plane, plane, noise(9, 4))
    with pytest.raises(ValueError, match="plane is 8x4 != 16x8"):
        _compiled.enlarge(plane, plane)
    with pytest.raises(ValueError, match="plane is 8x4 != 24x12"):
        _compiled.third(plane, plane)
    with pytest.raises(ValueError, match="plane is 8x4 != 24x12"):
        _compiled.triple(plane, plane)
    with pytest.raises(ValueError, match="outside of the whole"):
        _compiled.cover(noise(4, 2), plane, plane, (1, 0), noise(8, 4))
    with pytest.raises(ValueError, match="plane is 2x1 != 4x2"):
        _compiled.cover(noise(4, 2), noise(4, 2), noise(2, 1), (1, 0), noise(8, 4))
    with pytest.raises(ValueError, match="side by side"):
        _compiled.blend(plane[:, ::2], plane[:, ::2], plane[:, ::2])
    with pytest.raises(TypeError, match="wanted a plane of 'B'"):
        _compiled.blend(plane, plane, plane.astype(np.float32))
    plane.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        _compiled.blend(plane, plane, plane)
