"""What `softfocus models` shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .manifest import Model, known_models
from .store import BUNDLED, locate, user_folder


@dataclass(frozen=True, slots=True)
class Listed:
    """A known model, and where its file lies; None when it is not on this machine."""

    model: Model
    path: Path | None

    @property
    def where(self) -> str:
        if self.path is None:
            return f"missing: put {self.model.file} into {user_folder()}"
        return "bundled" if self.path.parent == BUNDLED else str(self.path)


def list_models(folders: Sequence[Path] = ()) -> list[Listed]:
    """All known models, in the manifest's order."""
    return [Listed(model, locate(model, folders)) for model in known_models().values()]


def table(models: Iterable[Listed]) -> list[str]:
    """The lines of a table for people."""
    rows = [("MODEL", "PREDICTS", "INPUT", "LICENCE", "WHERE")]
    rows += [(m.model.name, m.model.predicts, _input(m.model), m.model.licence, m.where) for m in models]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _input(model: Model) -> str:
    return f"{model.input_size.width}x{model.input_size.height}"
