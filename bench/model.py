"""`softfocus bench model`: what a look of the bundled models costs, compiled and in ONNX Runtime."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from ..models.manifest import Model, known_models
from ..models.native.fuse import fuse
from ..models.native.network import MASK, PICTURE, Network, forms
from ..models.native.onnx_file import read_onnx
from ..models.native.plan import lay_out
from ..models.session import Port, Session
from ..models.store import read_model
from ..realtime.colour import to_rgb
from ..realtime.frame import Size
from ..realtime.sources.demo import Demo
from .machine import Machine, this_machine, versions
from .spread import Spread, spread

FORMAT = 1  # of the JSON: grows when a key changes its meaning or goes away
RUNTIME = "onnxruntime"


class Runs(Protocol):
    """What can be measured: a network, or a session of ONNX Runtime's."""

    inputs: Any
    outputs: Any

    def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Look:
    """One look of one model.

    cpu_ms      of the calling thread, the only one
    ratio       of the medians, to ONNX Runtime's
    difference  of its mask from ONNX Runtime's, at most
    """

    model: str
    by: str
    cpu_ms: Spread
    ratio: float
    difference: float


@dataclass(frozen=True, slots=True)
class Report:
    """Every look, and where it was measured."""

    looks: tuple[Look, ...]
    machine: Machine
    versions: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """The stable form, see docs/bench.md."""
        return {"format": FORMAT, **asdict(self)}

    def table(self) -> str:
        """For people."""
        lines = [f"{'CPU ms a look':34}{'p50':>8}{'p95':>8}{'ratio':>8}{'difference':>12}"]
        lines += [
            f"{look.model:18}{look.by:16}{look.cpu_ms.p50:8.2f}{look.cpu_ms.p95:8.2f}"
            f"{look.ratio:8.2f}{look.difference:12.1e}"
            for look in self.looks
        ]
        return "\n".join(lines)


def measure(seconds: float) -> Report:
    """The bundled models of the frame path; of each, all that can run it take turns, look by look."""
    machine = this_machine()
    bundled = [model for model in known_models().values() if model.family == "selfie"]
    looks = [look for model in bundled for look in _looks(model, seconds)]
    return Report(tuple(looks), machine, versions())


def _looks(model: Model, seconds: float) -> list[Look]:
    frame = Demo(Size(*model.input_size)).read(0)
    assert frame
    picture = to_rgb(frame.planes, frame.colour)
    runners = _runners(model)
    for runner in runners.values():
        runner.inputs[PICTURE][0] = picture
        runner.run()
    times = _in_turns({name: runner.run for name, runner in runners.items()}, seconds)
    spreads = {name: spread(each) for name, each in times.items()}
    right = runners[RUNTIME].outputs[MASK]
    return [
        Look(
            model.name,
            name,
            spreads[name],
            round(spreads[name].p50 / spreads[RUNTIME].p50, 3),
            float(np.abs(runner.outputs[MASK] - right).max()),
        )
        for name, runner in runners.items()
    ]


def _runners(model: Model) -> dict[str, Runs]:
    """Each form that was compiled, and ONNX Runtime."""
    path, content = read_model(model)
    width, height = model.input_size
    plan = lay_out(fuse(read_onnx(content), PICTURE, MASK), ())
    ours = {name: Network(plan, model.input_size, form) for form, name in enumerate(forms())}
    its = Session(
        path,
        content,
        inputs={PICTURE: Port((1, height, width, 3), np.uint8)},
        outputs={MASK: Port((1, 1, height, width), np.float32)},
    )
    return {**ours, RUNTIME: its}


def _in_turns(runs: Mapping[str, Callable[[], None]], seconds: float) -> dict[str, list[int]]:
    """CPU ns of each run, until all together took so long."""
    times: dict[str, list[int]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not times[RUNTIME]:
        for name, run in runs.items():
            begin = time.thread_time_ns()
            run()
            times[name].append(time.thread_time_ns() - begin)
    return times
