"""Where models' files lie, and whether they are what they should be. Nothing here goes to the network.

A file is known by its sha256, which the manifest gives. Where it cannot (a model that the user exports
comes out different with every version of the exporter), the user vouches for the file that is brought,
and from then on that one's sha256 counts: it is kept in pins.json beside the files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import platformdirs

from .errors import CannotStore, ModelCorrupt, ModelMissing, ModelUnpinned, UnknownFile
from .manifest import Model, ModelFile, known_models

Vouch = Callable[[ModelFile, str], bool]  # file, its sha256: whether the user trusts it

BUNDLED = Path(__file__).parent / "weights"


def user_folder() -> Path:
    """Where a user keeps models for good."""
    return platformdirs.user_data_path("softfocus") / "models"


def locate(model: Model, folders: Sequence[Path] = (), part: str | None = None) -> Path | None:
    """The model's file: in softfocus itself, in `folders`, in a folder of theirs or in the user's folder."""
    name = model.file(part).name
    places = [BUNDLED] if model.bundled else []
    for folder in (*places, *folders, user_folder()):
        for path in (folder / name, *sorted(folder.glob(f"*/{name}"))):
            if path.is_file():
                return path
    return None


def paths(model: Model, folders: Sequence[Path] = ()) -> list[Path]:
    """All files of a model. Raises ModelMissing if one is not here."""
    found = {file.name: locate(model, folders, file.part) for file in model.files}
    if missing := [name for name, path in found.items() if path is None]:
        raise absent(model, missing)
    return [path for path in found.values() if path]


def absent(model: Model, files: Sequence[str]) -> ModelMissing:
    """The error that says how to get these files of the model."""
    return ModelMissing(model.name, files, model.source, pulled=all(file.url for file in model.files))


def read_model(model: Model, folders: Sequence[Path] = (), part: str | None = None) -> tuple[Path, bytes]:
    """The model's file and its content, which is what the manifest or the user says it is."""
    file = model.file(part)
    path = locate(model, folders, part)
    if path is None:
        raise absent(model, [file.name])
    remedy = "install softfocus again" if path.parent == BUNDLED else "delete it and fetch it again"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelCorrupt(path, error.strerror or str(error), remedy) from None
    wanted = expected(file)
    if wanted is None:
        raise ModelUnpinned(path)
    if hashlib.sha256(content).hexdigest() != wanted:
        raise ModelCorrupt(path, "its sha256 is not the one that is known", remedy)
    return path, content


def expected(file: ModelFile) -> str | None:
    """The sha256 that the file must have; None where nobody has said so far."""
    return file.sha256 or _pins().get(file.name)


def approve(file: ModelFile, path: Path, vouch: Vouch) -> None:
    """Accept `path` as that file: its sha256 is known, or the user vouches for it and it is from now on."""
    found, wanted = digest(path), expected(file)
    if wanted is None and vouch(file, found):
        wanted = found
        _pin(file, found)
    if wanted is None:
        raise ModelUnpinned(path)
    if found != wanted:
        raise ModelCorrupt(path, f"its sha256 is {found}, not {wanted}", "get it from its source again")


def add(path: Path, vouch: Vouch) -> tuple[Model, Path]:
    """Copy a file into the user's folder: the model that it belongs to, and where it is now."""
    model, file = recognise(path)
    approve(file, path, vouch)
    target = user_folder() / file.name
    arriving = target.with_name(f"{file.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, arriving)
        os.replace(arriving, target)
    except OSError as error:
        arriving.unlink(missing_ok=True)
        raise CannotStore(target, error.strerror or str(error)) from None
    return model, target


def recognise(path: Path) -> tuple[Model, ModelFile]:
    """Whose file this is: by its sha256, or by its name where no sha256 is known."""
    found = digest(path)
    files = [(model, file) for model in known_models().values() for file in model.files]
    for model, file in files:
        if expected(file) == found or (file.sha256 is None and file.name == path.name):
            return model, file
    raise UnknownFile(path, found)


def digest(path: Path) -> str:
    """sha256 of a file's content, hex."""
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise ModelCorrupt(path, error.strerror or str(error), "give another file") from None


def _pins() -> Mapping[str, str]:
    """sha256 by file name, of what the user vouched for."""
    try:
        pins = json.loads((user_folder() / "pins.json").read_text("utf-8"))
    except (OSError, ValueError):  # none yet, or unreadable: then nothing is vouched for
        return {}
    return cast("dict[str, str]", pins) if isinstance(pins, dict) else {}


def _pin(file: ModelFile, sha256: str) -> None:
    pins = user_folder() / "pins.json"
    arriving = pins.with_name("pins.json.part")
    try:
        pins.parent.mkdir(parents=True, exist_ok=True)
        arriving.write_text(json.dumps({**_pins(), file.name: sha256}, indent=2) + "\n", "utf-8")
        os.replace(arriving, pins)
    except OSError as error:
        raise CannotStore(pins, error.strerror or str(error)) from None
