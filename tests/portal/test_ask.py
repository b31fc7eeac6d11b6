"""The form with which people ask."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from access.models import (
    AccessRequest,
    AuditEvent,
    DirectoryPerson,
    Flow,
    Integration,
)
from tests import factories
from tests.portal.pages import checked, is_off, words

ASK = "/ask/"
HOUR = 3600


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
    ({"ticket": "not one"}, "This does not look like a ticket here."),
    ({"target": ""}, "Choose what you need."),
    ({"target": "nothing"}, "Choose one of the roles that are offered."),
    ({"target": "elsewhere"}, "Choose one of the roles that are offered."),
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


def test_the_account_is_found_again_on_the_first_ask(sign_in, flow, typed, rita):
    web = sign_in(rita)
    assert web.post(ASK, typed).status_code == 302
    assert AccessRequest.objects.get().account_id == factories.account_id(rita)


def test_an_ambiguous_account_is_told(sign_in, flow, integration, typed, rita):
    DirectoryPerson.objects.create(integration=integration, external_id="p-2", email="RITA@example.com", name="R")
    answer = sign_in(rita).post(ASK, typed)
    assert "Several accounts in Aptible have your e-mail rita@example.com." in words(answer)


def test_a_dead_end_blocks_the_form_and_says_why(web, flow, jon, typed):
    factories.decided_by(flow, jon)
    page = web.get(ASK)
    assert "you are the only approver" in words(page)
    assert is_off(page)
    answer = web.post(ASK, typed)
    assert answer.status_code == 422
    assert "you are the only approver" in words(answer)
    assert not AccessRequest.objects.exists()


def test_a_flow_that_offers_no_durations_says_so(web, typed):
    Flow.objects.update(allowed_durations=[])
    assert "This flow offers no durations yet." in words(web.get(ASK))
    assert web.post(ASK, typed).status_code == 422


def test_the_first_minute_that_was_offered_is_now_however_long_the_page_was_open(web, typed):
    offered = "2026-01-05T12:00"
    web.post(ASK, {**typed, "starts": "later", "starts_at": offered, "earliest": offered})
    assert AccessRequest.objects.get().starts_at is None


@pytest.mark.parametrize(("example", "help_"), [("OPS-123", "For example: OPS-123."), ("", "Write it as your tracker")])
def test_people_see_an_example_of_a_ticket_and_never_the_pattern(web, flow, example, help_):
    Flow.objects.filter(pk=flow.pk).update(ticket_pattern=r"[A-Z]+-\d+", ticket_example=example)
    page = words(web.get(ASK))
    assert help_ in page
    assert "[A-Z]" not in page
