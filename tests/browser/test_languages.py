"""Ready for languages: in one whose words are longer by two fifths nothing sticks out and nobody is kept out."""

import pytest

from access.core.states import GrantState
from access.models import Grant
from tests import factories, pseudo_language
from tests.browser.test_look import story

__all__ = ["story"]

PAGES = [
    ("jon", "/"), ("olga", "/"), ("jon", "/ask/"), ("adam", "/review/"), ("olga", "/active/"), ("jon", "/requests/"),
    ("olga", "/targets/prod/"), ("jon", "/grants/{held}/end/"), ("jon", "/account/"), ("jon", "/account/away/"),
    ("", "/login/"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "address"), PAGES)
def test_longer_words_have_room(open_browser, story, monkeypatch, who, address):
    pseudo_language.speak(monkeypatch)
    held = Grant.objects.get(state=GrantState.ACTIVE)
    browser = open_browser(factories.person(who) if who else None, width=360)
    browser.open(address.format(held=held.ref))
    assert pseudo_language.OPEN in browser.text
    assert browser.overflow() <= 0
    assert browser.violations() == []
