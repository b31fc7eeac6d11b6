"""The page of break-glass: it says what happens, does it on purpose only, and once."""

import uuid

import pytest
from django.test import Client

from access.core.states import RequestState
from access.models import AccessRequest, AfterReview, Flow, User
from tests import factories
from tests.portal.pages import checked, queries, words

PAGE = "/ask/break-glass/"
HOUR = 3600

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(flow):
    Flow.objects.update(break_glass=True)
    return flow


@pytest.fixture
def typed(flow):
    """What Jon types and ticks, to be changed by a test."""
    return {
        "confirmed": "yes", "understood": "yes", "flow": "production-access", "target": "prod", "duration": str(HOUR),
        "reason": "the database is down", "ticket": "INC-1", "submission": str(uuid.uuid4()),
    }  # fmt: skip


def test_it_says_what_happens_before_anything_does(web, olga):
    page = web.get(f"{PAGE}?flow=production-access&target=prod")
    text = words(page)
    assert "You get access at once, without approval, for at most 1 h." in text
    assert "told at once that you skipped them: Adam Novak, Olga Brandt." in text
    assert "has to sign a review off by" in text
    assert checked(page, "target") == "prod"
    assert "understood" not in (checked(page, "understood") or "")
    assert not AccessRequest.objects.exists()


def test_it_offers_only_what_is_short_enough(web):
    page = web.get(PAGE).content.decode()
    assert 'id="duration-3600"' in page
    assert 'id="duration-14400"' not in page


def test_sent_with_the_tick_it_gives_access_and_leads_to_the_request(web, typed):
    answer = web.post(PAGE, typed)
    made = AccessRequest.objects.get()
    assert answer.url == f"/requests/{made.ref}/"
    assert (made.path, made.state, made.reason) == ("break_glass", RequestState.APPROVED, "the database is down")
    assert "Everybody whom it skipped is being told." in words(web.get(answer.url))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"understood": ""}, "Tick that this is an emergency."),
        ({"ticket": ""}, "Name the ticket or the incident: break-glass needs one."),
        ({"reason": ""}, "Say why you need it."),
        ({"duration": str(4 * HOUR)}, "Choose one of the durations that break-glass offers here."),
        ({"duration": ""}, "Choose how long you need it."),
        ({"duration": "soon"}, "Write a duration such as 30m, 1h or 1d."),
        ({"target": "nothing"}, "Choose one of the roles that are offered."),
        ({"flow": "nothing"}, "This flow does not allow break-glass at the moment."),
        ({"submission": "nothing"}, "This form is out of date."),
        ({"target": "\0"}, "Null characters are not allowed."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_happens(web, typed, change, sentence):
    answer = web.post(PAGE, typed | change)
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert not AccessRequest.objects.exists()


def test_everything_that_is_wrong_is_said_at_once_and_what_was_typed_is_kept(web, typed):
    answer = web.post(PAGE, typed | {"understood": "", "ticket": "", "duration": str(60)})
    assert "Tick that this is an emergency." in words(answer)
    assert "Name the ticket or the incident" in words(answer)
    assert "the database is down" in words(answer)
    assert checked(answer, "duration") == "60"


def test_the_other_form_sent_here_shows_this_page_and_does_nothing(web, typed):
    ask = {name: typed[name] for name in ("flow", "target", "duration", "reason", "ticket", "submission")}
    answer = web.post(PAGE, {**ask, "starts": "now"})
    assert answer.status_code == 200
    assert "the database is down" in words(answer)
    assert typed["submission"] not in answer.content.decode()
    assert not AccessRequest.objects.exists()


def test_an_ask_never_becomes_break_glass(web, typed):
    web.post("/ask/", {**typed, "starts": "now"})
    assert AccessRequest.objects.get().state == RequestState.PENDING


def test_a_link_with_everything_in_it_does_nothing(web, typed):
    answer = web.get(PAGE, typed)
    assert answer.status_code == 200
    assert not AccessRequest.objects.exists()


def test_sent_twice_it_is_one_request(web, typed):
    assert web.post(PAGE, typed).url == web.post(PAGE, typed).url
    assert AccessRequest.objects.count() == AfterReview.objects.count() == 1


def test_without_the_token_of_the_form_nothing_happens(jon, typed):
    factories.mapping(jon)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(jon, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(PAGE, typed).status_code == 403
    assert not AccessRequest.objects.exists()


def test_a_flow_that_does_not_allow_it_is_not_offered(web, typed):
    Flow.objects.update(break_glass=False)
    assert "No flow allows break-glass" in words(web.get(PAGE))
    assert web.post(PAGE, typed).status_code == 422
    assert "Break-glass…" not in words(web.get("/ask/"))
    assert not AccessRequest.objects.exists()


def test_the_form_to_ask_leads_here_where_the_flow_allows_it(web):
    assert f'formaction="{PAGE}"' in web.get("/ask/").content.decode()


def test_it_is_there_also_where_nobody_can_approve(web, typed, adam, olga):
    User.objects.filter(pk=adam.pk).update(is_active=False)
    assert "Break-glass…" in words(web.get("/ask/"))
    assert web.post(PAGE, typed).status_code == 302


def test_what_blocks_it_is_said_and_the_button_is_off(web, adam):
    User.objects.filter(pk=adam.pk).update(is_active=False)
    page = web.get(PAGE)
    assert "Nobody but you could look at it afterwards" in words(page)
    assert 'id="break-glass" disabled' in " ".join(page.content.decode().split())


def test_who_is_not_signed_in_is_sent_to_the_sign_in(client, typed):
    assert client.post(PAGE, typed).url.startswith("/login/")
    assert not AccessRequest.objects.exists()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(web, method):
    assert getattr(web, method)(PAGE).status_code == 405


def test_the_page_takes_a_fixed_number_of_queries(web, flow, now):
    # Of several targets none is chosen.
    for _target in range(2):
        factories.broken_glass(now=now)
    few = queries(web, PAGE)
    for number in range(5):
        factories.also_decided_by(flow, factories.person(f"more{number}"))
        factories.broken_glass(now=now)
    assert queries(web, PAGE) == few
