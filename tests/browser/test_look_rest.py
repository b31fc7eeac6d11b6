"""Every other page that there is, as the table of addresses has it: a new one is looked at from its first day."""

import re

import pytest

from tests.browser import test_look, test_look_access_reviews, test_look_findings, test_look_requests
from tests.portal.existence.table import rows
from tests.portal.existence.world import World

# What is no page: for programs, files, and parts of pages.
NONE = re.compile(
    r"/(api|scim|slack|sso|admin)/|/(healthz|healthcheck|readyz|metrics)$|\.py$|/metadata/$"
    r"|/(evidence|export|row|news|urgent|state)/$|/reports/$"
)
PARTS = 3
LOOKED_AT = [
    *(address for _who, address in (*test_look.PAGES, *test_look_requests.PAGES)),
    *test_look_access_reviews.PAGES,
    *test_look_findings.PAGES,
]


def is_looked_at(address: str) -> bool:
    """Whether it is in the list of another file, where a busier story is told."""
    pattern = re.compile(re.sub(r"<[^>]+>", "[^/]+", address) + "$")
    return any(pattern.match(one.partition("?")[0]) for one in LOOKED_AT)


def rest() -> list[str]:
    return [
        address
        for address, (by_get, _by_post) in rows().items()
        if by_get not in ("-", "none") and not NONE.search(address) and not is_looked_at(address)
    ]


def reader(letters: str) -> str:
    """Who sees the most of it."""
    return "" if letters == "*" else "X" if letters == "all" or "X" in letters else "A"


def test_what_is_no_page_is_no_more_than_it_seems():
    assert {"/audit/", "/search/", "/setup/roles/", "/login/"} - set(rest()) == {"/login/"}
    assert "/" not in rest()


@pytest.mark.parametrize("part", range(PARTS))
def test_the_page_looks_right(open_browser, transactional_db, part):
    world, found = World(), {}
    browsers = {letter: open_browser(world.people.get(letter), reduced_motion="reduce") for letter in ("", "X", "A")}
    for address in rest()[part::PARTS]:
        browser = browsers[reader(rows()[address][0])]
        wrong = browser.looks_wrong(world.path(address, missing=False))
        # Some have nothing to show to whoever comes without having chosen something, and say so.
        found[address] = [one for one in wrong if "status of 40" not in one]
        browser.complaints.clear()
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
