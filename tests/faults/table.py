"""What came of all faults, for people."""

from __future__ import annotations

from collections.abc import Iterator

from faults.case import Moment, Outcome

ROWS: dict[str, dict[Moment, Outcome]] = {}


def printed() -> Iterator[str]:
    """A line per fault."""
    yield f"{'':44}" + "".join(f"{moment.value:>18}" for moment in Moment)
    for name, outcomes in ROWS.items():
        cells = (cell(outcomes[moment]) if moment in outcomes else "" for moment in Moment)
        yield f"{name:44}" + "".join(f"{each:>18}" for each in cells)


def cell(outcome: Outcome) -> str:
    """Recovery and trace; an exclamation mark where the room was recognisable."""
    recovery = "never" if outcome.recovery is None else f"{outcome.recovery:.2f}"
    return f"{recovery} ({outcome.worst:.2f}{'!' if outcome.leaks else ''})"
