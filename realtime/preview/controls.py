"""What can be asked of a run while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..sinks.view import Click
from ..subjects.instance import Mark

Note = str | None  # an answer to be written over the preview for a moment


@dataclass(slots=True)
class Controls:
    """The parts of a run that keys and clicks reach; None: this run has no such part.

    All are called on the main thread while other threads work, and must return at once: it is the
    main thread that notices when frames stay away. What they return is shown to the user.

    pass_through     the user's wish to let the room be seen, or no more
    next_background  fade to the next one
    strengthen       multiply the blur's strength
    refine           look closely now
    capture_plate    the user leaves the picture for a moment: learn the room
    choose           only this subject, by its number; 0: everybody
    click            on the picture: of the subject there
    marks            the people to be numbered, now
    notice           what the user is to do now, to be written as long as it holds
    mirror           left and right have changed places in the window, or back
    refinement       how the refiner stands, for the overlay
    """

    pass_through: Callable[[bool], None] | None = None
    next_background: Callable[[], Note] | None = None
    strengthen: Callable[[float], Note] | None = None
    refine: Callable[[], Note] | None = None
    capture_plate: Callable[[], Note] | None = None
    notice: Callable[[], Note] | None = None
    choose: Callable[[int], Note] | None = None
    click: Callable[[Click], Note] | None = None
    marks: Callable[[], Sequence[Mark]] | None = None
    mirror: Callable[[bool], None] | None = None
    refinement: Callable[[], str] | None = None
