"""Where models' files are looked for, and what runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .manifest import Model
from .session import CPU, Port, Session
from .store import read_model


@dataclass(frozen=True, slots=True)
class Host:
    """What is the same for all networks that a run opens.

    folders    to look for their files in, besides softfocus itself and the user's
    threads    for one run of a network
    providers  what to run on, best first: cpu, cuda, tensorrt, directml, coreml, openvino
    """

    folders: Sequence[Path] = ()
    threads: int = 1
    providers: Sequence[str] = (CPU,)

    def open(
        self,
        model: Model,
        part: str | None = None,
        *,
        inputs: Mapping[str, Port],
        outputs: Mapping[str, Port],
        optional: Mapping[str, Port] | None = None,
        fill: Mapping[str, float] | None = None,
    ) -> Session:
        """A model's network, or one of several, ready to run; `Session` tells what it takes."""
        path, content = read_model(model, self.folders, part)
        return Session(
            path,
            content,
            inputs=inputs,
            outputs=outputs,
            optional=optional,
            fill=fill,
            threads=self.threads,
            providers=self.providers,
        )


HERE = Host()
