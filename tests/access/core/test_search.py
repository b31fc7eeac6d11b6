"""What somebody types is found although they mistype."""

import pytest

from access.core import search

NAMES = ["Prod", "Staging", "Ärzte", "Datenbank São Paulo", "Straße", "prod-eu", "Database admins"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("prod", ["Prod", "prod-eu"]),
        ("PROD", ["Prod", "prod-eu"]),
        ("prdo", ["Prod", "prod-eu"]),
        ("arzte", ["Ärzte"]),
        ("ärtze", ["Ärzte"]),
        ("sao", ["Datenbank São Paulo"]),
        ("strasse", ["Straße"]),
        ("stagign", ["Staging"]),
        ("databse", ["Database admins"]),
        ("eu prod", ["prod-eu"]),
        ("paulo staging", []),
        ("zzzz", []),
        ("", NAMES),
        ("  ", NAMES),
        ("-", NAMES),
    ],
)
def test_accents_case_typos_and_beginnings_are_forgiven(typed, found):
    assert search.best(typed, NAMES, lambda one: [one]) == found


def test_what_is_typed_right_wins_over_what_is_only_like_it():
    assert search.best("test", ["Text", "Test", "Testing"], lambda one: [one]) == ["Test", "Testing"]


def test_a_long_text_costs_no_more_than_its_beginning():
    assert search.score("a" * 100_000, ["b"]) == 0.0
