"""The keys of the preview window, and what they do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..frame import Plane
from ..gate.passthrough import Passthrough
from ..sinks.view import Click, View
from ..sinks.window import ESCAPE
from .controls import Controls, Note

NOTED = 2.0  # s that an answer stays
STEP = 1.25  # of the blur's strength, per key press
QUIT = ("q", ESCAPE)


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the table.

    keys  each of these characters; label: how they are called
    does  what, for people; act does it, and is told which key it was
    """

    keys: str
    label: str
    does: str
    act: Callable[[str], Note]


class Preview:
    """Passes keys and clicks on to the run, and writes over the window what comes of it. Main thread only.

    matte    the newest alpha, (H, W); asked for while the user wants to see it
    overlay  lines about the run
    raw      whether the room is seen already
    """

    def __init__(
        self,
        view: View,
        controls: Controls,
        *,
        matte: Callable[[], Plane | None],
        overlay: Callable[[], Sequence[str]],
        raw: bool = False,
    ) -> None:
        self._view = view
        self._view.marks = lambda: controls.marks() if controls.marks else ()
        self._controls = controls
        self._matte = matte
        self._overlay = overlay
        self._asks = Passthrough(self._pass_through, on=raw)
        self._question: str | None = None
        self._noted: tuple[str, float] | None = None
        self._told = self._helped = False
        self.keys = self._table()

    def press(self, key: str | None) -> bool:
        """Do what the key is for (None: no key was pressed); False once the user wants to quit."""
        asked = self._question is not None
        self._question = self._asks(key) if self._controls.pass_through else None
        if key in QUIT:
            return False
        if key and not asked:  # else it was the answer
            self._act(key)
        self._write()
        return True

    def click(self, click: Click) -> None:
        """Pass it on; what is answered will be written."""
        if self._controls.click:
            self._note(self._controls.click(click))

    def _table(self) -> tuple[Key, ...]:
        wanted = self._controls
        return (
            Key("?", "?", "these keys", self._help),
            Key("", "q Esc", "quit", nothing),  # `press` sees to these two
            Key("", "Space", "show the room (asks first), blur again", nothing),
            Key("b", "b", "next background", lambda key: call(wanted.next_background)),
            Key("+=", "+", "stronger blur", lambda key: call(wanted.strengthen, STEP)),
            Key("-_", "-", "weaker blur", lambda key: call(wanted.strengthen, 1 / STEP)),
            Key("0123456789", "0-9", "everybody, or only this subject", self._choose),
            Key("r", "r", "look closely now", lambda key: call(wanted.refine)),
            Key("p", "p", "learn the room: step out of the picture", lambda key: call(wanted.capture_plate)),
            Key("m", "m", "matte", self._show_matte),
            Key("f", "f", "figures", self._tell),
            Key("h", "h", "mirror this window", self._mirror),
            Key("v", "v", "turn this window upside down", self._turn),
        )

    def _act(self, key: str) -> None:
        found = next((each for each in self.keys if key in each.keys), None)
        if found:
            self._note(found.act(key))

    def _write(self) -> None:
        """Over the next frames: help or figures, the question, else the last answer."""
        if self._noted and time.monotonic() > self._noted[1]:
            self._noted = None
        notice = self._controls.notice() if self._controls.notice else None
        self._view.note = self._question or (self._noted and self._noted[0]) or notice
        if self._helped:
            self._view.lines = [f"{each.label:6} {each.does}" for each in self.keys]
        else:
            self._view.lines = self._overlay() if self._told else ()

    def _note(self, note: Note) -> None:
        if note:
            self._noted = note, time.monotonic() + NOTED

    def _pass_through(self, wanted: bool) -> None:
        if self._controls.pass_through:
            self._controls.pass_through(wanted)

    def _help(self, key: str) -> Note:
        self._helped = not self._helped
        return None

    def _tell(self, key: str) -> Note:
        self._told = not self._told
        return None

    def _choose(self, key: str) -> Note:
        return call(self._controls.choose, int(key))

    def _show_matte(self, key: str) -> Note:
        self._view.instead = None if self._view.instead else self._matte
        return None

    def _mirror(self, key: str) -> Note:
        self._view.mirrored = not self._view.mirrored
        if self._controls.mirror:
            self._controls.mirror(self._view.mirrored)
        return None

    def _turn(self, key: str) -> Note:
        self._view.upside_down = not self._view.upside_down
        return None


def call(act: Callable[..., Note] | None, *arguments: object) -> Note:
    """What it answers, if this run has such a part."""
    return act(*arguments) if act else "there is no such thing in this run"


def nothing(key: str) -> Note:
    return None
