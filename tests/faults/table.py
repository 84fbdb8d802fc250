"""What came of all faults, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from faults.case import Moment, Outcome

COLUMN = "fault"  # the property of a test's report that has its row: tests may run in other processes

Row = list[str]  # the fault's name, then a cell per moment


def row(name: str, outcomes: Mapping[Moment, Outcome]) -> Row:
    return [name, *(cell(outcomes[moment]) for moment in Moment)]


def printed(rows: Sequence[Row]) -> Iterator[str]:
    """A line per fault."""
    for name, *cells in [["", *(moment.value for moment in Moment)], *rows]:
        yield f"{name:44}" + "".join(f"{each:>18}" for each in cells)


def cell(outcome: Outcome) -> str:
    """Recovery and trace; an exclamation mark where the room was recognisable."""
    recovery = "never" if outcome.recovery is None else f"{outcome.recovery:.2f}"
    return f"{recovery} ({outcome.worst:.2f}{'!' if outcome.leaks else ''})"
