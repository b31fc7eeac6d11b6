"""Times in words, as people read them."""

from datetime import timedelta

import pytest

from portal import times


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "in a moment"),
        (61, "in 1 min"),
        (3600, "in 1 h"),
        (24 * 3600 - 1, "in 23 h 59 min"),
        (24 * 3600, "in 1 d"),
        (26 * 3600, "in 1 d 2 h"),
        (-30, "just now"),
        (-3599, "59 min ago"),
        (-26 * 3600, "1 d ago"),
    ],
)
def test_a_distance_is_said_to_the_minute_ahead_and_in_one_unit_behind(now, seconds, words):
    assert times.relative(now + timedelta(seconds=seconds), now=now) == words
