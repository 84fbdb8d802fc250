"""What `softfocus models` and its `verify` show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import SoftfocusError
from .manifest import Model, known_models
from .store import BUNDLED, locate, read_model


@dataclass(frozen=True, slots=True)
class Listed:
    """A known model, and where its files lie; None when they are not all on this machine."""

    model: Model
    path: Path | None

    @property
    def where(self) -> str:
        if self.path is None:
            can = all(file.url for file in self.model.files)
            return f"softfocus models {'pull' if can else 'add'} brings it"
        return "bundled" if self.path.parent == BUNDLED else str(self.path)


def list_models(folders: Sequence[Path] = ()) -> list[Listed]:
    """All known models, in the manifest's order."""
    return [Listed(model, _first(model, folders)) for model in known_models().values()]


def _first(model: Model, folders: Sequence[Path]) -> Path | None:
    found = [locate(model, folders, file.part) for file in model.files]
    return found[0] if all(found) else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of looking at one file. `says` is for people."""

    file: str
    ok: bool
    says: str


def verify(models: Iterable[Model], folders: Sequence[Path] = ()) -> Iterator[Verdict]:
    """Read every file of these models that is on this machine."""
    for model in models:
        for file in model.files:
            if locate(model, folders, file.part):
                try:
                    path, _ = read_model(model, folders, file.part)
                    yield Verdict(file.name, True, f"{path} is intact")
                except SoftfocusError as error:
                    yield Verdict(file.name, False, str(error))


def table(models: Iterable[Listed]) -> list[str]:
    """The lines of a table for people."""
    rows = [("MODEL", "PREDICTS", "INPUT", "LICENCE", "WHERE")]
    rows += [(m.model.name, m.model.predicts, _input(m.model), m.model.licence, m.where) for m in models]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _input(model: Model) -> str:
    return f"{model.input_size.width}x{model.input_size.height}"
