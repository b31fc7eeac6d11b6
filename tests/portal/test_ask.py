"""The form with which people ask."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import (
    AccessRequest,
    AuditEvent,
    DirectoryMembership,
    DirectoryPerson,
    DirectoryRole,
    Flow,
    Integration,
    Strategy,
)
from access.states import GrantState, RequestState
from tests import factories
from tests.portal.pages import HTMX, is_part_of, queries, words

ASK = "/ask/"
HOUR = 3600


@pytest.fixture
def web(sign_in, flow, jon):
    factories.mapping(jon)
    return sign_in(jon)


@pytest.fixture
def typed(flow):
    """What Jon types, to be changed by a test."""
    return {
        "flow": "production-access",
        "target": "prod",
        "duration": str(HOUR),
        "starts": "now",
        "starts_at": "",
        "reason": "to fix Ticket 123",
        "ticket": "",
        "submission": str(uuid.uuid4()),
    }


def checked(response, name):
    """The value of the radio button that is chosen, if one is."""
    text = response.content.decode()
    inputs = [part for part in text.split("<input")[1:] if f'name="{name}"' in part.split(">")[0]]
    values = [part.split('value="')[1].split('"')[0] for part in inputs if "checked" in part.split(">")[0]]
    return values[0] if values else None


def is_off(response):
    """Whether the button that sends the form is turned off."""
    return re.search(r'id="ask-send"\s+disabled', response.content.decode()) is not None


def test_what_is_typed_becomes_a_request(web, typed, jon):
    answer = web.post(ASK, typed)
    asked = AccessRequest.objects.get()
    assert answer.url == reverse("request", args=[asked.ref])
    assert (asked.requester, asked.target.name, asked.seconds, asked.state) == (jon, "prod", HOUR, "pending")
    assert asked.reason == "to fix Ticket 123"


def test_sending_the_form_twice_makes_one_request(web, typed):
    first, second = web.post(ASK, typed), web.post(ASK, typed)
    assert first.url == second.url
    assert AccessRequest.objects.count() == 1
    assert "was sent before" not in words(web.get(second.url))


def test_an_old_form_sent_again_with_something_else_says_that_it_made_nothing_new(web, typed):
    web.post(ASK, typed)
    answer = web.post(ASK, {**typed, "duration": "60"}, follow=True)
    assert AccessRequest.objects.count() == 1
    assert "This form was sent before and made this request." in words(answer)


def test_who_is_not_signed_in_is_sent_to_the_sign_in_and_back(client, flow):
    assert client.get("/ask/?target=prod").url == "/login/?next=/ask/%3Ftarget%3Dprod"
    assert client.post(ASK).status_code == 302
    assert not AccessRequest.objects.exists()


def test_who_has_no_account_is_told_so_and_cannot_send(sign_in, flow, typed):
    web = sign_in(factories.person("mallory"))
    Integration.objects.update(due_at=timezone.now() + timedelta(minutes=4, seconds=30))
    page = web.get(ASK)
    assert "No account in Aptible has your e-mail mallory@example.com." in words(page)
    assert "Aptible is searched for your account again in 4 min." in words(page)
    assert is_off(page)
    answer = web.post(ASK, typed)
    assert answer.status_code == 422
    assert "Aptible is being searched for your account again right now." in words(answer)
    assert not AccessRequest.objects.exists()


def test_a_flow_that_was_closed_meanwhile_says_so(web, typed):
    Flow.objects.update(is_active=False)
    answer = web.post(ASK, typed)
    assert answer.status_code == 422
    assert "Nothing can be asked for at the moment" in words(answer)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(web, method):
    assert getattr(web, method)(ASK).status_code == 405


BAD = [
    ({"duration": "7200"}, "Choose one of the durations that are offered."),
    ({"duration": "soon"}, "Write a duration such as 30m, 1h or 1d."),
    ({"duration": ""}, "Choose how long you need it."),
    ({"duration": "-60"}, "Write a duration such as 30m, 1h or 1d."),
    ({"duration": "9" * 5000}, "Write a duration such as 30m, 1h or 1d."),
    ({"starts": "later", "starts_at": "2020-01-01T10:00"}, "The start is in the past."),
    ({"starts": "later", "starts_at": "2199-01-01T10:00"}, "The start is more than 90 days away."),
    ({"starts": "later", "starts_at": ""}, "Choose when it should start."),
    ({"starts": "later", "starts_at": "tomorrow"}, "Write the day and the time, such as 2026-01-31T14:30."),
    ({"starts": "later", "starts_at": "0001-01-01T00:00"}, "Write the day and the time, such as 2026-01-31T14:30."),
    ({"starts": "never"}, "Select a valid choice."),
    ({"reason": ""}, "Say why you need it."),
    ({"reason": "   \n "}, "Say why you need it."),
    ({"reason": "x" * 4001}, "Keep the reason under 4000 characters."),
    ({"reason": "nul \0 byte"}, "Null characters are not allowed."),
    ({"ticket": "t" * 101}, "A ticket has at most 100 characters."),
    ({"ticket": "not one"}, "This does not look like a ticket."),
    ({"target": ""}, "Choose what you need."),
    ({"target": "nothing"}, "Choose one of the roles that are offered."),
    ({"target": "elsewhere"}, "Elsewhere cannot be asked for in Production access."),
    ({"flow": ""}, "Choose a flow."),
    ({"flow": "closed"}, "This flow takes no requests at the moment."),
    ({"submission": "1"}, "This form is out of date. Please send it again."),
]


@pytest.mark.parametrize(("change", "sentence"), BAD, ids=[f"{next(iter(one))}-{n}" for n, (one, _) in enumerate(BAD)])
def test_bad_input_is_refused_beside_its_field_and_what_was_typed_is_kept(web, flow, typed, change, sentence):
    factories.target("elsewhere", "Elsewhere", "r-else")
    factories.flow("closed", label="Closed", is_active=False)
    Flow.objects.filter(pk=flow.pk).update(ticket_pattern=r"[A-Z]+-\d+")
    typed = {**typed, "ticket": "OPS-1", **change}

    answer = web.post(ASK, typed)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert "what you typed is kept" in words(answer)
    page = answer.content.decode()
    kept = {name: typed[name] for name in ("reason", "ticket") if name not in change}
    assert all(value in page for value in kept.values())
    assert typed["submission"] == "1" or typed["submission"] in page
    for name in ("target", "duration"):
        if name not in change:
            assert checked(answer, name) == typed[name]
    assert not AccessRequest.objects.exists()
    assert not AuditEvent.objects.filter(type="request.asked").exists()


def test_everything_that_is_wrong_is_said_at_once(web, typed):
    answer = web.post(ASK, {**typed, "target": "", "duration": "7200", "reason": ""})
    for sentence in ("Choose what you need.", "Choose one of the durations", "Say why you need it.", "3 things need"):
        assert sentence in words(answer)


def test_the_cursor_is_put_into_the_first_field_that_is_wrong(web, typed):
    page = web.post(ASK, {**typed, "reason": "", "ticket": "t" * 101}).content.decode()
    [focused] = [part for part in page.split("<") if "autofocus" in part]
    assert 'id="reason"' in focused
    assert 'aria-invalid="true"' in focused


def test_a_time_typed_before_choosing_now_means_nothing(web, typed):
    web.post(ASK, {**typed, "starts": "now", "starts_at": "rubbish"})
    assert AccessRequest.objects.get().starts_at is None


def tomorrow(hour):
    day = timezone.now() + timedelta(days=1)
    return day.replace(hour=hour, minute=30, second=0, microsecond=0)


def test_a_start_is_read_in_the_zone_of_the_browser(web, typed):
    web.cookies["usher_zone"] = "Asia/Tokyo"
    start = tomorrow(12)
    assert "Time zone: Asia/Tokyo." in words(web.get(ASK))
    web.post(ASK, {**typed, "starts": "later", "starts_at": f"{start:%Y-%m-%dT%H:%M}"})
    assert AccessRequest.objects.get().starts_at == start - timedelta(hours=9)


def last_sunday(month):
    """When the clocks change in Europe, next year."""
    day = datetime(timezone.now().year + 1, month + 1, 1, tzinfo=UTC) - timedelta(days=1)
    return day - timedelta(days=(day.weekday() + 1) % 7)


@pytest.mark.parametrize(("month", "sentence"), [(3, "02:30 does not exist on"), (10, "02:30 happens twice on")])
def test_an_hour_that_the_clocks_skip_or_repeat_is_refused_with_a_sentence(web, typed, month, sentence):
    web.cookies["usher_zone"] = "Europe%2FBerlin"
    day = last_sunday(month)
    answer = web.post(ASK, {**typed, "starts": "later", "starts_at": f"{day:%Y-%m-%d}T02:30"})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert f"{day:%Y-%m-%d}T02:30" in answer.content.decode()


def test_a_link_fills_the_form_in_by_names(web, flow):
    flow.strategy.targets.add(factories.target("staging", "Staging", "r-staging"))
    page = web.get(ASK, {"target": "prod", "duration": "4h", "reason": "Look at <b>it</b>", "ticket": "OPS-1"})
    assert checked(page, "target") == "prod"
    assert checked(page, "duration") == str(4 * HOUR)
    assert "Look at &lt;b&gt;it&lt;/b&gt;" in page.content.decode()
    assert 'value="OPS-1"' in page.content.decode()


@pytest.mark.parametrize(("written", "seconds"), [("1h", HOUR), ("60", 60), ("1m", 60), ("8H", 8 * HOUR)])
def test_a_link_may_write_a_duration_in_words_or_in_seconds(web, written, seconds):
    assert checked(web.get(ASK, {"duration": written}), "duration") == str(seconds)


def test_a_link_to_what_is_not_offered_says_so(web):
    page = web.get(ASK, {"target": "nothing", "duration": "3d"})
    assert "nothing cannot be asked for here." in words(page)
    assert "The duration in the link is not offered here." in words(page)
    assert checked(page, "duration") == str(HOUR)


def test_a_link_without_a_flow_finds_the_one_that_offers_the_target(web, target):
    other = factories.flow(
        "a-first", label="A first one", strategy=Strategy.objects.create(name="other", integration=target.integration)
    )
    other.strategy.targets.set([factories.target("owners", "Owners", "r-owners")])
    assert checked(web.get(ASK, {"target": "prod"}), "target") == "prod"
    assert checked(web.get(ASK, {"target": "owners"}), "target") == "owners"


def test_the_page_names_who_will_decide(web, flow, rita):
    flow.approvers.add(rita)
    page = words(web.get(ASK))
    assert "Needs 1 of these 2 people: Adam Novak, Rita Moss." in page
    assert "Prod for 1 h from confirmed access, needs 1 approval." in page
    assert "Lapses in 1 d if nobody decides." in page


def test_the_page_tells_how_long_an_answer_usually_takes(web, now):
    for minutes in (2, 12, 90):
        one = factories.request_at(state=RequestState.DENIED, now=now)
        AccessRequest.objects.filter(pk=one.pk).update(created_at=now - timedelta(minutes=minutes))
    assert "Usually answers in 12 min." in words(web.get(ASK))


def test_a_dead_end_blocks_the_form_and_says_why(web, flow, jon, typed):
    flow.approvers.set([jon])
    page = web.get(ASK)
    assert "you are the only approver" in words(page)
    assert is_off(page)
    answer = web.post(ASK, typed)
    assert answer.status_code == 422
    assert "you are the only approver" in words(answer)
    assert not AccessRequest.objects.exists()


def test_what_a_role_opens_is_told(web):
    assert "Custom role · prod: Deployment, Tunnel" in words(web.get(ASK))


def test_what_the_person_holds_is_told(web, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    page = words(web.get(ASK))
    assert "You hold this already until" in page
    assert "It extends what you hold now." in page


def test_a_standing_member_is_told_so(web, jon):
    DirectoryMembership.objects.create(
        role=DirectoryRole.objects.get(name="Prod"), account_id=factories.account_id(jon)
    )
    page = words(web.get(ASK))
    assert "You are a standing member of this role already, outside the portal." in page
    assert "nothing is taken away at the end" in page


def many(flow, count=30):
    for number in range(count):
        flow.strategy.targets.add(factories.target(f"t-{number}", f"Team {number}", f"r-{number}"))


def test_many_roles_can_be_searched_and_what_is_chosen_stays(web, flow):
    many(flow)
    page = web.get(ASK, {"target": "prod", "q": "team 7"})
    assert checked(page, "target") == "prod"
    assert 'value="t-7"' in page.content.decode()
    assert 'value="t-8"' not in page.content.decode()
    assert "No role or environment here fits" in words(web.get(ASK, {"q": "nowhere"}))


def test_more_roles_than_fit_are_told(web, flow):
    many(flow, 40)
    assert "16 more: search to find them." in words(web.get(ASK))


def test_a_fragment_is_the_same_part_of_a_fresh_page(web):
    asked = {"target": "prod", "duration": "60", "submission": str(uuid.uuid4())}
    fragment, page = web.get(ASK, asked, headers=HTMX), web.get(ASK, asked)
    assert is_part_of(fragment, page)
    assert "<html" not in fragment.content.decode()


def test_the_page_takes_a_fixed_number_of_queries(web, flow, now):
    factories.grant(state=GrantState.ACTIVE, now=now)
    few = queries(web, f"{ASK}?target=prod")
    many(flow)
    for number in range(30):
        flow.approvers.add(factories.person(f"approver{number}"))
    assert queries(web, f"{ASK}?target=prod") == few


def test_the_account_is_found_again_on_the_first_ask(sign_in, flow, typed, rita):
    web = sign_in(rita)
    assert web.post(ASK, typed).status_code == 302
    assert AccessRequest.objects.get().account_id == factories.account_id(rita)


def test_an_ambiguous_account_is_told(sign_in, flow, integration, typed, rita):
    DirectoryPerson.objects.create(integration=integration, external_id="p-2", email="RITA@example.com", name="R")
    answer = sign_in(rita).post(ASK, typed)
    assert "Several accounts in Aptible have your e-mail rita@example.com." in words(answer)
