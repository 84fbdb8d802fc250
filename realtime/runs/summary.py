"""What a run did, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from ..live.delivery import Counts
from ..live.outlet import Outlet
from ..pipeline import Pipeline
from ..reason import Reason
from ..sources.source import Source


@runtime_checkable
class Silent(Protocol):
    """A sink that writes pictures without sound."""

    @property
    def began(self) -> float | None:
        """When the first picture was taken, s since 1970; None: not known."""
        ...


@dataclass(slots=True)
class Summary:
    """What a run did.

    seconds   wall clock, from the first frame to the end
    sent      frames by sink; late: frames dropped by sink because it was too slow
    failed    what went wrong with sinks, by sink
    closings  how often the gate shut, by reason; shut_for: s, by reason
    hidden    frames that were shown without a doubted piece; hidings: in how many stretches
    began     when the first picture was taken, s since 1970, by live recording: to put sound beside it
    late_by   ms from a frame's capture until it left, usually, in a live run; 0 for a recording
    """

    source: str
    counts: Counts
    seconds: float
    sent: Mapping[str, int] = field(default_factory=dict[str, int])
    late: Mapping[str, int] = field(default_factory=dict[str, int])
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    closings: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    shut_for: Mapping[Reason, float] = field(default_factory=dict[Reason, float])
    began: Mapping[str, float] = field(default_factory=dict[str, float])
    hidden: int = 0
    hidings: int = 0
    late_by: float = 0.0

    def __str__(self) -> str:
        """One line for people."""
        told = [f"{self.counts.composed} frames composed in {self.seconds:.1f} s ({self.fps:.1f} a second)"]
        told += [f"{self.counts.shielded} shielded"] if self.counts.shielded else []
        told += [f"{self.counts.dropped} dropped"] if self.counts.dropped else []
        told += [self.counts.trouble] if self.counts.trouble else []
        told += [f"{late} too late for {name}" for name, late in self.late.items()]
        told += [f"the picture is late: delay your audio by {self.late_by:.0f} ms"] if self.late_by else []
        told += [
            f"{name} has no sound, its first picture is of {datetime.fromtimestamp(began):%H:%M:%S.%f}"[:-3]
            for name, began in self.began.items()
        ]
        told += [f"{self.counts.raw} NOT BLURRED"] if self.counts.raw else []
        told += [f"{name} failed: {why}" for name, why in self.failed.items()]
        told += [
            f"gate shut {times}x, {self.shut_for.get(reason, 0):.1f} s: {reason}"
            for reason, times in self.closings.items()
        ]
        told += [f"a doubted piece hidden {self.hidings}x, in {self.hidden} frames"] if self.hidden else []
        return "; ".join(told)

    @property
    def incomplete(self) -> bool:
        """Whether something of the source is missing, or did not arrive somewhere."""
        return bool(self.counts.trouble or self.failed)

    @property
    def fps(self) -> float:
        counts = self.counts
        return (counts.composed + counts.shielded + counts.raw) / self.seconds if self.seconds else 0.0


def summed_up(
    source: Source, counts: Counts, seconds: float, outlets: Sequence[Outlet], pipeline: Pipeline
) -> Summary:
    gate, quarantine = pipeline.gate, pipeline.quarantine
    return Summary(
        source=source.name,
        counts=counts,
        seconds=seconds,
        sent={outlet.sink.name: outlet.sent for outlet in outlets},
        late={outlet.sink.name: outlet.dropped for outlet in outlets if outlet.dropped},
        failed={outlet.sink.name: str(outlet.error) for outlet in outlets if outlet.error},
        closings=dict(gate.closings),
        shut_for={reason: ns * 1e-9 for reason, ns in gate.shut_for.items()},
        began={
            outlet.sink.name: outlet.sink.began
            for outlet in outlets
            if isinstance(outlet.sink, Silent) and outlet.sink.began is not None
        },
        hidden=quarantine.frames,
        hidings=quarantine.times,
        late_by=counts.usual * 1e-6 if source.live else 0.0,
    )
