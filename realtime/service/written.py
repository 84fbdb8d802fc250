"""Small files in folders of the system that belong to the user."""

from __future__ import annotations

from pathlib import Path

from ..errors import CannotWrite


def written(path: Path, content: bytes) -> Path:
    """The file, with a folder around it; an older one is replaced. Raises CannotWrite."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error
    return path


def taken_away(path: Path) -> Path:
    """The file is gone; nothing happens where there is none. Raises CannotWrite."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error
    return path
