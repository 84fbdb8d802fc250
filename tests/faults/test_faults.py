"""Whatever goes wrong, whenever: nobody sees the room, and the picture comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from faults.case import Case, Moment
from faults.catalogue import faults
from faults.room import Scene
from faults.table import COLUMN, Row, row

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("name", list(faults()))
def test_the_room_is_never_seen_and_the_person_is_again(
    name: str, scene: Scene, other: Scene, record_property: Callable[[str, Row], None]
) -> None:
    cases = {moment: Case(faults()[name], moment, scene, other) for moment in Moment}
    with ThreadPoolExecutor(len(cases)) as calls:
        started = {moment: calls.submit(case.run) for moment, case in cases.items()}
        outcomes = {moment: call.result() for moment, call in started.items()}
    record_property(COLUMN, row(name, outcomes))
    for moment, outcome in outcomes.items():
        assert outcome.leaks == 0, f"{moment.value}: {outcome}"
        assert outcome.recovery is not None, f"{moment.value}: {outcome}"
