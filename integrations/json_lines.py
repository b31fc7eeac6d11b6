"""Append lines to a file or to the standard output, whole and lasting."""

import os
import stat
import sys
from typing import Final

STDOUT: Final = "stdout"


def append(place: str, lines: bytes) -> None:
    """Write the lines at the end of `place`: a path, or `stdout`. Returns once they are on disk. Raises OSError.

    The file is opened anew each time, so that it can be rotated by renaming it. A line that a crash or a full disk
    cut short is ended first: it stays alone, and what follows is whole.
    """
    if place == STDOUT:
        sys.stdout.buffer.write(lines)
        sys.stdout.buffer.flush()
        return
    # Not blocking: a pipe that nobody reads must not hold the worker.
    handle = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    try:
        _append(handle, lines)
    finally:
        os.close(handle)


def _append(handle: int, lines: bytes) -> None:
    known = os.fstat(handle)
    if not stat.S_ISREG(known.st_mode):
        raise OSError("It is not a file.")
    is_torn = known.st_size > 0 and os.pread(handle, 1, known.st_size - 1) != b"\n"
    rest = memoryview(b"\n" + lines if is_torn else lines)
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)
