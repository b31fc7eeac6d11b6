"""Ticket patterns are admins' words, matched against anybody's."""

import pytest

from access.policy import tickets


@pytest.mark.parametrize(
    ("pattern", "ticket", "expected"),
    [
        (r"[A-Z]+-\d+", "OPS-12", True),
        (r"[A-Z]+-\d+", "OPS-12 and more", False),
        (r"[A-Z]+-\d+", "ops-12", False),
        (r"(?i)ops-\d+", "OPS-1", True),
        (r"\d+", "١٢", True),
    ],
)
def test_the_whole_ticket_matches(pattern, ticket, expected):
    assert tickets.fits(pattern, ticket) is expected


def test_a_pattern_that_would_take_for_ever_gives_up():
    assert not tickets.fits("(a+)+b", "a" * 100)
    assert not tickets.fits("(a|a)*b", "a" * 100)
    assert not tickets.fits("(x+x+)+y", "x" * 100)


@pytest.mark.parametrize("pattern", ["[", "(", "*a", "(?P<a", "a{2,1}"])
def test_what_is_no_pattern_is_told(pattern):
    assert not tickets.works(pattern)
