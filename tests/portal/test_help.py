"""Help: every page of docs/ that people read is shown, its links lead somewhere, and each screen leads to its page."""

import re

import pytest
from django.urls import get_resolver
from django.utils.html import escape

from portal import help_pages
from tests import source
from tests.portal.pages import queries

pytestmark = pytest.mark.django_db

NAMES = [page.name for _audience, pages in help_pages.contents() for page in pages]
# Of those who build Usher, and read it where the code is.
ELSEWHERE = {"house", "index"}


def test_all_of_docs_is_there():
    assert {one.stem for one in (source.ROOT / "docs").glob("*.md")} == {*NAMES, *ELSEWHERE}


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_shown_and_its_links_lead_somewhere(client, jon, name):
    client.force_login(jon)
    page = client.get(f"/help/{name}/")
    text = page.content.decode()
    assert page.status_code == 200
    assert escape(help_pages.find(name).title) in text.partition("<h1>")[2].partition("</h1>")[0]
    assert "style=" not in text
    leads = [one.partition("#") for one in re.findall(r'href="(/help/[^"]+|#[^"]+)"', text)]
    # Each of these is shown by this test.
    assert {address for address, _, _ in leads} <= {"", *(f"/help/{one}/" for one in NAMES)}
    there = {address: client.get(address).content.decode() for address, _, anchor in leads if address and anchor}
    for address, _, anchor in leads:
        assert not anchor or f'id="{anchor}"' in (there[address] if address else text), f"{address}#{anchor}"


def test_what_is_no_page_is_not_found(client, jon):
    client.force_login(jon)
    for name in ("house", "nothing", "adr"):
        assert client.get(f"/help/{name}/").status_code == 404
    assert client.get("/help/../README/").status_code == 404


def test_it_is_for_those_who_sign_in(client):
    assert client.get("/help/").status_code == client.get("/help/asking/").status_code == 302


def test_screens_are_addresses_that_there_are():
    assert set(help_pages.SCREENS) <= {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert set(help_pages.SCREENS.values()) <= set(NAMES)


@pytest.mark.parametrize(
    ("url", "help_"), [("/ask/", "/help/asking/"), ("/", "/help/"), ("/review/", "/help/deciding/")]
)
def test_each_page_leads_there(client, flow, jon, url, help_):
    client.force_login(jon)
    assert f'href="{help_}"' in client.get(url).content.decode()


def test_a_page_asks_the_database_for_nothing_but_its_reader(client, jon):
    client.force_login(jon)
    client.get("/help/")
    assert queries(client, "/help/events/") <= queries(client, "/account/")
