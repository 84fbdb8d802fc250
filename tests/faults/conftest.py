"""The two scenes that all faults happen in, and the table that tells how it went."""

from __future__ import annotations

import cv2
import pytest
from faults.room import SEED, Scene, film
from faults.table import COLUMN, printed


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    cv2.setNumThreads(1)
    return film(tmp_path_factory.mktemp("scenes") / "room.mkv", seed=SEED)


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return film(tmp_path_factory.mktemp("scenes") / "other.mkv", seed=2, mirrored=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    told = [dict(report.user_properties) for report in reports]
    if rows := [row for properties in told if (row := properties.get(COLUMN))]:
        terminalreporter.section("faults: s until the person is seen again, and the room's largest trace")
        for line in printed(rows):
            terminalreporter.write_line(line)
