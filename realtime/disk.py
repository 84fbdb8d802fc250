"""Files that are ours alone while they are written, and that destroy nothing."""

from __future__ import annotations

import errno
import io
import logging
import os
import stat
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CannotWrite

if sys.platform == "win32":
    import msvcrt

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

log = logging.getLogger(__name__)

WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0)
MODE = 0o600  # its user's alone
FAR = 1 << 40  # where a lock lies on Windows, which keeps others from reading what is locked
TAKEN = "another program is writing to it"


def claim(path: Path, *, overwrite: bool = False) -> tuple[Path, int]:
    """Open a file for writing, empty and locked; gives its name and descriptor.

    overwrite  one that is there already; else it stays, and the new one gets a number: talk-2.mp4

    What is no file (a pipe, a device) is opened as it is. Raises CannotWrite, also where another program
    is writing: it would not be two files that are wanted then, but one.
    """
    try:
        for number in count(1):
            place = path.with_name(f"{path.stem}-{number}{path.suffix}") if number > 1 else path
            handle = _overwritten(place) if overwrite or _special(place) else _made(place)
            if handle is None:
                continue
            if number > 1:
                log.warning("%s is there already; writing to %s (--overwrite replaces it)", path, place)
            return place, handle
    except OSError as error:
        raise CannotWrite(str(path), error.strerror or str(error)) from error
    raise AssertionError("there is always another number")


def lock(handle: int) -> bool:
    """Keep other programs from claiming the file; False where one has done so. It ends with the program."""
    try:
        if sys.platform == "win32":
            os.lseek(handle, FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl  # which Windows has not

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:  # some file systems know no locks
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES, errno.EDEADLK)
    return True


def held(path: Path) -> bool:
    """Whether a program is writing to the file."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:  # it is not there, or another user's
        return False
    try:
        return not lock(handle)
    finally:
        os.close(handle)


def deleted(handle: int) -> bool:
    """Whether the file has no name any more, so that nobody will find it."""
    found = os.fstat(handle)
    return stat.S_ISREG(found.st_mode) and not found.st_nlink


def let_go(path: Path, handle: int) -> None:
    """Close the file; one in which nothing was written is taken away."""
    found = os.fstat(handle)
    os.close(handle)
    if stat.S_ISREG(found.st_mode) and not found.st_size and found.st_nlink:
        path.unlink(missing_ok=True)


def _special(place: Path) -> bool:
    """Whether it is something else than a file, or a link that leads nowhere yet."""
    try:
        return not stat.S_ISREG(place.stat().st_mode)
    except FileNotFoundError:
        return place.is_symlink()


def _made(place: Path) -> int | None:
    """A new file; None where there is one. Raises CannotWrite where another program is making it."""
    try:
        handle = os.open(place, WRITE | os.O_CREAT | os.O_EXCL, MODE)
    except FileExistsError:
        if held(place):
            raise CannotWrite(str(place), TAKEN) from None
        return None
    lock(handle)
    return handle


def _overwritten(place: Path) -> int:
    """What is there, emptied, if nobody writes to it."""
    handle = os.open(place, WRITE | os.O_CREAT, MODE)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        if not lock(handle):
            os.close(handle)
            raise CannotWrite(str(place), TAKEN)
        os.ftruncate(handle, 0)
    return handle


def keep(content: bytes, path: Path, *, overwrite: bool = False) -> Path:
    """Write a file as a whole; gives where it is. Raises CannotWrite."""
    disk = Disk(path, overwrite=overwrite)
    try:
        disk.write(content)
        disk.check()
    finally:
        disk.close()
    return disk.path


class Disk(io.FileIO):
    """The file under a muxer. After a failed write it stays as it is, so that what it holds plays:
    a muxer that goes on would overwrite the head of a file whose end is missing.

    path  where it is, perhaps with a number
    """

    def __init__(self, path: Path, *, overwrite: bool = False) -> None:
        self._failure: OSError | None = None
        self.path, handle = claim(path, overwrite=overwrite)
        super().__init__(handle, "wb", closefd=False)

    def write(self, chunk: ReadableBuffer, /) -> int:
        left = memoryview(chunk)
        size = len(left)
        try:
            while left and not self._failure:
                left = left[super().write(left) :]
        except OSError as error:
            self._failure = error
        return size

    def check(self) -> None:
        """Raises CannotWrite when the disk takes no more, or the file was deleted."""
        if self._failure:
            raise CannotWrite(str(self.path), self._failure.strerror or str(self._failure)) from self._failure
        if not self.closed and deleted(self.fileno()):
            raise CannotWrite(str(self.path), "it was deleted meanwhile")

    def close(self) -> None:
        if not self.closed:
            handle = self.fileno()
            super().close()
            let_go(self.path, handle)
