"""A machine whose clock is wrong: by the seconds in the file that CLOCK_AHEAD names, as they are at the moment.

What a process that was started with this folder in PYTHONPATH takes for the time of day. The clock that nobody sets
(CLOCK_BOOTTIME, monotonic) runs on as it does when a real clock is set.
"""

import os
import time
from datetime import timedelta
from pathlib import Path

_file = Path(os.environ["CLOCK_AHEAD"])
_time = time.time


def _ahead():
    return float(_file.read_text() or 0)


time.time = lambda: _time() + _ahead()

from django.utils import timezone  # noqa: E402  it has to be there before anything takes `now` from it

_now = timezone.now
timezone.now = lambda: _now() + timedelta(seconds=_ahead())
