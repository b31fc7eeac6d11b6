"""Pictures of the screens for the site of docs/: `make screenshots` keeps them, so they are of today's pages.

Elsewhere they are taken, and thrown away.
"""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from access.core.states import GrantState, RequestState
from access.requests import decide
from tests import factories

SCREENS = (
    ("jon", "/ask/", "ask", "Jon asks: what, for how long and why, and who will decide is said before it is sent."),
    ("adam", "/review/", "review", "Adam decides: who asks, which account gets in, and why."),
    ("jon", "/requests/{asked}/", "request", "One request: its story, and when access ends."),
    ("jon", "/", "home", "What Jon holds, and what waits."),
    ("olga", "/active/", "active", "All that is held now, for an admin."),
    ("olga", "/targets/prod/", "target", "A target: who decides, who holds it, and who held it when."),
    ("olga", "/audit/", "audit", "The log, and the state of its chain."),
)


@pytest.fixture
def story(flow, jon, adam, rita, olga, now):
    factories.mapping(rita)
    grant = factories.grant(state=GrantState.ACTIVE, now=now - timedelta(minutes=20), seconds=3600)
    factories.request_at(state=RequestState.PENDING, now=now, requester=rita, reason="to fix Ticket 124")
    other = factories.request_at(state=RequestState.PENDING, now=now - timedelta(hours=3), requester=rita)
    decide.deny(request=other, by=adam, comment="Please ask for Staging first.", now=now)
    return grant.requests.get()


def test_the_screens_as_they_are_today(open_browser, story, tmp_path):
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page = ["# What it looks like\n"]
    for who, address, name, words in SCREENS:
        browser = open_browser(factories.person(who), width=1280, color_scheme="light")
        browser.open(address.format(asked=story.ref))
        browser.page.screenshot(path=folder / f"{name}.png")
        page.append(f"{words}\n\n![{words}]({name}.png)\n")
    (folder / "index.md").write_text("\n".join(page), encoding="utf-8")
    assert all((folder / f"{name}.png").stat().st_size > 5000 for _who, _address, name, _words in SCREENS)
