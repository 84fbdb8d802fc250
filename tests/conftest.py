"""What every test may lean on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from pipewire_session import Session, missing

SHARED = Path(__file__).resolve().parents[2] / "shared"


def unavailable(what: str) -> NoReturn:
    """Skip where a part is missing on a developer's machine; fail in CI, where it must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is missing, and CI must have it")
    pytest.skip(f"{what} is missing")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development material: real clips with exact alpha, photos with masks, other models' weights."""
    if not (SHARED / "data" / "INDEX.md").is_file():
        unavailable(f"the development material in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def pipewire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """PipeWire, its session manager and the desktop's portal; the test's own process finds them too."""
    if lacks := missing():
        unavailable(lacks)
    with Session(tmp_path_factory.mktemp("pw")) as session, pytest.MonkeyPatch.context() as patch:
        for name in ("PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"):
            patch.setenv(name, session.environ[name])
        patch.delenv("PIPEWIRE_REMOTE", raising=False)
        yield session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The virtual machine's test first, as it takes the longest; faults last, as they happen in real time."""
    items.sort(key=lambda item: (when(item, "faults"), -when(item, "virtual_camera")))


def when(item: pytest.Item, marker: str) -> int:
    """1 for tests with that marker, else 0."""
    return int(item.get_closest_marker(marker) is not None)
