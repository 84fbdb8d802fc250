"""Where models' files lie. Nothing here goes to the network."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from .errors import ModelCorrupt, ModelMissing
from .manifest import Model

BUNDLED = Path(__file__).parent / "weights"


def user_folder() -> Path:
    """Where a user keeps models for good."""
    return platformdirs.user_data_path("softfocus") / "models"


def locate(model: Model, folders: Sequence[Path] = ()) -> Path | None:
    """The model's file: in softfocus itself, in `folders` or in the user's folder; None if nowhere."""
    places = [BUNDLED] if model.bundled else []
    paths = (folder / model.file for folder in (*places, *folders, user_folder()))
    return next((path for path in paths if path.is_file()), None)


def read_model(model: Model, folders: Sequence[Path] = ()) -> tuple[Path, bytes]:
    """The model's file and its content, which is what the manifest says it is."""
    path = locate(model, folders)
    if path is None:
        raise ModelMissing(model.name, f"{model.file} ({model.source})")
    remedy = "install softfocus again" if path.parent == BUNDLED else "delete it and fetch it again"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelCorrupt(path, error.strerror or str(error), remedy) from None
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise ModelCorrupt(path, "its sha256 is not the manifest's", remedy)
    return path, content
