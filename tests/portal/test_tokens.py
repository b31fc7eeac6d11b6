"""API tokens on the page: issued and shown once, listed, revoked."""

import re

import pytest
from django.utils import timezone

from access.models import Token
from access.people import tokens
from tests import factories
from tests.portal.pages import queries, words

PAGE = "/account/tokens/"
TYPED = {"label": "Laptop", "scopes": ["read", "ask"], "days": "30"}


@pytest.fixture
def web(sign_in, jon):
    return sign_in(jon)


def shown(answer):
    found = re.search(r"usher_[\w-]{43}", answer.content.decode())
    return found and found.group()


def test_a_token_is_issued_and_shown_once(web, jon):
    answer = web.post(PAGE, TYPED)
    token = Token.objects.get()
    assert tokens.holder(shown(answer), now=timezone.now()) == token
    assert (token.person, token.label, token.scopes) == (jon, "Laptop", ["read", "ask"])
    assert (token.expires_at - token.created_at).days == 30
    assert "no-store" in answer["Cache-Control"]
    again = web.get(PAGE)
    assert "Laptop" in words(again)
    assert shown(again) is None


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, db):
    assert client.get(PAGE).url == f"/login/?next={PAGE}"


@pytest.mark.parametrize("method", ["put", "delete"])
def test_other_methods_are_refused(web, method):
    assert getattr(web, method)(PAGE).status_code == 405
    assert web.get(f"{PAGE}T-AAAAA/revoke/").status_code == 405


@pytest.mark.parametrize(
    "wrong",
    [
        {"label": ""}, {"label": "x" * 101}, {"label": "nul\x00"}, {"scopes": []}, {"scopes": ["approve"]},
        {"scopes": ["everything"]}, {"days": "9999"}, {"days": ""},
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_issues_nothing(web, wrong):
    assert web.post(PAGE, {**TYPED, **wrong}).status_code == 422
    assert not Token.objects.exists()


def test_nobody_issues_one_for_somebody_else(web, rita, jon):
    web.post(PAGE, {**TYPED, "person": rita.pk})
    assert Token.objects.get().person == jon


def test_admins_issue_those_of_bots_with_any_scope(sign_in, olga, rita):
    bot = factories.person("deploys", is_bot=True)
    browser = sign_in(olga)
    assert browser.post(PAGE, {**TYPED, "person": rita.pk}).status_code == 422
    assert shown(browser.post(PAGE, {**TYPED, "person": bot.pk, "scopes": ["approve"]}))
    assert Token.objects.get().person == bot


def test_admins_give_their_own_no_more_than_others_do(sign_in, olga):
    factories.person("deploys", is_bot=True)
    answer = sign_in(olga).post(PAGE, {**TYPED, "person": olga.pk, "scopes": ["approve"]})
    assert answer.status_code == 403
    assert not Token.objects.exists()


def test_it_can_be_closed_for_people(web, settings):
    settings.PERSONAL_TOKEN_SCOPES = []
    assert "People issue no tokens here" in words(web.get(PAGE))
    assert web.post(PAGE, TYPED).status_code == 422


def test_a_token_is_revoked_by_its_owner_once(web, jon):
    text = shown(web.post(PAGE, TYPED))
    ref = Token.objects.get().ref
    assert web.post(f"{PAGE}{ref}/revoke/").url == PAGE
    assert tokens.holder(text, now=timezone.now()) is None
    assert "Revoked" in words(web.get(PAGE))
    assert web.post(f"{PAGE}{ref}/revoke/").status_code == 409


def test_nobody_sees_or_revokes_that_of_another_but_admins(web, sign_in, rita, olga):
    web.post(PAGE, TYPED)
    ref = Token.objects.get().ref
    assert ref not in words(sign_in(rita).get(PAGE))
    assert sign_in(rita).post(f"{PAGE}{ref}/revoke/").status_code == 404
    assert ref in words(sign_in(olga).get(PAGE))
    assert sign_in(olga).post(f"{PAGE}{ref}/revoke/").status_code == 302


def test_the_page_takes_as_many_queries_at_any_size(web):
    web.post(PAGE, TYPED)
    few = queries(web, PAGE)
    for _one in range(4):
        web.post(PAGE, TYPED)
    assert queries(web, PAGE) == few
