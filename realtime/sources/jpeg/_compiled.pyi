"""See decoder.py, and jpeg.h for how."""

from ...frame import Plane, Planes, Size

class State:
    """What lasts from one picture to the next; one thread at a time may use it."""

def forms() -> tuple[str, ...]:
    """What it was compiled for that this processor can run, best first."""

def decoder() -> State: ...
def decode(form: int, decoder: State, size: Size, content: Plane, onto: Planes) -> bool:
    """Whether `content` is a picture of `size` and is now in `onto`; where not, that may hold part of it.

    form  a place in `forms`
    onto  at least as large as `size`, in whole squares of 16 px
    """
