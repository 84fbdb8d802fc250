"""Which models there are: manifest.toml, read into types."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, cast, get_args

from .errors import ManifestWrong, UnknownModel
from .segmenter import InputSize

T = TypeVar("T", bound=str)

DEFAULT_MODEL = "selfie-landscape"

Family = Literal["selfie"]
Layout = Literal["nhwc", "nchw"]
Element = Literal["uint8", "float32"]

_MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model without opening its file.

    family      which adapter runs it
    predicts    what its mask is 1 for
    layout      order of the input's axes: n pictures, h rows, w columns, c colours (RGB)
    element     type of the input's numbers; range their lowest and highest value
    sha256      of the file, hex
    source      where the weights come from
    bundled     its file comes with softfocus
    """

    name: str
    family: Family
    predicts: str
    input_size: InputSize
    layout: Layout
    element: Element
    range: tuple[float, float]
    file: str
    bundled: bool
    sha256: str
    licence: str
    source: str


@cache
def known_models() -> Mapping[str, Model]:
    """All models by name, in the manifest's order."""
    return parse_manifest(_MANIFEST.read_text("utf-8"), _MANIFEST)


def find_model(name: str) -> Model:
    """The model of that name."""
    models = known_models()
    if name not in models:
        raise UnknownModel(name, list(models))
    return models[name]


def parse_manifest(text: str, path: Path) -> Mapping[str, Model]:
    """The models that a manifest describes; `path` is for messages."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestWrong(path, str(error)) from None
    return {name: _model(_Entry(path, name, table)) for name, table in tables.items()}


def _model(entry: _Entry) -> Model:
    model = Model(
        name=entry.name,
        family=entry.choice("family", get_args(Family)),
        predicts=entry.text("predicts"),
        input_size=entry.size("input_size"),
        layout=entry.choice("layout", get_args(Layout)),
        element=entry.choice("element", get_args(Element)),
        range=entry.span("range"),
        file=entry.text("file", r"[^/\\]+", "a file name without folders"),
        bundled=entry.flag("bundled"),
        sha256=entry.text("sha256", r"[0-9a-f]{64}", "64 lower-case hex digits"),
        licence=entry.text("licence"),
        source=entry.text("source"),
    )
    entry.end()
    return model


class _Entry:
    """One table of the manifest; each reading checks its key, `end` the keys that nobody asked for."""

    def __init__(self, path: Path, name: str, table: object) -> None:
        self._path = path
        self.name = name
        if not isinstance(table, dict):
            raise ManifestWrong(path, f"{name} is not a table")
        self._left = dict(cast("dict[str, object]", table))
        self._read: list[str] = []

    def text(self, key: str, pattern: str = r".+", wanted: str = "a text") -> str:
        value = self._take(key)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self._wrong(key, value, wanted)
        return value

    def choice(self, key: str, allowed: tuple[T, ...]) -> T:
        value = self._take(key)
        for each in allowed:
            if each == value:
                return each
        raise self._wrong(key, value, f"one of: {', '.join(allowed)}")

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            raise self._wrong(key, value, "true or false")
        return value

    def size(self, key: str) -> InputSize:
        width, height = self.text(key, r"[1-9]\d{0,4}x[1-9]\d{0,4}", "WIDTHxHEIGHT").split("x")
        return InputSize(int(width), int(height))

    def span(self, key: str) -> tuple[float, float]:
        match self._take(key):
            case [int() | float() as low, int() | float() as high] if low < high:
                return float(low), float(high)
            case value:
                raise self._wrong(key, value, "[lowest, highest]")

    def end(self) -> None:
        for key, value in self._left.items():
            raise self._wrong(key, value, f"no such key; there are: {', '.join(self._read)}")

    def _take(self, key: str) -> object:
        self._read.append(key)
        if key not in self._left:
            raise ManifestWrong(self._path, f"model {self.name} lacks the key {key}")
        return self._left.pop(key)

    def _wrong(self, key: str, value: object, wanted: str) -> ManifestWrong:
        return ManifestWrong(self._path, f"model {self.name}, key {key} is {value!r}; wanted: {wanted}")
