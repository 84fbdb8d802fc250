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
Colours = tuple[float, float, float]  # red, green, blue

DEFAULT_MODEL = "selfie-landscape"

Family = Literal[
    "selfie", "rvm", "still", "sam", "efficient-sam", "cartoon", "depth", "hair", "detector", "body"
]
Layout = Literal["nhwc", "nchw"]
Element = Literal["uint8", "float32"]
Terms = Literal["permissive", "copyleft", "non-commercial", "unstated"]

_MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model.

    part    what it does in a model of several files; empty in one of a single file
    name    without folders
    sha256  hex; None where nobody could know it: whoever brings the file vouches for it, see `store`
    url     where it can be had; None: the user brings it
    """

    part: str
    name: str
    sha256: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model without opening its files.

    family      which adapter runs it
    predicts    what its mask is 1 for
    layout      order of the input's axes: n pictures, h rows, w columns, c colours (RGB)
    element     type of the input's numbers; range what 0 and 255 of a picture become
    mean, std   taken off after that, and divided by
    classes     maps in its output; the last is the mask
    terms       what the licence asks; all but permissive ones must be accepted before a file is fetched
    source      where the weights come from
    bundled     its files come with softfocus
    """

    name: str
    family: Family
    predicts: str
    input_size: InputSize
    layout: Layout
    element: Element
    range: tuple[float, float]
    mean: Colours
    std: Colours
    classes: int
    files: tuple[ModelFile, ...]
    bundled: bool
    licence: str
    terms: Terms
    source: str

    def file(self, part: str | None = None) -> ModelFile:
        """The file of that part, or the first."""
        return next(file for file in self.files if part in (None, file.part))


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
        mean=entry.colours("mean", (0.0, 0.0, 0.0)),
        std=entry.colours("std", (1.0, 1.0, 1.0)),
        classes=entry.count("classes", 1),
        files=tuple(map(_file, entry.tables("files"))),
        bundled=entry.flag("bundled"),
        licence=entry.text("licence"),
        terms=entry.choice("terms", get_args(Terms)),
        source=entry.text("source"),
    )
    entry.end()
    return model


def _file(entry: _Entry) -> ModelFile:
    sha256 = entry.text("sha256", r"[0-9a-f]{64}|unknown", "64 lower-case hex digits, or unknown")
    file = ModelFile(
        part=entry.text("part") if entry.has("part") else "",
        name=entry.text("name", r"[^/\\]+", "a file name without folders"),
        sha256=None if sha256 == "unknown" else sha256,
        url=entry.text("url", r"https://.+", "an https address") if entry.has("url") else None,
    )
    entry.end()
    return file


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

    def colours(self, key: str, default: Colours) -> Colours:
        if not self.has(key):
            return default
        match self._take(key):
            case [int() | float() as red, int() | float() as green, int() | float() as blue]:
                return float(red), float(green), float(blue)
            case value:
                raise self._wrong(key, value, "[red, green, blue]")

    def count(self, key: str, default: int) -> int:
        value = self._take(key) if self.has(key) else default
        if isinstance(value, int) and value > 0:
            return value
        raise self._wrong(key, value, "a whole number from 1")

    def tables(self, key: str) -> list[_Entry]:
        value = self._take(key)
        tables = cast("list[object]", value) if isinstance(value, list) else []
        if not tables:
            raise self._wrong(key, "nothing", "a list of tables")
        return [_Entry(self._path, f"{self.name}, {key}", table) for table in tables]

    def has(self, key: str) -> bool:
        """Whether it is there, for keys that need not be."""
        self._read.append(key)
        return key in self._left

    def end(self) -> None:
        for key, value in self._left.items():
            raise self._wrong(key, value, f"no such key; there are: {', '.join(dict.fromkeys(self._read))}")

    def _take(self, key: str) -> object:
        self._read.append(key)
        if key not in self._left:
            raise ManifestWrong(self._path, f"model {self.name} lacks the key {key}")
        return self._left.pop(key)

    def _wrong(self, key: str, value: object, wanted: str) -> ManifestWrong:
        return ManifestWrong(self._path, f"model {self.name}, key {key} is {value!r}; wanted: {wanted}")
